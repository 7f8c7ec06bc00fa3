package sqldb

import (
	"context"
	"database/sql"
)

// Pool returns an engine on a connection pool of database/sql.
func Pool(db *sql.DB) Engine { return pool{db} }

type pool struct{ *sql.DB }

func (p pool) Begin(ctx context.Context, readOnly bool) (Conn, error) {
	tx, err := p.BeginTx(ctx, &sql.TxOptions{ReadOnly: readOnly})
	return conn{tx}, err
}

func (p pool) Connections() Connections {
	s := p.Stats()
	return Connections{Limit: s.MaxOpenConnections, Open: s.OpenConnections, InUse: s.InUse, Waits: s.WaitCount, Waited: s.WaitDuration}
}

type conn struct{ *sql.Tx }

func (c conn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := c.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c conn) Query(ctx context.Context, query string, args []any) (Rows, error) {
	return c.QueryContext(ctx, query, args...)
}

func (c conn) Commit(context.Context) error { return c.Tx.Commit() }
