package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"matterline/app/sqldb"
)

var errOops = errors.New("oops")

// A writer's failure doesn't affect the others in the same commit.
func TestSharedCommits(t *testing.T) {
	db := fresh(t)
	const writers = 200
	errs := make([]error, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			errs[i] = db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				if err := insert(tx, fmt.Sprint(i)); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errOops
				case 2:
					return insert(tx, fmt.Sprint(i)) // twice
				case 3:
					_ = insert(tx, fmt.Sprint(i)) // twice, and the error is ignored
				}
				return nil
			})
		})
	}
	all.Wait()
	for i, err := range errs {
		want := []error{nil, errOops, sqldb.ErrDuplicate, nil}[i%4]
		if !errors.Is(err, want) {
			t.Errorf("writer %d: %v, want %v", i, err, want)
		}
	}
	if n := count(t, db); n != writers/2 {
		t.Fatalf("%d rows, want %d", n, writers/2)
	}
}

// When Tx returns, another program sees the row.
func TestTxReturnsAfterTheCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	other, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
			err := other.View(t.Context(), func(tx *sqldb.Tx) error {
				var one int
				return tx.Row(`SELECT 1 FROM t WHERE a = $1`, fmt.Sprint(i)).Scan(&one)
			})
			if err != nil {
				t.Errorf("row %d isn't in the file after its commit: %v", i, err)
			}
		})
	}
	all.Wait()
}

// What happens after a commit happens in the order of the transactions, for the failed ones not at all.
func TestAfterCommit(t *testing.T) {
	db := fresh(t)
	var order []int // one writer: needs no lock
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				var n int
				tx.AfterCommit(func() { order = append(order, n) })
				if err := tx.Row(`INSERT INTO t (a) SELECT count(*) FROM t RETURNING CAST(a AS INTEGER)`).Scan(&n); err != nil {
					return err
				}
				if i%10 == 0 {
					return errOops
				}
				return nil
			})
			if (err != nil) != (i%10 == 0) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, n := range order {
		if n != i {
			t.Fatalf("%v", order)
		}
	}
	if len(order) != 180 {
		t.Fatalf("%d calls for 180 commits", len(order))
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	db := fresh(t)
	func() {
		defer func() {
			if p := recover(); p != "oops" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			if err := insert(tx, "x"); err != nil {
				t.Error(err)
			}
			panic("oops")
		})
	}()
	if n := count(t, db); n != 0 {
		t.Fatalf("%d rows after a panic", n)
	}
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "y") }); err != nil {
		t.Fatalf("writing after the panic: %v", err)
	}
}

func TestNoWriteAfterCancelOrClose(t *testing.T) {
	db := fresh(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Tx(ctx, func(tx *sqldb.Tx) error { return insert(tx, "x") })
	if !errors.Is(err, context.Canceled) || count(t, db) != 0 {
		t.Fatalf("%v, %d rows", err, count(t, db))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "x") }); err == nil {
		t.Fatal("wrote to a closed database")
	}
}

// BenchmarkWriters shows what shared commits gain.
func BenchmarkWriters(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			db, err := Open(filepath.Join(b.TempDir(), "bench.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			if err := db.Migrate(context.Background(), schema); err != nil {
				b.Fatal(err)
			}
			next := make(chan int)
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for i := range next {
						if err := db.Tx(context.Background(), func(tx *sqldb.Tx) error { return insert(tx, fmt.Sprint(i)) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for i := range b.N {
				next <- i
			}
			close(next)
			all.Wait()
		})
	}
}
