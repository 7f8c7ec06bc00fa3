package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
)

const firstMigration = "001_first.sql"

// migrations are the names of all migrations.
func migrations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../records/migrations/*.sql")
	check(t, err)
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files
}

// old makes a database as the first version did, with a matter and a message.
func old(t *testing.T, db *sqldb.DB) {
	t.Helper()
	defer db.Close()
	text, err := os.ReadFile(filepath.Join("../../records/migrations", firstMigration))
	check(t, err)
	check(t, db.Migrate(t.Context(), fstest.MapFS{firstMigration: {Data: text}}))
	data, err := os.ReadFile("testdata/first.sql")
	check(t, err)
	check(t, db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		for statement := range strings.SplitSeq(strings.TrimSuffix(string(data), ";\n"), ";\n") {
			if err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	}))
}

func oldOnPostgreSQL(t *testing.T) (url string) {
	t.Helper()
	url = pgtest.URL(t)
	db, err := postgres.Open(t.Context(), url, 0)
	check(t, err)
	old(t, db)
	return url
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	check(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func column(t *testing.T, conn *pgx.Conn, query string) (found []string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	check(t, err)
	found, err = pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	return found
}

func TestUpgradesAnOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db, err := sqlite.Open(path)
	check(t, err)
	old(t, db)
	awaitReady(t, startNode(t, path), 200, "ready")
	db, err = sqlite.OpenReadOnly(path)
	check(t, err)
	defer db.Close()
	done, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT name FROM migrations ORDER BY name`)
	check(t, err)
	texts, err := sqldb.List(t.Context(), db, sqldb.Column[string], `SELECT text FROM messages`)
	check(t, err)
	if strings.Join(done, " ") != strings.Join(migrations(t), " ") || strings.Join(texts, " ") != "Good morning" {
		t.Errorf("%v, %v", done, texts)
	}
}

// Portals that start at the same time on an old database upgrade it once.
func TestNodesUpgradeTogether(t *testing.T) {
	url := oldOnPostgreSQL(t)
	nodes := make(chan *node)
	const count = 4
	for range count {
		go func() {
			var n *node
			defer func() { nodes <- n }() // also if it fails
			n = startNode(t, url)
		}()
	}
	for range count {
		if n := <-nodes; n != nil {
			awaitReady(t, n, 200, "ready")
		}
	}
	conn := connect(t, url)
	if done := column(t, conn, `SELECT name FROM migrations ORDER BY name`); strings.Join(done, " ") != strings.Join(migrations(t), " ") {
		t.Error(done)
	}
	if texts := column(t, conn, `SELECT text FROM messages`); strings.Join(texts, " ") != "Good morning" {
		t.Error(texts)
	}
}

// A portal that is killed while it upgrades leaves the old database, which the next start upgrades.
func TestKilledUpgradeChangesNothing(t *testing.T) {
	url := oldOnPostgreSQL(t)
	blocker, observer := connect(t, url), connect(t, url)
	tx, err := blocker.Begin(t.Context())
	check(t, err)
	_, err = tx.Exec(t.Context(), `LOCK TABLE participants IN ACCESS SHARE MODE`) // a migration changes it after other tables
	check(t, err)
	upgrading := exec.Command("portald", "serve", "--database", url, "--address", "127.0.0.1:0")
	check(t, upgrading.Start())
	for len(column(t, observer, `SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'participants'::regclass`)) == 0 {
		check(t, t.Context().Err())
	}
	check(t, upgrading.Process.Kill())
	_ = upgrading.Wait()
	check(t, tx.Rollback(t.Context()))
	for len(column(t, observer, `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), `+pid(t, blocker)+`)`)) > 0 {
		check(t, t.Context().Err())
	}
	if done := column(t, observer, `SELECT name FROM migrations`); strings.Join(done, " ") != firstMigration {
		t.Errorf("after the kill: %v", done)
	}
	awaitReady(t, startNode(t, url), 200, "ready")
}

func pid(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	return column(t, conn, `SELECT pg_backend_pid()::text`)[0]
}

// A portal stops when a newer one upgrades its database, and refuses to start on it.
func TestOldPortalStopsAfterANewerUpgrade(t *testing.T) {
	url := pgtest.URL(t)
	initialize(t, url)
	var log bytes.Buffer
	running := startNode(t, url)
	_, err := connect(t, url).Exec(t.Context(), `INSERT INTO migrations (name) VALUES ('999_future.sql')`)
	check(t, err)
	<-running.done
	if running.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v", running.cmd.ProcessState)
	}
	for _, command := range []string{"serve", "epoch"} {
		again := exec.Command("portald", command, "--database", url)
		again.Stderr = &log
		if err := again.Run(); err == nil || !strings.Contains(log.String(), "a newer version of Matterline, which had 999_future.sql; use the newer portald, or restore a backup") {
			t.Errorf("%s: %v, %s", command, err, log.String())
		}
		log.Reset()
	}
}
