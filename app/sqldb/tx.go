package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
)

// Tx is a running transaction.
type Tx struct {
	ctx     context.Context
	conn    Conn
	dialect *Dialect
	// failed is true once a statement has returned an error.
	failed bool
	// readError is the first error of a function given to QueueRow.
	readError   error
	afterCommit func()
}

// AfterCommit sets what to call after the commit. Transactions that share a commit are called in their order.
func (tx *Tx) AfterCommit(call func()) { tx.afterCommit = call }

// committed returns the result of a transaction after its commit.
func (tx *Tx) committed() error {
	if tx.readError == nil && tx.afterCommit != nil {
		tx.afterCommit()
	}
	return tx.readError
}

// Exec runs a statement. It returns ErrDuplicate.
func (tx *Tx) Exec(query string, args ...any) error {
	_, err := tx.ExecCount(query, args...)
	return err
}

// ExecCount is Exec, and returns how many rows the statement changed.
func (tx *Tx) ExecCount(query string, args ...any) (int64, error) {
	n, err := tx.conn.Exec(tx.ctx, tx.dialect.Rewrite(query), args)
	return n, tx.mapError(err)
}

// Queue is Exec for a statement whose result the caller doesn't need. The next statement or the commit may
// return its error.
func (tx *Tx) Queue(query string, args ...any) error {
	q, can := tx.conn.(Queuer)
	if !can {
		return tx.Exec(query, args...)
	}
	q.Queue(tx.dialect.Rewrite(query), args, nil)
	return nil
}

// QueueRow is Queue for a query that returns at most one row. It calls read with the row, at the latest during the
// commit. Tx returns an error of read's, but the transaction may have been committed.
func (tx *Tx) QueueRow(read func(Scan) error, query string, args ...any) error {
	q, can := tx.conn.(Queuer)
	if !can {
		err := read(tx.Row(query, args...).Scan)
		if errors.Is(err, ErrNoRows) {
			err = nil
		}
		return err
	}
	q.Queue(tx.dialect.Rewrite(query), args, func(rows Rows) {
		defer func() { // a panic must not end other transactions in the same commit
			if p := recover(); p != nil {
				tx.readError = fmt.Errorf("reading a row panicked: %v\n%s", p, debug.Stack())
			}
		}()
		if rows.Next() { // if the query failed, the engine returns its error
			tx.readError = cmp.Or(tx.readError, read(rows.Scan))
		}
	})
	return nil
}

// Row runs a query that returns one row.
func (tx *Tx) Row(query string, args ...any) Row {
	rows, err := tx.conn.Query(tx.ctx, tx.dialect.Rewrite(query), args)
	return Row{tx, rows, err}
}

// Row is the result of a query for one row.
type Row struct {
	tx   *Tx
	rows Rows
	err  error
}

// Scan reads the row. It returns ErrNoRows and ErrDuplicate.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.tx.mapError(r.err)
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.tx.mapError(err)
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return r.tx.mapError(err)
	}
	return r.tx.mapError(r.rows.Close()) // closing completes a statement that changes rows
}

func (tx *Tx) mapError(err error) error {
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		tx.failed = true
	}
	return tx.dialect.mapError(err)
}
