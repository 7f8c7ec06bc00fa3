package records_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"matterline/app/sqldb"
)

// recorder is an engine that records the statements that run on it.
type recorder struct {
	sqldb.Engine
	rewrite func(string) string

	mu         sync.Mutex
	ran        *sync.Cond
	recording  bool
	statements map[string][]any // with the arguments of their first run
}

func newRecorder(db *sql.DB) *recorder {
	r := &recorder{Engine: sqldb.Pool(db), statements: map[string][]any{}}
	r.ran = sync.NewCond(&r.mu)
	return r
}

// dialect is for database/sql. The recorder rewrites the statements itself.
func (r *recorder) dialect(engine string) sqldb.Dialect {
	never := func(error) bool { return false }
	d := sqldb.Dialect{Name: engine, Rewrite: func(query string) string { return query }, IsDuplicate: never, IsConflict: never, IsUnavailable: never}
	r.rewrite = d.Rewrite
	if engine == "postgres" {
		d.WithWrites, d.XMin = true, true
		d.ScriptArgs = []any{pgx.QueryExecModeSimpleProtocol}
	} else {
		r.rewrite = func(query string) string {
			query, _, _ = strings.Cut(query, " FOR UPDATE ")
			query, _, _ = strings.Cut(query, " FOR KEY SHARE ")
			return strings.ReplaceAll(query, "$", "?")
		}
	}
	return d
}

// record records while do runs.
func (r *recorder) record(do func()) {
	set := func(recording bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.recording = recording
	}
	set(true)
	defer set(false)
	do()
}

// await waits until a statement that contains a text has run.
func (r *recorder) await(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for query := range r.statements {
			if strings.Contains(query, text) {
				return
			}
		}
		r.ran.Wait()
	}
}

func (r *recorder) Begin(ctx context.Context, readOnly bool) (sqldb.Conn, error) {
	conn, err := r.Engine.Begin(ctx, readOnly)
	return recordedConn{conn, r}, err
}

type recordedConn struct {
	sqldb.Conn
	recorder *recorder
}

func (c recordedConn) note(query string, args []any) string {
	r := c.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.statements[query]; r.recording && !known && statement.MatchString(strings.TrimSpace(query)) {
		r.statements[query] = args
		r.ran.Broadcast()
	}
	return r.rewrite(query)
}

func (c recordedConn) Exec(ctx context.Context, query string, args []any) (int64, error) {
	return c.Conn.Exec(ctx, c.note(query, args), args)
}

func (c recordedConn) Query(ctx context.Context, query string, args []any) (sqldb.Rows, error) {
	return c.Conn.Query(ctx, c.note(query, args), args)
}

// wholeRead is a part of a plan that reads a whole table, or a whole index of it.
type wholeRead struct{ table, index, plan string }

func openSQLite(t *testing.T) *sql.DB {
	file := "file:" + filepath.Join(t.TempDir(), "portal.db")
	return must(sql.Open("sqlite3", file+"?_journal_mode=WAL&_busy_timeout=5000&_foreign_keys=on&_txlock=immediate"))(t)
}

// explainOnSQLite returns the parts of a statement's plan that aren't searches, such as
// "SCAN e USING INDEX sqlite_autoindex_audit_1".
func explainOnSQLite(t *testing.T, db *sql.DB, query string, args []any) (whole []wholeRead) {
	t.Helper()
	rows := must(db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...))(t)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(detail)
		if words[0] == "SCAN" && len(words) > 1 && words[1] != "CONSTANT" && !strings.HasPrefix(words[1], "(") {
			whole = append(whole, wholeRead{words[1], words[len(words)-1], detail})
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return whole
}

// explainOnPostgres looks at a statement's plan for its arguments, and at its plan for any arguments, which PostgreSQL
// may prefer after a few runs.
func explainOnPostgres(t *testing.T, db *sql.DB, query string, args []any) (whole []wholeRead) {
	t.Helper()
	conn := must(db.Conn(t.Context()))(t)
	defer conn.Close()
	exec := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
	}
	explain := func(query string, args ...any) {
		t.Helper()
		var text string
		if err := conn.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) "+query, args...).Scan(&text); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		var plans []struct{ Plan planNode }
		if err := json.Unmarshal([]byte(text), &plans); err != nil {
			t.Fatal(err)
		}
		plans[0].Plan.wholeReads(&whole)
	}
	explain(query, args...)
	exec("SET plan_cache_mode = force_generic_plan")
	exec("PREPARE any_arguments AS " + query)
	call := "EXECUTE any_arguments"
	if len(args) > 0 {
		call += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", len(args)), ", ") + ")"
	}
	explain(call)
	exec("DEALLOCATE any_arguments")
	exec("RESET plan_cache_mode")
	return whole
}

// planNode is a node of a plan, as PostgreSQL describes it.
type planNode struct {
	NodeType string     `json:"Node Type"`
	Table    string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Cond     string     `json:"Index Cond"`
	Plans    []planNode `json:"Plans"`
}

func (n planNode) wholeReads(whole *[]wholeRead) {
	index := strings.HasPrefix(n.NodeType, "Index") || n.NodeType == "Bitmap Index Scan"
	if n.NodeType == "Seq Scan" || index && n.Cond == "" {
		*whole = append(*whole, wholeRead{n.Table, n.Index, fmt.Sprintf("%s %s", n.NodeType, n.Index)})
	}
	for _, child := range n.Plans {
		child.wholeReads(whole)
	}
}

