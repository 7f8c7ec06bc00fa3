package postgres

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"matterline/app/sqldb"
)

// engine begins transactions on the connections of a pool.
type engine struct{ *pool }

// Readers use REPEATABLE READ because at READ COMMITTED each statement would see a different state.
const (
	beginWrite = "BEGIN"
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)

func (e engine) Begin(ctx context.Context, readOnly bool) (sqldb.Conn, error) {
	slots, begin := e.write, beginWrite
	if readOnly {
		slots, begin = e.read, beginRead
	}
	acquired, err := e.acquire(ctx, slots, nil)
	if err != nil {
		return nil, err
	}
	return &conn{conn: acquired, readOnly: readOnly, queued: []statement{{query: begin}}}, nil
}

// BeginLockFree begins a transaction that may write on a connection of readers, too: they don't wait for locks.
func (e engine) BeginLockFree(ctx context.Context) (sqldb.Conn, error) {
	acquired, err := e.acquire(ctx, e.write, e.read)
	if err != nil {
		return nil, err
	}
	return &conn{conn: acquired, queued: []statement{{query: beginWrite}}}, nil
}

func (e engine) Connections() sqldb.Connections { return e.use() }

func (e engine) Close() error {
	e.conns.Close()
	return nil
}

// conn is one transaction. To save network round trips, BEGIN and queued statements are sent in one pipeline with
// the next statement whose result is needed, or with the commit.
type conn struct {
	conn     *pooled // nil once the transaction has ended
	readOnly bool
	queued   []statement // at first, BEGIN
	begun    bool        // BEGIN is sent
}

type statement struct {
	query string
	args  []any
	read  func(sqldb.Rows) // or nil
}

func (c *conn) pipeline(ctx context.Context, statements []statement) pgx.BatchResults {
	batch := &pgx.Batch{}
	for _, s := range statements {
		batch.Queue(s.query, s.args...)
	}
	return c.conn.SendBatch(ctx, batch)
}

// finish reads the results of statements that were queued.
func finish(queued []statement, results pgx.BatchResults) error {
	for _, s := range queued {
		if s.read == nil {
			if _, err := results.Exec(); err != nil {
				return err
			}
			continue
		}
		found, err := results.Query()
		if err != nil {
			return err
		}
		s.read(rows{found, results})
		found.Close()
		if found.Err() != nil {
			return found.Err()
		}
	}
	return nil
}

// send sends the queued statements and one more, and leaves the result of the last to be read.
func (c *conn) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	queued := c.queued
	c.queued, c.begun = nil, true
	results := c.pipeline(ctx, append(queued, statement{query: query, args: args}))
	if err := finish(queued, results); err != nil {
		results.Close()
		return nil, err
	}
	return results, nil
}

func (c *conn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	if len(args) == 1 && args[0] == scriptMode {
		if _, err := c.Exec(ctx, "SELECT 1", nil); err != nil { // sends what is queued: a script can't be part of a pipeline
			return 0, err
		}
		_, err := c.conn.Exec(ctx, query, scriptMode)
		return 0, err
	}
	results, err := c.send(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (c *conn) Queue(query string, args []any, read func(sqldb.Rows)) {
	c.queued = append(c.queued, statement{query, args, read})
}

func (c *conn) Query(ctx context.Context, query string, args []any) (sqldb.Rows, error) {
	results, err := c.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	found, err := results.Query()
	if err != nil {
		results.Close()
		return nil, err
	}
	return rows{found, results}, nil
}

// errRolledBack is returned by the commit of a transaction in which a statement failed.
var errRolledBack = errors.New("rolled back because a statement failed")

func (c *conn) Commit(ctx context.Context) error {
	if c.readOnly { // the caller has its results and need not wait
		reader := c.conn
		c.conn = nil
		go end(reader, "COMMIT")
		return nil
	}
	if !c.begun {
		return c.commitQueued(ctx)
	}
	results, err := c.send(ctx, "COMMIT", nil)
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	c.release()
	if tag.String() != "COMMIT" {
		return errRolledBack
	}
	return nil
}

// commitQueued runs a transaction of which nothing has been sent yet. A pipeline is a transaction by itself: PostgreSQL
// commits it at its end, unless a statement fails.
func (c *conn) commitQueued(ctx context.Context) error {
	queued := c.queued[1:] // without BEGIN
	results := c.pipeline(ctx, queued)
	err := finish(queued, results)
	if err := cmp.Or(err, results.Close()); err != nil { // Close reads the result of the commit
		return err
	}
	c.release()
	return nil
}

func (c *conn) release() {
	c.conn.Release()
	c.conn = nil
}

func (c *conn) Rollback() error {
	if c.conn != nil {
		end(c.conn, "ROLLBACK")
		c.conn = nil
	}
	return nil
}

// endTimeout limits the COMMIT of a reader and every ROLLBACK.
const endTimeout = 5 * time.Second

// end ends a transaction and returns its connection to the pool, which drops broken connections.
func end(conn *pooled, statement string) {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if conn.Conn.Conn().PgConn().TxStatus() != 'I' {
		_, _ = conn.Exec(ctx, statement)
	}
	conn.Release()
}

// rows are the rows of the last statement in a pipeline.
type rows struct {
	pgx.Rows
	results pgx.BatchResults
}

func (r rows) Close() error {
	r.Rows.Close()
	return r.results.Close()
}
