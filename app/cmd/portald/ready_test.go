package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// Many checks write to the store at most once per interval, and don't repeat a write that hangs.
func TestReadinessChecksShareAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var writes atomic.Int64
		var hang atomic.Bool
		r := &readiness{explain: database("").explain, log: slog.New(slog.DiscardHandler), write: func(ctx context.Context) error {
			writes.Add(1)
			time.Sleep(10 * time.Millisecond)
			if hang.Load() {
				time.Sleep(time.Hour) // as SQLite does, it ignores ctx
			}
			return nil
		}}
		ask := func(want string) {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if got := r.check(t.Context()); got != want {
						t.Errorf("%q, want %q", got, want)
					}
				})
			}
			all.Wait()
		}
		ask("")
		ask("")
		if n := writes.Load(); n != 1 {
			t.Errorf("%d writes within the interval", n)
		}
		time.Sleep(probeInterval)
		hang.Store(true)
		ask("the database isn't responding")
		time.Sleep(time.Minute)
		ask("the database isn't responding")
		if n := writes.Load(); n != 2 {
			t.Errorf("%d writes while one hangs", n)
		}
		time.Sleep(time.Hour)
		hang.Store(false)
		ask("")
	})
}

// awaitReady asks until the portal answers with a text.
func awaitReady(t *testing.T, n *node, status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	last := ""
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.address+"/readyz", nil)
		check(t, err)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("/readyz never answered %d %q, but %q: %v", status, text, last, err)
		}
		body, err := io.ReadAll(res.Body)
		check(t, err)
		check(t, res.Body.Close())
		last = fmt.Sprint(res.StatusCode, " ", string(body))
		if res.StatusCode == status && strings.Contains(string(body), text) {
			return
		}
	}
}

func initialize(t *testing.T, database string) {
	t.Helper()
	out, err := exec.Command("portald", "init", "--firm", "Firm", "--name", "Lee", "--email", "lee@firm.example", "--database", database).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestNotReadyOnReadOnlyPostgreSQL(t *testing.T) {
	database := pgtest.URL(t)
	initialize(t, database)
	n := startNode(t, database)
	awaitReady(t, n, 200, "ready")
	admin, err := pgx.Connect(t.Context(), database)
	check(t, err)
	defer admin.Close(context.WithoutCancel(t.Context()))
	set := func(value string) { // as a failover to a standby does: connections end, and new ones can't write
		t.Helper()
		_, err := admin.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = `+value+`', current_database()); END $$`)
		check(t, err)
		_, err = admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		check(t, err)
	}
	set("on")
	awaitReady(t, n, 503, "PostgreSQL is read-only: it is a standby")
	_, err = admin.Exec(t.Context(), `SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE`)
	check(t, err)
	set("off")
	awaitReady(t, n, 200, "ready")
}

func TestExplainsUnreachablePostgreSQL(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://portal:geheim@127.0.0.1:1/portal", 0)
	if text := database("").explain(err); text != "PostgreSQL can't be reached" {
		t.Error(text)
	}
}
