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

// connectTimeout limits the wait for the first connection.
const connectTimeout = 10 * time.Second

// pingTimeout limits the check of a connection: one that leads nowhere is replaced.
const pingTimeout = time.Second

// trustTime is how long a connection may be out of use without being checked before its next use. Tests shorten it.
var trustTime = time.Second

// idleTimeout is how long PostgreSQL lets a transaction wait for its program. A frozen program would keep its locks, and
// everyone who waits for them. Tests shorten it.
var idleTimeout = 10 * time.Second

// sessionSettings returns the statements that begin a session. PostgreSQL notices within a minute that a computer is gone,
// and not after two hours: until then, its connections count. As parameters of the connection, PgBouncer would refuse them.
func sessionSettings() string {
	return fmt.Sprintf(`SET idle_in_transaction_session_timeout = %d; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`,
		idleTimeout.Milliseconds())
}

// beginSession prepares a new connection.
func beginSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, sessionSettings(), scriptMode)
	return err
}

// ErrTooFewConnections is the error for a limit below MinConnections.
var ErrTooFewConnections = errors.New("connections are too few")

// scriptMode makes pgx accept several statements in one query.
const scriptMode = pgx.QueryExecModeSimpleProtocol

var dialect = sqldb.Dialect{
	Name:          "postgres",
	Rewrite:       func(query string) string { return query },
	IsDuplicate:   func(err error) bool { return sqlState(err) == "23505" },
	IsUnavailable: func(err error) bool { return FaultOf(err) != NoFault },
	WithWrites:    true,
	XMin:          true,
	// An error that is FATAL ends the connection, perhaps after the commit.
	IsStatementError: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.SeverityUnlocalized == "ERROR" && FaultOf(err) == NoFault
	},
	Batches:       4,
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

// parse reads a URL. Its errors don't repeat the URL, which may hold passwords. pool_max_conns in the URL sets how many
// connections a program has, unless limit isn't 0.
func parse(url string, limit int) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
			e.ConnString = "the URL"
		}
		return nil, err
	}
	if limit == 0 {
		limit = DefaultConnections
		if plain, err := pgx.ParseConfig(url); err == nil && plain.RuntimeParams["pool_max_conns"] != "" {
			limit = int(config.MaxConns)
		}
	}
	if limit < MinConnections {
		return nil, fmt.Errorf("%d %w", limit, ErrTooFewConnections)
	}
	config.MaxConns = int32(limit - busConnections)
	config.MinConns = min(config.MinConns, config.MaxConns)
	config.PingTimeout = pingTimeout
	trusted := trustTime
	config.ShouldPing = func(_ context.Context, conn pgxpool.ShouldPingParams) bool { return conn.IdleDuration > trusted }
	config.AfterConnect = beginSession
	return config, nil
}

// Open opens the database at a URL like postgres://user@host/name, with at most limit connections, including those of
// a bus. If limit is 0, pool_max_conns in the URL applies, or DefaultConnections.
func Open(ctx context.Context, url string, limit int) (*sqldb.DB, error) {
	config, err := parse(url, limit)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	p, err := newPool(config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	first, err := p.acquire(ctx, p.write, nil)
	if err == nil {
		if err = first.Ping(ctx); err == nil {
			_ = first.QueryRow(ctx, allowed).Scan(&p.server) // without it, only a warning is missing
		}
		first.Release()
	}
	if err != nil {
		p.conns.Close()
		return nil, fmt.Errorf("open PostgreSQL at %s:%d: %w", config.ConnConfig.Host, config.ConnConfig.Port, err)
	}
	return sqldb.New(dialect, engine{p}), nil
}
