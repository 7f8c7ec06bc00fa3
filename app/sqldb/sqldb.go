// Package sqldb runs the same SQL on SQLite and PostgreSQL. Statements use $1, $2 and so on. A duplicate key is
// ErrDuplicate on both engines. Concurrent transactions share commits: all of them on an engine with a single writer, and
// those that ask for it on others.
// Numbered migrations update the schema. Both drivers cache prepared statements, so this package doesn't.
package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrDuplicate is returned by an insert whose key exists.
var ErrDuplicate = errors.New("duplicate key")

// ErrUnavailable is returned by every transaction while the database can't be used: its disk is full or fails, its server
// can't be reached, or it takes no writes. The same transaction may succeed later.
var ErrUnavailable = errors.New("the database is unavailable")

// Value is a value that drivers accept, as driver.Valuer returns it.
type Value = driver.Value

// ErrNoRows is returned by Row.Scan when the query found nothing.
var ErrNoRows = sql.ErrNoRows

// Dialect describes how an engine differs from the others.
type Dialect struct {
	// Name marks the lines of migrations that only this engine runs.
	Name string
	// Rewrite adapts a statement to the driver.
	Rewrite func(query string) string
	// IsDuplicate reports whether an error means that a key exists.
	IsDuplicate func(error) bool
	// IsUnavailable reports whether an error means ErrUnavailable.
	IsUnavailable func(error) bool
	// IsStatementError reports whether an error means that a statement failed and that nothing was committed.
	IsStatementError func(error) bool
	// OneWriter is true for an engine that allows one writing transaction at a time.
	OneWriter bool
	// Batches is how many shared commits the engine makes at once.
	Batches int
	// WithWrites is true if the statements in a WITH clause may write.
	WithWrites bool
	// XMin is true if each row has the transaction that wrote it, in the column xmin.
	XMin bool
	// IsConflict reports whether an error means that a transaction conflicted with another and should run again.
	IsConflict func(error) bool
	// ScriptArgs are the arguments that make the driver accept several statements in one query.
	ScriptArgs []any
	// MigrationLock is a statement that lets one migration run at a time. SQLite needs none.
	MigrationLock string
}

// Engine begins transactions.
type Engine interface {
	// Begin starts a transaction. A read-only one reads a single consistent state and doesn't wait for writers.
	Begin(ctx context.Context, readOnly bool) (Conn, error)
	// Connections returns how the connections are used.
	Connections() Connections
	Close() error
}

// LockFree is an Engine in which a transaction that may write and waits for no lock can begin while all connections for
// writing wait for locks.
type LockFree interface {
	BeginLockFree(ctx context.Context) (Conn, error)
}

// SingleReader is an Engine in which a single query can read without a transaction around it.
type SingleReader interface {
	// BeginSingle begins a read-only transaction for one query.
	BeginSingle(ctx context.Context) (Conn, error)
}

// Connections is how a database's connections are used.
type Connections struct {
	// Limit is the most that this program opens, Open how many are open, and InUse how many run a transaction. On
	// SQLite they are those for reading. On PostgreSQL, Limit includes those of the bus.
	Limit, Open, InUse int
	// Server is the most that the database's server allows all programs together, or 0 if that isn't known.
	Server int
	// Waits is how many transactions have waited for a connection, and Waited for how long in total.
	Waits  int64
	Waited time.Duration
	// Refused is how often the server allowed no more connections.
	Refused int64
}

// Conn is one transaction of an engine.
type Conn interface {
	Exec(ctx context.Context, query string, args []any) (int64, error)
	Query(ctx context.Context, query string, args []any) (Rows, error)
	Commit(ctx context.Context) error
	// Rollback does nothing after a Commit.
	Rollback() error
}

// Queuer is a Conn that can run a statement together with the next one, or with the commit.
type Queuer interface {
	// Queue adds a statement. If it fails, the next call or the commit returns the error. Unless read is nil, it gets
	// the statement's rows.
	Queue(query string, args []any, read func(Rows))
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
	// beginLockFree begins a transaction that may write and waits for no lock.
	beginLockFree func(context.Context) (Conn, error)
	// beginSingle begins a transaction that reads with one query.
	beginSingle func(context.Context) (Conn, error)
	writer      *writer // with Batches
	views       atomic.Int64
}

// New returns a database on an engine.
func New(dialect Dialect, engine Engine) *DB {
	db := &DB{dialect: dialect, engine: engine}
	db.beginLockFree, db.beginSingle = db.beginWrite, db.beginRead
	if e, can := engine.(LockFree); can {
		db.beginLockFree = e.BeginLockFree
	}
	if e, can := engine.(SingleReader); can {
		db.beginSingle = e.BeginSingle
	}
	if dialect.Batches > 0 {
		db.writer = &writer{begin: db.beginLockFree, dialect: &db.dialect}
	}
	return db
}

// Close waits for running writes and closes the engine.
func (db *DB) Close() error {
	if db.writer != nil {
		db.writer.close()
	}
	return db.engine.Close()
}

// CommitCounts returns how many shared commits the engine has made, and for how many transactions.
func (db *DB) CommitCounts() (commits, transactions int64) {
	if db.writer == nil {
		return 0, 0
	}
	return db.writer.commits.Load(), db.writer.transactions.Load()
}

// Views returns how many read-only transactions have begun.
func (db *DB) Views() int64 { return db.views.Load() }

