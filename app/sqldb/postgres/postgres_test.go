package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var schema = fstest.MapFS{"001_first.sql": {Data: []byte(`
CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT);
-- postgres: CREATE INDEX only_here ON t (b);
-- sqlite: NO SUCH STATEMENT;
`)}}

func open(t *testing.T, url string) *sqldb.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Programs that start at the same time migrate one after the other.
func TestConcurrentMigrations(t *testing.T) {
	url := pgtest.URL(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := open(t, url).Migrate(t.Context(), schema); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A connection that ends makes the database unavailable, and so does a server that takes no writes. A caller who leaves
// doesn't.
func TestErrUnavailable(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for what, statement := range map[string]string{
		"the server ends the connection": `SELECT pg_terminate_backend(pg_backend_pid())`,
		"the server takes no writes":     `SET TRANSACTION READ ONLY`,
		"the server's disk is full":      `DO $$ BEGIN RAISE disk_full; END $$`,
		"the server has no memory":       `DO $$ BEGIN RAISE out_of_memory; END $$`,
	} {
		err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			first := tx.Exec(statement)
			if second := tx.Exec(`INSERT INTO t (a) VALUES ('x')`); first == nil {
				return second
			} else if what == "the server ends the connection" && postgres.FaultOf(second) != postgres.Unreachable {
				t.Errorf("%s: the next statement returns %v", what, second)
			}
			return first
		})
		if !errors.Is(err, sqldb.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if err := db.View(left, func(tx *sqldb.Tx) error { return tx.Exec(`SELECT 1`) }); err == nil || errors.Is(err, sqldb.ErrUnavailable) {
		t.Errorf("a caller who left: %v", err)
	}
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`INSERT INTO t (a) VALUES ('x')`) }); err != nil {
		t.Error(err)
	}
}

func TestErrDuplicate(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	insert := func() error {
		return db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			err := tx.Exec(`INSERT INTO t (b, a) VALUES ($2, $1)`, "x", "b of x")
			return err
		})
	}
	if err := insert(); err != nil {
		t.Fatal(err)
	}
	if err := insert(); !errors.Is(err, sqldb.ErrDuplicate) {
		t.Fatal(err)
	}
}

// A view sees one state, even if another transaction commits meanwhile.
func TestViewIsASnapshot(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	err := db.View(t.Context(), func(view *sqldb.Tx) error {
		var before, after int
		if err := view.Row(`SELECT count(*) FROM t`).Scan(&before); err != nil {
			return err
		}
		err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			err := tx.Exec(`INSERT INTO t (a) VALUES ('x')`)
			return err
		})
		if err != nil {
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
}

// A view of one query refuses everything else, and gives back its connection.
func TestViewOnce(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for range postgres.DefaultConnections {
		if one, err := sqldb.Get(t.Context(), db, sqldb.Column[int], `SELECT 1`); err != nil || one != 1 {
			t.Fatal(one, err)
		}
		for _, then := range []string{`SELECT 1`, `INSERT INTO t (a) VALUES ('x')`} {
			if err := db.ViewOnce(t.Context(), func(tx *sqldb.Tx) error {
				if _, err := sqldb.All(tx, sqldb.Column[string], `SELECT a FROM t`); err != nil {
					t.Fatal(err)
				}
				return tx.Exec(then)
			}); err == nil {
				t.Fatalf("ran %s", then)
			}
		}
		if _, err := sqldb.Get(t.Context(), db, sqldb.Column[int], `SELECT 1 / 0`); err == nil {
			t.Fatal("divided by zero")
		}
	}
	if rows, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT a FROM t`); err != nil || len(rows) > 0 {
		t.Fatal(rows, err)
	}
}

// Two transactions that deadlock both complete.
func TestDeadlockIsRetried(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		err := tx.Exec(`INSERT INTO t (a, b) VALUES ('x', ''), ('y', '')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var bothStarted, all sync.WaitGroup
	bothStarted.Add(2)
	for _, order := range [][2]string{{"x", "y"}, {"y", "x"}} {
		all.Go(func() {
			first := true
			err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				if err := tx.Exec(`UPDATE t SET b = b || '.' WHERE a = $1`, order[0]); err != nil {
					return err
				}
				if first { // now each has locked one row
					first = false
					bothStarted.Done()
					bothStarted.Wait()
				}
				err := tx.Exec(`UPDATE t SET b = b || '.' WHERE a = $1`, order[1])
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var dots int
	err = db.View(t.Context(), func(tx *sqldb.Tx) error { return tx.Row(`SELECT sum(length(b)) FROM t`).Scan(&dots) })
	if err != nil || dots != 4 {
		t.Fatalf("%d dots, %v", dots, err)
	}
}

func TestOpenFailsWithoutServer(t *testing.T) {
	if db, err := postgres.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", 0); err == nil {
		db.Close()
		t.Fatal("opened a database without a server")
	}
}

func TestBus(t *testing.T) {
	bus := postgres.NewBus(pgtest.URL(t))
	defer bus.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ready, received := make(chan struct{}), make(chan string, 10)
	go bus.Listen(ctx, func() { close(ready) }, func(text string) { received <- text })
	<-ready
	for _, text := range []string{"one", "two's ' quote"} {
		if err := bus.Notify(ctx, text); err != nil {
			t.Fatal(err)
		}
		if got := <-received; got != text {
			t.Fatalf("%q", got)
		}
	}
}
