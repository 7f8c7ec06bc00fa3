package replica

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// No query of the window scans a table that grows with the messages.
func TestPlans(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	r, err := Open(ctx, dir, chat.User{ID: "maya", Name: "Maya"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	me := r.me
	if err := r.Apply(ctx, chat.Changes{
		Matter: "elm", Version: 4, Info: &chat.Matter{ID: "elm", Title: "Elm Street", Assigned: "maya", Version: 1},
		Participants: []chat.Participant{{ID: "ana", Matter: "elm", Name: "Ana", Version: 2}},
		Messages:     []chat.Message{{ID: "m3", Participant: "ana", Author: "ana", Text: "hello there", Version: 3}, {ID: "m4", Participant: "ana", Author: "tom", Text: "hello too", Version: 4}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	db, err := sql.Open("sqlite3", filepath.Join(dir, "copy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`ATTACH ? AS own`, filepath.Join(dir, "own.db")); err != nil {
		t.Fatal(err)
	}
	queries := map[string]bool{}
	r = &Replica{user: chat.User{ID: "maya"}, me: me, now: time.Now, db: sqldb.New(sqldb.Dialect{
		Name: "sqlite", IsDuplicate: func(error) bool { return false }, IsUnavailable: func(error) bool { return false },
		Rewrite: func(query string) string {
			query = strings.ReplaceAll(query, "$", "?")
			queries[query] = true
			return query
		},
	}, sqldb.Pool(db))}
	r.SetCovers([]chat.Cover{{Account: "tom", By: "maya", Until: 1}})
	for what, read := range map[string]func(context.Context) error{
		"matters":  func(ctx context.Context) error { _, err := r.Matters(ctx); return err },
		"some":     func(ctx context.Context) error { _, err := r.Matters(ctx, "elm"); return err },
		"people":   func(ctx context.Context) error { _, err := r.People(ctx); return err },
		"matter":   func(ctx context.Context) error { _, err := r.Matter(ctx, "elm"); return err },
		"chat":     func(ctx context.Context) error { _, err := r.Chat(ctx, "ana", 0); return err },
		"before":   func(ctx context.Context) error { _, err := r.Chat(ctx, "ana", 4); return err },
		"around":   func(ctx context.Context) error { _, err := r.ChatAround(ctx, "ana", 4); return err },
		"after":    func(ctx context.Context) error { _, err := r.ChatAfter(ctx, "ana", 3); return err },
		"at":       func(ctx context.Context) error { _, err := r.ChatAt(ctx, "ana", 3); return err },
		"find":     func(ctx context.Context) error { _, err := r.Find(ctx, "ana", "hello"); return err },
		"file":     func(ctx context.Context) error { _, err := r.MatterFile(ctx, "elm"); return err },
		"on file":  func(ctx context.Context) error { _, err := r.ChatFile(ctx, "ana"); return err },
		"search":   func(ctx context.Context) error { _, err := r.Search(ctx, `hello "there" th`); return err },
		"waiting":  func(ctx context.Context) error { _, err := r.Unanswered(ctx); return err },
		"waits":    func(ctx context.Context) error { _, err := r.Unanswered(ctx, "elm"); return err },
		"unread":   func(ctx context.Context) error { _, err := r.UnreadChats(ctx); return err },
		"unsaved":  func(ctx context.Context) error { _, _, err := r.Unsaved(ctx); return err },
		"notified": func(ctx context.Context) error { _, err := r.Notified(ctx); return err },
		"have":     func(ctx context.Context) error { _, err := r.KnownOf(ctx, "elm"); return err },
		"as of":    func(ctx context.Context) error { _, err := r.AsOf(ctx); return err },
		"version":  func(ctx context.Context) error { _, err := r.VersionOf(ctx, "ana", "m4"); return err },
		"read":     func(ctx context.Context) error { return r.MarkRead(ctx, "ana", 4) },
		"status":   func(ctx context.Context) error { return r.Decide(ctx, "ana", "m4") },
	} {
		r.OnChanged(func([]string) {})
		clear(queries)
		if err := read(ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(queries) == 0 {
			t.Fatalf("%s ran no query", what)
		}
		for query := range queries {
			args := make([]any, 12)
			for len(args) > 0 && !strings.Contains(query, fmt.Sprint("?", len(args))) {
				args = args[1:]
			}
			rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args...)
			if err != nil {
				t.Fatalf("%s: %v\n%s", what, err, query)
			}
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				table, scans := strings.CutPrefix(detail, "SCAN ")
				table, _, _ = strings.Cut(table, " ")
				large := table == "messages" || table == "m" || table == "statuses" || table == "s" || table == "reads" || table == "t"
				if scans && large || strings.Contains(detail, "VIRTUAL TABLE") && !strings.Contains(detail, ":M") {
					t.Errorf("%s: %s\n%s", what, detail, query)
				}
			}
			rows.Close()
		}
	}
}
