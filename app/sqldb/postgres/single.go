package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"matterline/app/sqldb"
)

// BeginSingle begins nothing at PostgreSQL: a statement outside a transaction is one by itself.
func (e engine) BeginSingle(ctx context.Context) (sqldb.Conn, error) {
	acquired, err := e.acquire(ctx, e.read, nil)
	if err != nil {
		return nil, err
	}
	return &single{conn: acquired}, nil
}

// single is a transaction of one query.
type single struct {
	conn *pooled // nil once the transaction has ended
	ran  bool
}

var errNotSingle = errors.New("only one query can run here, and no other statement")

func (s *single) Query(ctx context.Context, query string, args []any) (sqldb.Rows, error) {
	if s.ran {
		return nil, errNotSingle
	}
	s.ran = true
	found, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return singleRows{found}, nil
}

func (s *single) Exec(context.Context, string, []any) (int64, error) { return 0, errNotSingle }

func (s *single) Commit(context.Context) error { return s.Rollback() }

// Rollback returns the connection to the pool, which drops broken connections.
func (s *single) Rollback() error {
	if s.conn != nil {
		s.conn.Release()
		s.conn = nil
	}
	return nil
}

type singleRows struct{ pgx.Rows }

func (r singleRows) Close() error {
	r.Rows.Close()
	return r.Err()
}
