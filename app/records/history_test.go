package records_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
)

// databases make a database and, while no store has it open, a copy of it: a backup, a snapshot of the machine, or a
// second server that lacks the last commits.
var databases = []struct {
	name string
	add  func(*testing.T) string
	copy func(*testing.T, string) string
	open func(*testing.T, string) (*sqldb.DB, error)
}{
	{
		"sqlite",
		func(t *testing.T) string { return filepath.Join(t.TempDir(), "portal.db") },
		func(t *testing.T, path string) string {
			to := filepath.Join(t.TempDir(), "portal.db")
			contents := must(os.ReadFile(path))(t)
			if err := os.WriteFile(to, contents, 0o600); err != nil {
				t.Fatal(err)
			}
			return to
		},
		func(_ *testing.T, path string) (*sqldb.DB, error) { return sqlite.Open(path) },
	},
	{
		"postgres",
		func(t *testing.T) string { return migratedDatabase.URL(t) },
		func(t *testing.T, url string) string { return pgtest.Copy(t, url) },
		func(t *testing.T, url string) (*sqldb.DB, error) { return postgres.Open(t.Context(), url, 0) },
	},
}

// positions follows a matter in small pages and returns each page's end, by its version.
func (f *firm) positions(t *testing.T, c chat.Caller, known map[int64]records.Position) map[int64]records.Position {
	t.Helper()
	at := records.Position{}
	for version := range known {
		if version > at.Version {
			at = known[version]
		}
	}
	for more := true; more; {
		page := must(f.Changes(t.Context(), c, f.matter, at, 1))(t)
		if page.After != at.Version || page.AfterMark != at.Mark || page.Mark == "" {
			t.Fatalf("after %v: %+v", at, page)
		}
		at, more = records.Position{Version: page.Version, Mark: page.Mark}, page.More
		known[at.Version] = at
	}
	for _, head := range must(f.Heads(t.Context(), c))(t) {
		if head.Matter == f.matter && (head.Version != at.Version || head.Mark != at.Mark) {
			t.Fatalf("head %+v, but the last page ended at %v", head, at)
		}
	}
	return known
}

// history makes a change of every kind that a caller may follow.
func (f *firm) history(t *testing.T, after func()) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		after()
	}
	ctx := t.Context()
	m := f.send(t, f.maya, f.toAna, "one")
	after()
	f.send(t, f.ana, f.toAna, "two")
	after()
	f.send(t, f.maya, f.toBen, "to Ben")
	after()
	check(f.MarkRead(ctx, f.maya, f.toAna, 1<<40))
	check(f.MarkRead(ctx, f.ana, f.toAna, 1<<40))
	check(f.SetStatus(ctx, f.maya, f.toAna, m.ID, nil))
	check(f.EditMatter(ctx, f.maya, chat.Matter{ID: f.matter, Reference: "1", Title: "Elm " + uuid.NewString(), Type: "Lease"}))
	check(f.EditParticipant(ctx, f.maya, chat.Participant{ID: f.toAna, Name: "ana", Role: uuid.NewString()}))
	check(f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account}))
	check(f.SetStatus(ctx, f.maya, f.toAna, "", nil))
}

// The database is put back to an earlier state, and other changes overtake the lost ones. At every version that is lost,
// of whatever change, a caller who has it gets other_history. At the earlier ones they get what changed since.
func TestPutBackStoreHasAnotherHistory(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			at := database.add(t)
			f := newFirm(t, must(database.open(t, at))(t))
			open := func(at string) {
				t.Helper()
				var err error
				if f.Store, err = records.Open(t.Context(), must(database.open(t, at))(t), func() time.Time { return f.clock }); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { f.Close() })
			}
			callers := map[string]chat.Caller{"user": f.maya, "participant": f.ana}
			had, lost := map[string]map[int64]records.Position{}, map[string]map[int64]records.Position{}
			follow := func(into map[string]map[int64]records.Position) func() {
				return func() {
					t.Helper()
					for name, c := range callers {
						if into[name] == nil {
							into[name] = map[int64]records.Position{}
							for _, p := range had[name] {
								into[name][p.Version] = p
							}
						}
						f.positions(t, c, into[name])
					}
				}
			}
			f.history(t, follow(had))
			f.Close()
			earlier := database.copy(t, at)
			open(at)
			f.history(t, follow(lost))
			f.Close()

			open(earlier)
			for overtaken := range 3 {
				for name, c := range callers {
					for version, p := range lost[name] {
						page, err := f.Changes(t.Context(), c, f.matter, p, 100)
						if _, kept := had[name][version]; kept {
							if err != nil || page.AfterMark != p.Mark {
								t.Errorf("%s, overtaken %d times: at %v: %v", name, overtaken, p, err)
							}
						} else if chat.CodeOf(err) != chat.OtherHistory {
							t.Errorf("%s, overtaken %d times: at %v of the lost history: %+v, %v", name, overtaken, p, page, err)
						}
						if _, err := f.Changes(t.Context(), c, f.matter, records.Position{Version: version}, 100); err != nil {
							t.Errorf("%s without a mark: %v", name, err)
						}
					}
				}
				f.history(t, func() {})
			}
		})
	}
}

