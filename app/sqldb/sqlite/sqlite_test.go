package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"matterline/app/sqldb"
)

var schema = fstest.MapFS{"001_first.sql": {Data: []byte(`
CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT);
-- sqlite: CREATE INDEX only_here ON t (b);
-- postgres: NO SUCH STATEMENT;
`)}}

func fresh(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "odd name?#%.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(tx *sqldb.Tx, a string) error {
	err := tx.Exec(`INSERT INTO t (b, a) VALUES ($2, $1)`, a, "b of "+a)
	return err
}

// A disk that is full makes the database unavailable, and keeps what was there.
func TestErrUnavailable(t *testing.T) {
	db := fresh(t)
	limit := func(pages int) {
		t.Helper()
		if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			return tx.Row(fmt.Sprint("PRAGMA max_page_count = ", pages)).Scan(new(int))
		}); err != nil {
			t.Fatal(err)
		}
	}
	fill := func() error {
		return db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, strings.Repeat("x", 1<<20)) })
	}
	limit(1) // as many as there are
	if err := fill(); !errors.Is(err, sqldb.ErrUnavailable) || FaultOf(err) != DiskFull {
		t.Errorf("%v, want that the database is unavailable", err)
	}
	if n, err := sqldb.Get(t.Context(), db, sqldb.Column[int], `SELECT count(*) FROM t`); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	limit(10_000)
	if err := fill(); err != nil {
		t.Error(err)
	}
	if err := fill(); errors.Is(err, sqldb.ErrUnavailable) || !errors.Is(err, sqldb.ErrDuplicate) {
		t.Errorf("%v, want a duplicate", err)
	}
}

// mattn would bind $2 before $1 here, because it numbers them by first appearance.
func TestNumberedArguments(t *testing.T) {
	db := fresh(t)
	var b string
	err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := insert(tx, "x"); err != nil {
			return err
		}
		return tx.Row(`SELECT b FROM t WHERE a = $1`, "x").Scan(&b)
	})
	if err != nil || b != "b of x" {
		t.Fatalf("%q, %v", b, err)
	}
}

func TestErrDuplicate(t *testing.T) {
	db := fresh(t)
	err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		return errors.Join(insert(tx, "x"), insert(tx, "x"))
	})
	if !errors.Is(err, sqldb.ErrDuplicate) {
		t.Fatal(err)
	}
	n := count(t, db)
	if n != 0 {
		t.Fatalf("%d rows after a failed transaction", n)
	}
}

func count(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *sqldb.Tx) error { return tx.Row(`SELECT count(*) FROM t`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A view sees one state and doesn't wait for a writer.
func TestViewIsASnapshot(t *testing.T) {
	db := fresh(t)
	err := db.View(t.Context(), func(view *sqldb.Tx) error {
		var before, after int
		if err := view.Row(`SELECT count(*) FROM t`).Scan(&before); err != nil {
			return err
		}
		if err := db.Tx(context.Background(), func(tx *sqldb.Tx) error { return insert(tx, "x") }); err != nil {
			return err
		}
		if err := view.Row(`SELECT count(*) FROM t`).Scan(&after); err != nil {
			return err
		}
		if before != 0 || after != 0 {
			t.Errorf("a view saw %d, then %d rows", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db); n != 1 {
		t.Fatalf("%d rows", n)
	}
}

func TestMigrate(t *testing.T) {
	db := fresh(t)
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatalf("again: %v", err)
	}
	err := db.Migrate(t.Context(), fstest.MapFS{})
	if !errors.Is(err, sqldb.ErrOtherVersion) {
		t.Fatalf("a database from a newer program: %v", err)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	db := fresh(t)
	next := func(text string) fstest.MapFS {
		return fstest.MapFS{"001_first.sql": schema["001_first.sql"], "002_next.sql": {Data: []byte(text)}}
	}
	if err := db.Migrate(t.Context(), next(`CREATE TABLE u (a TEXT); NO SUCH STATEMENT;`)); err == nil {
		t.Fatal("a broken migration succeeded")
	}
	if err := db.CheckMigrations(t.Context(), schema); err != nil {
		t.Fatalf("after a broken migration: %v", err)
	}
	if err := db.Migrate(t.Context(), next(`CREATE TABLE u (a TEXT);`)); err != nil {
		t.Fatalf("after it is repaired: %v", err)
	}
	if err := db.CheckMigrations(t.Context(), schema); !errors.Is(err, sqldb.ErrOtherVersion) {
		t.Fatalf("an older program: %v", err)
	}
}
