package postgres_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// A program that freezes in a transaction keeps its locks only for a while. To PostgreSQL, it looks like one that does
// nothing: its computer still answers.
func TestFrozenProgramLosesItsLocks(t *testing.T) {
	defer postgres.SetIdleTimeout(time.Second)()
	url := pgtest.URL(t)
	frozen, other := open(t, url), open(t, url)
	if err := frozen.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if err := other.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`INSERT INTO t (a, b) VALUES ('x', '')`) }); err != nil {
		t.Fatal(err)
	}
	locked, thaw, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	const update = `UPDATE t SET b = b || $1 WHERE a = 'x'`
	go func() {
		done <- frozen.Tx(t.Context(), func(tx *sqldb.Tx) error {
			if err := tx.Exec(update, "frozen"); err != nil {
				return err
			}
			close(locked)
			<-thaw
			return tx.Exec(update, "again")
		})
	}()
	<-locked
	if err := other.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(update, "other") }); err != nil {
		t.Error(err)
	}
	close(thaw)
	if err := <-done; !errors.Is(err, sqldb.ErrUnavailable) {
		t.Errorf("the frozen program's transaction: %v", err)
	}
	if b, err := sqldb.Get(t.Context(), frozen, sqldb.Column[string], `SELECT b FROM t`); err != nil || b != "other" {
		t.Errorf("%q, %v", b, err)
	}
}

// PostgreSQL soon closes the connections of a computer that is gone, so that others can use them.
func TestPostgreSQLAsksWhetherClientsAreThere(t *testing.T) {
	db := open(t, pgtest.URL(t))
	for setting, want := range map[string]string{"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"} {
		if got, err := sqldb.Get(t.Context(), db, sqldb.Column[string], `SHOW `+setting); err != nil || got != want {
			t.Errorf("%s is %q, want %q, %v", setting, got, want, err)
		}
	}
}

// Writers that all wait for one lock don't keep a probe from finding that the database takes writes. Otherwise proxies would
// send nothing to any portal. Nor do they keep transactions waiting that share commits.
func TestWritersThatWaitForALockDelayOnlyThemselves(t *testing.T) {
	url := pgtest.URL(t)
	db, other := open(t, url), open(t, url)
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`INSERT INTO t (a, b) VALUES ('x', '')`) }); err != nil {
		t.Fatal(err)
	}
	const update = `UPDATE t SET b = b || '.' WHERE a = 'x'`
	var all sync.WaitGroup
	err := other.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := tx.Exec(update); err != nil {
			return err
		}
		for range postgres.DefaultConnections {
			all.Go(func() {
				if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(update) }); err != nil {
					t.Error(err)
				}
			})
		}
		for db.Connections().Waits == 0 { // until all connections for writing are in use
			runtime.Gosched()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return errors.Join(
			db.Probe(ctx, func(tx *sqldb.Tx) error { return tx.Exec(`INSERT INTO t (a) VALUES ('probe')`) }),
			db.Share(ctx, func(tx *sqldb.Tx) error { return tx.Queue(`INSERT INTO t (a) VALUES ('shared')`) }))
	})
	if err != nil {
		t.Error(err)
	}
	all.Wait()
}