// The store keeps a bounded number of marks, and the marks of messages for good.
func TestMarksAreBounded(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		message := f.send(t, f.maya, f.toAna, "one")
		known := f.positions(t, f.maya, map[int64]records.Position{})
		if err := f.MarkRead(t.Context(), f.maya, f.toAna, 1<<40); err != nil {
			t.Fatal(err)
		}
		known = f.positions(t, f.maya, known)
		atMessage, atRead := known[message.Version], known[message.Version+1]
		add := func(from, n int) {
			t.Helper()
			rows := make([]records.ImportRow, n)
			for i := range rows {
				rows[i] = records.ImportRow{Line: i + 1, Reference: "1", Title: "Elm", Type: "Lease", Assigned: "maya", Participant: fmt.Sprint("person ", from+i), Role: "Client"}
			}
			if _, problems, err := f.Import(t.Context(), rows, false); err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
		}
		add(0, records.MarksKept/2)
		for _, p := range []records.Position{atMessage, atRead} {
			must(f.Changes(t.Context(), f.maya, f.matter, p, 10))(t)
		}
		add(records.MarksKept/2, records.MarksKept/2)
		must(f.Changes(t.Context(), f.maya, f.matter, atMessage, 10))(t)
		if _, err := f.Changes(t.Context(), f.maya, f.matter, atRead, 10); chat.CodeOf(err) != chat.OtherHistory {
			t.Fatalf("a mark that is no longer kept: %v", err)
		}
	})
}

// silentBus delivers only the notices on poll. An empty one makes the store look for changes now.
type silentBus struct{ poll chan string }

func (b silentBus) Notify(context.Context, string) error { return nil }
func (b silentBus) Listen(ctx context.Context, ready func(), receive func(string)) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case text := <-b.poll:
			if text == "" {
				ready()
			} else {
				receive(text)
			}
		}
	}
}

// A node wakes its watches when the database is put back to an earlier state, however far it has got since: below the
// version that the watches know, to it, or beyond.
func TestNodeNoticesThatItsDatabaseWasPutBack(t *testing.T) {
	for name, overtake := range map[string]int{"below": 1, "same": 3, "beyond": 5} {
		t.Run(name, func(t *testing.T) {
			url := migratedDatabase.URL(t)
			f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t))
			f.Close()
			earlier := pgtest.Copy(t, url)
			node := must(records.Open(t.Context(), must(postgres.Open(t.Context(), url, 0))(t), time.Now))(t)
			t.Cleanup(func() { node.Close() })
			f.Store = node
			ctx, cancel := context.WithCancel(t.Context())
			bus, ended := silentBus{make(chan string)}, make(chan struct{})
			w := node.Watch(chat.Caller{})
			go func() {
				defer close(ended)
				node.Join(ctx, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
			}()
			defer func() { cancel(); <-ended }()
			changed := func() string {
				for {
					<-w.Ready()
					if update := w.Take(""); update.Change != nil {
						return update.Change.Matter()
					}
				}
			}
			for range 2 { // its first look tells of both matters
				changed()
			}
			for range 3 {
				f.send(t, f.maya, f.toAna, "lost")
			}

			pgtest.PutBack(t, url, earlier)
			other := must(records.Open(t.Context(), must(postgres.Open(t.Context(), url, 0))(t), time.Now))(t)
			t.Cleanup(func() { other.Close() })
			f.Store = other
			for range overtake {
				f.send(t, f.maya, f.toAna, "instead")
			}
			bus.poll <- ""
			for changed() != f.matter {
			}
		})
	}
}
