package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres/pgtest"
)

// shareAll runs jobs at once that share commits, and returns their errors. What one job panics with is its error.
func shareAll(t *testing.T, db *sqldb.DB, jobs int, ctx func(i int) context.Context, do func(i int, tx *sqldb.Tx) error) []error {
	t.Helper()
	const gate = 42
	errs := make([]error, jobs)
	var all, ready sync.WaitGroup
	commits, transactions := db.CommitCounts()
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := tx.Exec(`SELECT pg_advisory_xact_lock($1)`, gate); err != nil {
			return err
		}
		for i := range jobs {
			ready.Add(1)
			all.Go(func() {
				ready.Done()
				defer func() {
					if p := recover(); p != nil {
						errs[i] = fmt.Errorf("panic: %v", p)
					}
				}()
				errs[i] = db.Share(ctx(i), func(tx *sqldb.Tx) error {
					// The first batches wait until all jobs are there.
					if err := tx.Queue(`SELECT pg_advisory_xact_lock_shared($1)`, gate); err != nil {
						return err
					}
					return do(i, tx)
				})
			})
		}
		ready.Wait()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if c, n := db.CommitCounts(); c-commits >= n-transactions {
		t.Errorf("%d commits for %d transactions", c-commits, n-transactions)
	}
	return errs
}

func stored(t *testing.T, db *sqldb.DB) map[string]bool {
	t.Helper()
	all, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT a FROM t`)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, a := range all {
		rows[a] = true
	}
	return rows
}

func put(tx *sqldb.Tx, i int) error {
	return tx.Queue(`INSERT INTO t (a) VALUES ($1)`, fmt.Sprint(i))
}

// A job's failure doesn't affect the others in the same commit.
func TestSharedCommits(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	const jobs, kinds = 210, 7
	errOops := errors.New("oops")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	ctx := func(i int) context.Context {
		if i%kinds == 6 {
			return canceled
		}
		return t.Context()
	}
	errs := shareAll(t, db, jobs, ctx, func(i int, tx *sqldb.Tx) error {
		if err := put(tx, i); err != nil {
			return err
		}
		switch i % kinds {
		case 1:
			return errOops
		case 2:
			return put(tx, i) // twice
		case 3:
			panic("oops")
		case 4:
			return tx.QueueRow(func(sqldb.Scan) error { panic("read") }, `SELECT 1`)
		case 5: // reads, though it shouldn't
			var one int
			return tx.Row(`SELECT 1`).Scan(&one)
		case 6:
			t.Error("a canceled job ran")
		}
		return nil
	})
	rows := stored(t, db)
	for i, err := range errs {
		kind := i % kinds
		ok := []bool{err == nil, errors.Is(err, errOops), errors.Is(err, sqldb.ErrDuplicate), err != nil && err.Error() == "panic: oops",
			err != nil && strings.HasPrefix(err.Error(), "reading a row panicked: read"), err == nil, errors.Is(err, context.Canceled)}[kind]
		if !ok {
			t.Errorf("job %d: %v", i, err)
		}
		if want := kind == 0 || kind == 4 || kind == 5; rows[fmt.Sprint(i)] != want {
			t.Errorf("job %d is stored: %v, want %v", i, !want, want)
		}
	}
}

// A queued statement fails only when its whole batch has run.
func TestSharedCommitsWithAFailingStatement(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	errs := shareAll(t, db, 100, func(int) context.Context { return t.Context() }, func(i int, tx *sqldb.Tx) error {
		if i%10 == 2 {
			return errors.Join(put(tx, i), put(tx, i))
		}
		return put(tx, i)
	})
	rows := stored(t, db)
	for i, err := range errs {
		if want := i%10 != 2; rows[fmt.Sprint(i)] != want || want && err != nil || !want && !errors.Is(err, sqldb.ErrDuplicate) {
			t.Errorf("job %d is stored: %v, %v", i, rows[fmt.Sprint(i)], err)
		}
	}
}

// When a connection breaks, its batch fails as a whole. Nothing is stored of it, and the same jobs succeed later.
func TestSharedCommitsOnABrokenConnection(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	const jobs = 60
	var mu sync.Mutex
	breaks := 2 // connections
	job := func(i int, tx *sqldb.Tx) error {
		if err := put(tx, i); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if i%20 != 7 || breaks == 0 {
			return nil
		}
		breaks--
		return tx.Queue(`SELECT pg_terminate_backend(pg_backend_pid())`)
	}
	errs := shareAll(t, db, jobs, func(int) context.Context { return t.Context() }, job)
	rows := stored(t, db)
	failed := 0
	for i, err := range errs {
		if rows[fmt.Sprint(i)] != (err == nil) || err != nil && !errors.Is(err, sqldb.ErrUnavailable) {
			t.Errorf("job %d is stored: %v, but returned %v", i, rows[fmt.Sprint(i)], err)
		}
		if err != nil {
			failed++
			if err := db.Share(t.Context(), func(tx *sqldb.Tx) error { return put(tx, i) }); err != nil {
				t.Errorf("job %d again: %v", i, err)
			}
		}
	}
	if rows = stored(t, db); failed < 2 || len(rows) != jobs {
		t.Errorf("%d jobs failed, and %d of %d are stored in the end", failed, len(rows), jobs)
	}
}