// Connections returns how the connections are used.
func (db *DB) Connections() Connections { return db.engine.Connections() }

// WithWrites reports whether the statements in a WITH clause may write.
func (db *DB) WithWrites() bool { return db.dialect.WithWrites }

// HasXMin reports whether each row has the transaction that wrote it, in the column xmin.
func (db *DB) HasXMin() bool { return db.dialect.XMin }

// maxRetries limits how often a transaction that conflicts with others runs again.
const maxRetries = 10

// Tx runs do in a transaction that may write. It commits if do returns nil and otherwise changes nothing. do may
// run more than once, so it must start from scratch each time.
func (db *DB) Tx(ctx context.Context, do func(*Tx) error) error {
	if db.dialect.OneWriter {
		return db.unavailable(db.writer.run(ctx, do))
	}
	return db.retry(func() error { return db.run(ctx, db.beginWrite, do) })
}

// Probe is Tx for a transaction that finds out whether the database takes writes. Where writers don't wait for each other,
// it doesn't wait for those that wait for a lock. It must wait for none itself.
func (db *DB) Probe(ctx context.Context, do func(*Tx) error) error {
	if db.dialect.OneWriter {
		return db.Tx(ctx, do)
	}
	return db.retry(func() error { return db.run(ctx, db.beginLockFree, do) })
}

// Share is Tx for a transaction that shares its commit with others on every engine. It must only queue statements, and
// they must not wait for locks, because the others would wait, too.
func (db *DB) Share(ctx context.Context, do func(*Tx) error) error {
	if db.dialect.OneWriter || db.writer == nil {
		return db.Tx(ctx, do)
	}
	return db.retry(func() error { return db.writer.run(ctx, do) })
}

// retry runs a transaction again that conflicted with others.
func (db *DB) retry(run func() error) error {
	err := run()
	for n := 0; n < maxRetries && err != nil && db.dialect.IsConflict(err); n++ {
		err = run()
	}
	return db.unavailable(err)
}

// View runs do in a read-only transaction. It reads a single consistent state and doesn't wait for writers.
func (db *DB) View(ctx context.Context, do func(*Tx) error) error {
	db.views.Add(1)
	return db.unavailable(db.run(ctx, db.beginRead, do))
}

// ViewOnce is View for a function that runs one query. Some engines need fewer round trips for it.
func (db *DB) ViewOnce(ctx context.Context, do func(*Tx) error) error {
	db.views.Add(1)
	return db.unavailable(db.run(ctx, db.beginSingle, do))
}

func (db *DB) beginWrite(ctx context.Context) (Conn, error) { return db.engine.Begin(ctx, false) }

func (db *DB) beginRead(ctx context.Context) (Conn, error) { return db.engine.Begin(ctx, true) }

// unavailable adds ErrUnavailable to an error that means it.
func (db *DB) unavailable(err error) error {
	if err != nil && db.dialect.IsUnavailable(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func (db *DB) run(ctx context.Context, begin func(context.Context) (Conn, error), do func(*Tx) error) error {
	conn, err := begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer conn.Rollback()
	tx := &Tx{ctx: ctx, conn: conn, dialect: &db.dialect}
	if err := do(tx); err != nil {
		return err
	}
	if err := conn.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", tx.mapError(err))
	}
	return tx.committed()
}

// Scan copies the columns of the current row.
type Scan func(dest ...any) error

// ErrStop ends All before the row that was read.
var ErrStop = errors.New("stop reading rows")

// All runs a query and returns what read makes of each row. The list is never nil, so that it's [] in JSON.
func All[T any](tx *Tx, read func(Scan) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.conn.Query(tx.ctx, tx.dialect.Rewrite(query), args)
	if err != nil {
		return nil, tx.mapError(err)
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		v, err := read(rows.Scan)
		if errors.Is(err, ErrStop) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, tx.mapError(rows.Err())
}

// Each runs a query and calls read for each row.
func Each(tx *Tx, read func(Scan) error, query string, args ...any) error {
	_, err := All(tx, func(scan Scan) (none struct{}, err error) { return none, read(scan) }, query, args...)
	return err
}

// Into returns a function that reads a row into a T. fields returns where each column goes.
func Into[T any](fields func(*T) []any) func(Scan) (T, error) {
	return func(scan Scan) (v T, err error) {
		err = scan(fields(&v)...)
		return v, err
	}
}

// Column reads a row with a single column.
func Column[T any](scan Scan) (v T, err error) {
	err = scan(&v)
	return v, err
}

// List is All in a transaction of its own.
func List[T any](ctx context.Context, db *DB, read func(Scan) (T, error), query string, args ...any) (all []T, err error) {
	err = db.ViewOnce(ctx, func(tx *Tx) error {
		all, err = All(tx, read, query, args...)
		return err
	})
	return all, err
}

// Get reads the only row of a query, in a transaction of its own. It returns ErrNoRows.
func Get[T any](ctx context.Context, db *DB, read func(Scan) (T, error), query string, args ...any) (v T, err error) {
	err = db.ViewOnce(ctx, func(tx *Tx) error {
		v, err = read(tx.Row(query, args...).Scan)
		return err
	})
	return v, err
}

func (d *Dialect) mapError(err error) error {
	if err != nil && d.IsDuplicate(err) {
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	}
	return err
}