// fillPostgres fills the tables like those of a firm with 1,000 users, as far as the planner needs it.
func fillPostgres(t *testing.T, db *sql.DB) {
	t.Helper()
	conn := must(db.Conn(t.Context()))(t)
	defer conn.Close()
	for _, statement := range []string{
		`SET session_replication_role = replica`, // no checks of foreign keys
		`SET synchronous_commit = off`,
		`INSERT INTO accounts (id, email, email_look, name, password, is_user, is_admin, active) SELECT 'account-' || n, 'person-' || n, 'person-' || n, 'Person ' || n, '', n <= 1000, n <= 4, true FROM generate_series(1, 20000) n`,
		`INSERT INTO sessions SELECT 'token-' || n, 'session-' || n, 'account-' || n, 'laptop', 1e15 + n, '', 1e15 FROM generate_series(1, 10000) n`,
		`INSERT INTO ended_sessions SELECT 'ended-' || n, 'ended-' || n, 'account-' || n % 1000 + 1, 'laptop', 'expired', false, 1e15, 0 FROM generate_series(1, 10000) n`,
		`INSERT INTO known_devices SELECT 'device-' || n, 'account-' || n, n FROM generate_series(1, 10000) n`,
		`INSERT INTO links SELECT 'link-' || n, 'account-' || n, 1e15 + n FROM generate_series(1, 5000) n`,
		`INSERT INTO resets (account, token, expires_at, made_by) SELECT 'account-' || n, 'reset-' || n, 1e15 + n, 'account-' || n % 1000 FROM generate_series(1, 5000) n`,
		`INSERT INTO used_visits SELECT 'visit-' || n, 1e15 + n FROM generate_series(1, 5000) n`,
		`INSERT INTO recovery_codes SELECT 'code-' || n, 'account-' || n % 1000 FROM generate_series(1, 10000) n`,
		`INSERT INTO passkeys SELECT 'passkey-' || n, 'account-' || n, 'credential-' || n, 'key', 0, true, 'Phone', n, n FROM generate_series(1, 10000) n`,
		`INSERT INTO used_challenges SELECT 'challenge-' || n, 1e15 + n FROM generate_series(1, 10000) n`,
		`INSERT INTO matters SELECT 'matter-' || n, 'ref-' || n, 'The sale of a house by the river', 'Sale', n, 0, n, 'account-' || n % 1000 + 1, 1, 1, 50, 'mark' FROM generate_series(1, 10000) n`,
		`INSERT INTO team SELECT 'account-' || (n * 7 + k * 13) % 1000 + 1, 'matter-' || n FROM generate_series(1, 10000) n, generate_series(1, 2) k`,
		`INSERT INTO participants SELECT 'chat-' || n, 'matter-' || n % 10000 + 1, 'account-' || n, 'Person', 'Client', false, true, false, n % 50, 20, 'mark', 1, 1 FROM generate_series(1, 20000) n`,
		`INSERT INTO invitations (participant, token, expires_at, made_by) SELECT 'chat-' || n, 'token-' || n, 1e15 + n, 'account-' || n % 1000 FROM generate_series(1, 5000) n`,
		`INSERT INTO messages SELECT 'message-' || n, 'matter-' || n % 10000 + 1, 'chat-' || n % 20000 + 1, 'account-' || n % 1000, 'text', n, n, n / 10000, n / 20000, 'mark' FROM generate_series(1, 30000) n`,
		`INSERT INTO statuses SELECT 'status-' || n, 'matter-' || n % 10000 + 1, 'chat-' || n % 20000 + 1, 'message-' || n, 'account-1', n, 1, n / 10000, n / 20000 FROM generate_series(1, 20000) n`,
		`INSERT INTO statuses SELECT 'current-' || n, 'matter-' || n % 10000 + 1, 'chat-' || n, 'message-' || n, 'account-1', n, 0, 40, 10 FROM generate_series(1, 5000) n`,
		`INSERT INTO reads SELECT 'chat-' || n, 'account-' || n % 1000, 'matter-' || n % 10000 + 1, 1, n, n / 10000, 1, 1 FROM generate_series(1, 20000) n`,
		`INSERT INTO reminders SELECT 'account-' || n % 1000 + 1, 'chat-' || n, 'matter-' || n % 10000 + 1, n % 20 * 1e12, n, 1e15 + n FROM generate_series(1, 10000) n`,
		`INSERT INTO marks SELECT 'matter-' || n % 10000, n / 10000, n / 10000, 'mark' FROM generate_series(1, 20000) n`,
		`INSERT INTO replies SELECT 'reply-' || n, 'account-' || n % 1000, 'Title', 'Text' FROM generate_series(1, 5000) n`,
		`INSERT INTO activity SELECT 'account-' || n % 1000, 'report-' || n FROM generate_series(1, 5000) n`,
		`INSERT INTO audit SELECT '0000' || n, 1e15, 'account-' || n % 5000, 'session.start', CASE WHEN n % 3 = 0 THEN '' ELSE 'matter-' || n % 5000 END, '', n FROM generate_series(1, 20000) n`,
		`UPDATE audit_head SET number = 20000`,
		// The statistics stay as they are now, however long the test takes: it removes what housekeeping removes.
		`DO $$ DECLARE t TEXT; BEGIN
			FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = false)', t); END LOOP;
		END $$`,
		`ANALYZE`,
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	if _, err := conn.ExecContext(t.Context(), `RESET ALL`); err != nil {
		t.Fatal(err)
	}
}
