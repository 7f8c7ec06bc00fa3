// Package sqldb is a small kit on database/sql, so that one SQL text serves SQLite and PostgreSQL:
// statements are written with $1, $2 …; writing and reading have pools of their own, and where an engine has
// one writer, those who write share its commits (writer.go); a duplicate key is ErrDuplicate on either
// engine; schemas grow by numbered migrations (migrate.go). Both drivers keep their prepared
// statements, so the kit does not.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrDuplicate answers an insert whose key is taken.
var ErrDuplicate = errors.New("duplicate key")

// ErrNoRows answers a Row.Scan that found nothing.
var ErrNoRows = sql.ErrNoRows

// Dialect is what the kit must know of an engine.
type Dialect struct {
	// Name stands in the marked lines of migrations.
	Name string
	// Rewrite turns $1 into what the driver binds by number.
	Rewrite func(query string) string
	// Duplicate reports whether an error says that a key is taken.
	Duplicate func(error) bool
	// Snapshot is how a transaction that reads one consistent state begins.
	Snapshot *sql.TxOptions
	// OneWriter is true for an engine on which one transaction writes at a time.
	OneWriter bool
	// Again reports whether an error says that a transaction met another and is to be run again.
	Again func(error) bool
	// Script are the arguments with which the driver runs several statements in one text.
	Script []any
	// Lock is a statement that lets one migration run at a time, where the engine does not by itself.
	Lock string
}

// DB is one database.
type DB struct {
	dialect     Dialect
	write, read *sql.DB
	writer      *writer // with OneWriter
}

// New makes a DB of two pools; they may be the same one.
func New(dialect Dialect, write, read *sql.DB) *DB {
	db := &DB{dialect: dialect, write: write, read: read}
	if dialect.OneWriter {
		db.writer = newWriter(write, &db.dialect)
	}
	return db
}

// Close waits for what is being written and closes both pools.
func (db *DB) Close() error {
	if db.writer != nil {
		db.writer.close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// maxAgain is how often a transaction that meets another is run again.
const maxAgain = 10

// Tx runs do in a transaction that may write. It commits if do returns nil, and else changes nothing. do
// may run more than once: it begins anew each time.
func (db *DB) Tx(ctx context.Context, do func(*Tx) error) error {
	if db.writer != nil {
		return db.writer.run(ctx, do)
	}
	err := db.run(ctx, db.write, nil, do)
	for n := 0; n < maxAgain && err != nil && db.dialect.Again(err); n++ {
		err = db.run(ctx, db.write, nil, do)
	}
	return err
}

// View runs do in a transaction that reads one consistent state, without waiting for writers.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	return db.run(ctx, db.read, db.dialect.Snapshot, do)
}

func (db *DB) run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, do func(*Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := do(&Tx{ctx: ctx, tx: tx, dialect: &db.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Tx is a transaction under way.
type Tx struct {
	ctx     context.Context
	tx      *sql.Tx
	dialect *Dialect
	// erred is true once a statement returned an error.
	erred bool
}

// Exec runs a statement and returns how many rows it changed. It returns ErrDuplicate.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(tx.ctx, tx.dialect.Rewrite(query), args...)
	if err != nil {
		return 0, tx.explain(err)
	}
	return res.RowsAffected()
}

// Row runs a query for one row.
func (tx *Tx) Row(query string, args ...any) Row {
	return Row{tx, tx.tx.QueryRowContext(tx.ctx, tx.dialect.Rewrite(query), args...)}
}

// Row is the one row of a query.
type Row struct {
	tx  *Tx
	row *sql.Row
}

// Scan reads the row. It returns ErrNoRows and ErrDuplicate.
func (r Row) Scan(dest ...any) error { return r.tx.explain(r.row.Scan(dest...)) }

// Scan reads the columns of one row.
type Scan func(dest ...any) error

// All runs a query and reads each row with one.
func All[T any](tx *Tx, one func(Scan) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.tx.QueryContext(tx.ctx, tx.dialect.Rewrite(query), args...)
	if err != nil {
		return nil, tx.explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := one(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, tx.explain(rows.Err())
}

// Column reads rows of a single column.
func Column[T any](scan Scan) (v T, err error) {
	err = scan(&v)
	return v, err
}

func (tx *Tx) explain(err error) error {
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		tx.erred = true
	}
	if err != nil && tx.dialect.Duplicate(err) {
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	}
	return err
}
