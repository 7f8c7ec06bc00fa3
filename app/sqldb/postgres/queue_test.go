package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

var errRead = errors.New("can't read this")

// A transaction that only queues statements commits all of them or none, and reads their rows.
func TestQueuedTransaction(t *testing.T) {
	db := open(t, pgtest.URL(t))
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		return tx.Exec(`ALTER TABLE t ADD CONSTRAINT late UNIQUE (b) DEFERRABLE INITIALLY DEFERRED`)
	}); err != nil {
		t.Fatal(err)
	}
	read := []string{}
	insert := func(tx *sqldb.Tx, a, b string) error {
		return tx.QueueRow(func(scan sqldb.Scan) error {
			var got string
			err := scan(&got)
			read = append(read, got)
			if got == "unreadable" {
				err = errRead
			}
			return err
		}, `INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a`, a, b)
	}
	for i, tt := range []struct {
		name   string
		do     func(*sqldb.Tx) error
		failed func(error) bool
		stored []string
	}{
		{"nothing", func(*sqldb.Tx) error { return nil }, func(err error) bool { return err == nil }, []string{}},
		{"two rows", func(tx *sqldb.Tx) error {
			return errors.Join(insert(tx, "x", "1"), tx.Queue(`INSERT INTO t (a, b) VALUES ('y', '2')`))
		}, func(err error) bool { return err == nil }, []string{"x", "y"}},
		{"no row", func(tx *sqldb.Tx) error {
			return tx.QueueRow(func(sqldb.Scan) error { return errRead }, `SELECT a FROM t WHERE a = 'none'`)
		}, func(err error) bool { return err == nil }, []string{"x", "y"}},
		{"a duplicate", func(tx *sqldb.Tx) error {
			return errors.Join(insert(tx, "z", "3"), insert(tx, "x", "4"), insert(tx, "w", "5"))
		},
			func(err error) bool { return errors.Is(err, sqldb.ErrDuplicate) }, []string{"x", "y"}},
		{"a duplicate that the commit finds", func(tx *sqldb.Tx) error { return errors.Join(insert(tx, "z", "3"), insert(tx, "w", "1")) },
			func(err error) bool { return errors.Is(err, sqldb.ErrDuplicate) }, []string{"x", "y"}},
		{"a connection that breaks", func(tx *sqldb.Tx) error {
			return errors.Join(insert(tx, "z", "3"), tx.Queue(`SELECT pg_terminate_backend(pg_backend_pid())`), insert(tx, "w", "4"))
		}, func(err error) bool { return err != nil && postgres.FaultOf(err) == postgres.NotAvailable }, []string{"x", "y"}},
		{"a row that can't be read", func(tx *sqldb.Tx) error { return errors.Join(insert(tx, "unreadable", "3"), insert(tx, "z", "4")) },
			func(err error) bool { return errors.Is(err, errRead) }, []string{"unreadable", "x", "y", "z"}},
		{"a statement that isn't queued", func(tx *sqldb.Tx) error {
			if err := errors.Join(insert(tx, "v", "5"), tx.Exec(`UPDATE t SET b = '6' WHERE a = 'v'`)); err != nil {
				return err
			}
			if read[len(read)-1] != "v" {
				t.Errorf("read %q before the next statement's result", read)
			}
			return errRead
		}, func(err error) bool { return errors.Is(err, errRead) }, []string{"unreadable", "x", "y", "z"}},
	} {
		if err := db.Tx(t.Context(), tt.do); !tt.failed(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
		stored, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT a FROM t ORDER BY a`)
		if err != nil || fmt.Sprint(stored) != fmt.Sprint(tt.stored) {
			t.Errorf("%d. after %s: %q, want %q, %v", i, tt.name, stored, tt.stored, err)
		}
	}
	for range postgres.DefaultConnections { // a failed transaction returns its connection: otherwise this waits forever
		if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "x", "7") }); !errors.Is(err, sqldb.ErrDuplicate) {
			t.Fatal(err)
		}
	}
}
