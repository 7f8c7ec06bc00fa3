package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// Pools is an engine made of two pools of database/sql; they may be the same one.
func Pools(write, read *sql.DB) Engine { return pools{write, read} }

type pools struct{ write, read *sql.DB }

func (p pools) Begin(ctx context.Context, reading bool) (Conn, error) {
	pool := p.write
	if reading {
		pool = p.read
	}
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: reading})
	return conn{tx}, err
}

func (p pools) Close() error { return errors.Join(p.read.Close(), p.write.Close()) }

type conn struct{ tx *sql.Tx }

func (c conn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := c.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c conn) Send(ctx context.Context, query string, args []any) error {
	_, err := c.tx.ExecContext(ctx, query, args...)
	return err
}

func (c conn) Query(ctx context.Context, query string, args []any) (Rows, error) {
	return c.tx.QueryContext(ctx, query, args...)
}

func (c conn) Commit(context.Context) error { return c.tx.Commit() }
func (c conn) Rollback() error              { return c.tx.Rollback() }
