// Package postgres opens PostgreSQL databases for sqldb, using pgx, and sends notices between the programs that
// share a database.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"matterline/app/sqldb"
)

const (
	// maxConns limits the connections of one program: this many for writing and as many for reading.
	maxConns = 16
	// connectTimeout limits the wait for the first connection.
	connectTimeout = 10 * time.Second
)

// scriptMode makes pgx accept several statements in one query.
const scriptMode = pgx.QueryExecModeSimpleProtocol

var dialect = sqldb.Dialect{
	Name:          "postgres",
	Rewrite:       func(query string) string { return query },
	IsDuplicate:   func(err error) bool { return sqlState(err) == "23505" },
	IsConflict:    func(err error) bool { return sqlState(err) == "40001" || sqlState(err) == "40P01" },
	ScriptArgs:    []any{scriptMode},
	MigrationLock: `SELECT pg_advisory_xact_lock(5266370)`, // an arbitrary number, but always the same
}

// sqlState returns the SQLSTATE of an error, or "" if it has none.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// parse reads a URL. Its errors don't repeat the URL, which may hold passwords.
func parse(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		e.ConnString = "the URL"
	}
	return config, err
}

// Open opens the database at a URL like postgres://user@host/name.
func Open(ctx context.Context, url string) (*sqldb.DB, error) {
	config, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	config.MaxConns = maxConns
	write, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := write.Ping(ctx); err != nil {
		write.Close()
		return nil, fmt.Errorf("open PostgreSQL at %s:%d: %w", config.ConnConfig.Host, config.ConnConfig.Port, err)
	}
	read, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config.Copy())
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return sqldb.New(dialect, engine{write, read}), nil
}
