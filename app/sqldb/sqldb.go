// Package sqldb is a small kit, so that one SQL text serves SQLite and PostgreSQL: statements are written
// with $1, $2 …; an engine is two pools of database/sql (pools.go) or what sqldb/postgres makes of pgx; where
// an engine has one writer, those who write share its commits (writer.go); a duplicate key is ErrDuplicate on
// either engine; schemas grow by numbered migrations (migrate.go). Both drivers keep their prepared
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
	// Rewrite makes of a statement what the driver takes.
	Rewrite func(query string) string
	// Duplicate reports whether an error says that a key is taken.
	Duplicate func(error) bool
	// OneWriter is true for an engine on which one transaction writes at a time.
	OneWriter bool
	// Again reports whether an error says that a transaction met another and is to be run again.
	Again func(error) bool
	// Script are the arguments with which the driver runs several statements in one text.
	Script []any
	// Lock is a statement that lets one migration run at a time, where the engine does not by itself.
	Lock string
}

// Engine begins transactions.
type Engine interface {
	// Begin begins one that may write, or one that reads one consistent state without waiting for writers.
	Begin(ctx context.Context, reading bool) (Conn, error)
	Close() error
}

// Conn is an engine's side of one transaction.
type Conn interface {
	Exec(ctx context.Context, query string, args []any) (int64, error)
	// Send is Exec for a statement whose outcome nobody asks for: it may be run with the next one, or with
	// the commit, and fail there.
	Send(ctx context.Context, query string, args []any) error
	Query(ctx context.Context, query string, args []any) (Rows, error)
	Commit(ctx context.Context) error
	// Rollback does nothing after a Commit.
	Rollback() error
}

// Rows are the rows of a query.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// DB is one database.
type DB struct {
	dialect Dialect
	engine  Engine
	writer  *writer // with OneWriter
}

// Over makes a DB of an engine.
func Over(dialect Dialect, engine Engine) *DB {
	db := &DB{dialect: dialect, engine: engine}
	if dialect.OneWriter {
		db.writer = newWriter(engine, &db.dialect)
	}
	return db
}

// Close waits for what is being written and closes the engine.
func (db *DB) Close() error {
	if db.writer != nil {
		db.writer.close()
	}
	return db.engine.Close()
}

// Shared is how many commits there were on an engine with one writer, and how many transactions shared them.
func (db *DB) Shared() (commits, transactions int64) {
	if db.writer == nil {
		return 0, 0
	}
	return db.writer.commits.Load(), db.writer.done.Load()
}

// maxAgain is how often a transaction that meets another is run again.
const maxAgain = 10

// Tx runs do in a transaction that may write. It commits if do returns nil, and else changes nothing. do
// may run more than once: it begins anew each time.
func (db *DB) Tx(ctx context.Context, do func(*Tx) error) error {
	if db.writer != nil {
		return db.writer.run(ctx, do)
	}
	err := db.run(ctx, false, do)
	for n := 0; n < maxAgain && err != nil && db.dialect.Again(err); n++ {
		err = db.run(ctx, false, do)
	}
	return err
}

// View runs do in a transaction that reads one consistent state, without waiting for writers.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	return db.run(ctx, true, do)
}

func (db *DB) run(ctx context.Context, reading bool, do func(*Tx) error) error {
	conn, err := db.engine.Begin(ctx, reading)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer conn.Rollback()
	tx := &Tx{ctx: ctx, conn: conn, dialect: &db.dialect}
	if err := do(tx); err != nil {
		return err
	}
	if err := conn.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", tx.explain(err))
	}
	return nil
}

// Tx is a transaction under way.
type Tx struct {
	ctx     context.Context
	conn    Conn
	dialect *Dialect
	// erred is true once a statement returned an error.
	erred bool
}

// Exec runs a statement and returns how many rows it changed. It returns ErrDuplicate.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	n, err := tx.conn.Exec(tx.ctx, tx.dialect.Rewrite(query), args)
	return n, tx.explain(err)
}

// Send is Exec for a statement whose outcome nobody asks for. Its error may be that of the next statement,
// or of the transaction.
func (tx *Tx) Send(query string, args ...any) error {
	return tx.explain(tx.conn.Send(tx.ctx, tx.dialect.Rewrite(query), args))
}

// Row runs a query for one row.
func (tx *Tx) Row(query string, args ...any) Row {
	rows, err := tx.conn.Query(tx.ctx, tx.dialect.Rewrite(query), args)
	return Row{tx, rows, err}
}

// Row is the one row of a query.
type Row struct {
	tx   *Tx
	rows Rows
	err  error
}

// Scan reads the row. It returns ErrNoRows and ErrDuplicate.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.tx.explain(r.err)
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.tx.explain(err)
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return r.tx.explain(err)
	}
	return r.tx.explain(r.rows.Close()) // a statement that changes rows ends here
}

// Scan reads the columns of one row.
type Scan func(dest ...any) error

// All runs a query and reads each row with one.
func All[T any](tx *Tx, one func(Scan) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.conn.Query(tx.ctx, tx.dialect.Rewrite(query), args)
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
