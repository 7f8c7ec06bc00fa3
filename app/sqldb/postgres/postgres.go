// Package postgres opens PostgreSQL for the sqldb kit, by pgx, and carries notices between the programs
// that share a database (bus.go).
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
	// connections is how many one program has at most, for writing and for reading each.
	connections = 16
	// connectWithin bounds the first connection.
	connectWithin = 10 * time.Second
)

// script has pgx run several statements in one text.
const script = pgx.QueryExecModeSimpleProtocol

var dialect = sqldb.Dialect{
	Name:      "postgres",
	Rewrite:   func(query string) string { return query },
	Duplicate: func(err error) bool { return state(err) == "23505" },
	Again:     func(err error) bool { return state(err) == "40001" || state(err) == "40P01" },
	Script:    []any{script},
	Lock:      `SELECT pg_advisory_xact_lock(5266370)`, // any number that is ours
}

// state is the SQLSTATE that an error carries.
func state(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Open opens the database at a URL like postgres://user@host/name.
func Open(ctx context.Context, url string) (*sqldb.DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	config.MaxConns = connections
	write, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
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
	return sqldb.Over(dialect, engine{write, read}), nil
}
