package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
)

// A copy made while another goroutine writes has only complete transactions, and at least those committed before the
// copy started.
func TestCopyWhileWriting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "portal.db")
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write := func(query string, times int) error {
		return db.Tx(context.Background(), func(tx *sqldb.Tx) error {
			for range times {
				if err := tx.Exec(query); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := write(`CREATE TABLE pairs (half INTEGER)`, 1); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := write(`INSERT INTO pairs VALUES (1)`, 2); err != nil {
				stopped <- err
				return
			}
		}
	}()
	var before int
	for i := range 5 {
		to := filepath.Join(dir, fmt.Sprint("copy", i))
		if err := sqlite.Copy(t.Context(), path, to); err != nil {
			t.Fatal(err)
		}
		if err := sqlite.Check(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		rows := count(t, to)
		if rows%2 != 0 || rows < before {
			t.Fatalf("%d rows in the copy, but %d before it started", rows, before)
		}
		if before = count(t, path); before < rows {
			t.Fatalf("%d rows, but %d in the copy", before, rows)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if err := sqlite.SetAside(t.Context(), path, path+".aside"); !errors.Is(err, sqlite.ErrInUse) {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlite.SetAside(t.Context(), path, path+".aside"); err != nil {
		t.Fatal(err)
	}
	if rows := count(t, path+".aside"); rows < before {
		t.Fatal(rows, before)
	}
}

func count(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(t.Context(), func(tx *sqldb.Tx) error { return tx.Row(`SELECT count(*) FROM pairs`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
