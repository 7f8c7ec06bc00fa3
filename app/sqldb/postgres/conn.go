package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"matterline/app/sqldb"
)

// engine is two pools of connections, so that those who read never take the last one from those who write.
type engine struct{ write, read *pgxpool.Pool }

// At READ COMMITTED each statement of a reader would see a state of its own.
const (
	beginWriting = "BEGIN"
	beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)

func (e engine) Begin(ctx context.Context, reading bool) (sqldb.Conn, error) {
	pool, begin := e.write, beginWriting
	if reading {
		pool, begin = e.read, beginReading
	}
	acquired, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{conn: acquired, reading: reading, waiting: []statement{{query: begin}}}, nil
}

func (e engine) Close() error {
	e.read.Close()
	e.write.Close()
	return nil
}

// conn is one transaction. PostgreSQL is a network away, so what nobody waits for goes with what comes next,
// in one pipeline: the beginning with the first statement, what is sent with the commit.
type conn struct {
	conn    *pgxpool.Conn // nil when the transaction has ended
	reading bool
	waiting []statement
}

type statement struct {
	query string
	args  []any
}

// pipe sends what waits, with one statement more, and leaves that one's outcome to be read.
func (c *conn) pipe(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	batch := &pgx.Batch{}
	for _, s := range append(c.waiting, statement{query, args}) {
		batch.Queue(s.query, s.args...)
	}
	results := c.conn.SendBatch(ctx, batch)
	for range c.waiting {
		if _, err := results.Exec(); err != nil {
			results.Close()
			return nil, err
		}
	}
	c.waiting = nil
	return results, nil
}

func (c *conn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	if len(args) == 1 && args[0] == script {
		if _, err := c.Exec(ctx, "SELECT 1", nil); err != nil { // a script goes alone
			return 0, err
		}
		_, err := c.conn.Exec(ctx, query, script)
		return 0, err
	}
	results, err := c.pipe(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (c *conn) Send(_ context.Context, query string, args []any) error {
	c.waiting = append(c.waiting, statement{query, args})
	return nil
}

func (c *conn) Query(ctx context.Context, query string, args []any) (sqldb.Rows, error) {
	results, err := c.pipe(ctx, query, args)
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

// errRolledBack answers a commit of a transaction in which a statement had failed.
var errRolledBack = errors.New("it was rolled back, because a statement in it failed")

func (c *conn) Commit(ctx context.Context) error {
	if c.reading { // nobody waits for that
		reader := c.conn
		c.conn = nil
		go end(reader, "COMMIT")
		return nil
	}
	results, err := c.pipe(ctx, "COMMIT", nil)
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	c.conn.Release()
	c.conn = nil
	if tag.String() != "COMMIT" {
		return errRolledBack
	}
	return nil
}

func (c *conn) Rollback() error {
	if c.conn != nil {
		end(c.conn, "ROLLBACK")
		c.conn = nil
	}
	return nil
}

// endWithin bounds the end of a transaction that nobody waits for.
const endWithin = 5 * time.Second

// end ends a transaction and gives its connection back; the pool drops one that is broken.
func end(conn *pgxpool.Conn, how string) {
	ctx, cancel := context.WithTimeout(context.Background(), endWithin)
	defer cancel()
	if conn.Conn().PgConn().TxStatus() != 'I' {
		_, _ = conn.Exec(ctx, how)
	}
	conn.Release()
}

// rows are the rows of the last statement of a pipeline.
type rows struct {
	pgx.Rows
	results pgx.BatchResults
}

func (r rows) Close() error {
	r.Rows.Close()
	return r.results.Close()
}
