package pgtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Copy returns the address of a new database with the contents of another, which no program may have open.
func Copy(tb testing.TB, url string) string {
	tb.Helper()
	to := URL(tb)
	PutBack(tb, to, url)
	return to
}

// PutBack replaces a database with a copy of another, which no program may have open. Programs that have the replaced
// one open lose their connections, as when a server fails and an older state of it takes over.
func PutBack(tb testing.TB, url, copied string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, shared.server.address("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	server := shared.server.address("")
	name := strings.TrimPrefix(url, server)
	for _, statement := range []string{
		"DROP DATABASE " + name + " WITH (FORCE)",
		"CREATE DATABASE " + name + " TEMPLATE " + strings.TrimPrefix(copied, server),
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			tb.Fatal(err)
		}
	}
}
