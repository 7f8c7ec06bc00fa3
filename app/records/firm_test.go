package records_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
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

// firm is a store with a matter of Maya's, with Ana and Ben as participants.
type firm struct {
	*records.Store
	db                       *sqldb.DB
	clock                    time.Time
	maya, team, other, admin chat.Caller // users: assigned, on the team, neither, admin
	ana, carl, nobody        chat.Caller
	matter, toAna, toBen     string // Maya's matter and its chats
	quay, toCarl             string // another user's
}

// engines are the supported databases. The whole suite runs on each.
var engines = []struct {
	name string
	// open opens an empty database. migrated opens one with the current schema, which is faster than to migrate.
	open, migrated func(testing.TB) *sqldb.DB
}{
	{
		"sqlite",
		func(tb testing.TB) *sqldb.DB { return opened(tb)(sqlite.Open(newFile(tb))) },
		func(tb testing.TB) *sqldb.DB {
			file := newFile(tb)
			contents, err := migratedFile()
			if err := errors.Join(err, os.WriteFile(file, contents, 0o600)); err != nil {
				tb.Fatal(err)
			}
			return opened(tb)(sqlite.Open(file))
		},
	},
	{
		"postgres",
		func(tb testing.TB) *sqldb.DB {
			return opened(tb)(postgres.Open(context.Background(), pgtest.URL(tb), 0))
		},
		func(tb testing.TB) *sqldb.DB {
			return opened(tb)(postgres.Open(context.Background(), migratedDatabase.URL(tb), 0))
		},
	},
}

func newFile(tb testing.TB) string { return filepath.Join(tb.TempDir(), "portal.db") }

func opened(tb testing.TB) func(*sqldb.DB, error) *sqldb.DB {
	return func(db *sqldb.DB, err error) *sqldb.DB {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return db
	}
}

// migratedFile returns the contents of a SQLite file with the current schema.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "matterline-records-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "portal.db")
	if err := migrate(sqlite.Open(file)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

var migratedDatabase = pgtest.Template{
	Fill: func(url string) error { return migrate(postgres.Open(context.Background(), url, 0)) },
}

func migrate(db *sqldb.DB, err error) error {
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(context.Background(), records.Migrations), db.Close())
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// on runs a test on each engine, with a new firm.
func on(t *testing.T, test func(*testing.T, *firm)) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) { test(t, newFirm(t, engine.migrated(t))) })
	}
}

func newFirm(t *testing.T, db *sqldb.DB) *firm {
	t.Helper()
	f := &firm{db: db, clock: time.UnixMilli(1_000_000)}
	var err error
	f.Store, err = records.Open(t.Context(), db, func() time.Time { return f.clock })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	user := func(name string) chat.Caller {
		account := records.Account{Email: name, Name: name, User: true}
		if name == "maya" {
			account.Password = "right" // hashing is slow on purpose
		}
		return chat.Caller{Account: must(f.AddAccount(t.Context(), account))(t), Name: name, Email: name, User: true}
	}
	f.maya, f.other, f.team = user("maya"), user("other"), user("team")
	f.admin = user("admin")
	f.admin.Admin = true
	f.matter = must(f.AddMatter(t.Context(), chat.Matter{Reference: "1", Title: "Elm", Assigned: f.maya.Account, Team: []string{f.team.Account}}))(t)
	f.quay = must(f.AddMatter(t.Context(), chat.Matter{Reference: "2", Title: "Quay", Assigned: f.other.Account}))(t)
	participant := func(matter, name string) (chat.Caller, string) {
		account := must(f.AddAccount(t.Context(), records.Account{Email: name, Name: name}))(t)
		return chat.Caller{Account: account, Name: name}, must(f.AddParticipant(t.Context(), chat.Participant{Matter: matter, Name: name}, account))(t)
	}
	f.ana, f.toAna = participant(f.matter, "ana")
	_, f.toBen = participant(f.matter, "ben")
	f.carl, f.toCarl = participant(f.quay, "carl")
	return f
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (f *firm) send(t *testing.T, c chat.Caller, participant, text string) chat.Message {
	t.Helper()
	result := must(f.Send(t.Context(), c, []records.Outgoing{{ID: uuid.NewString(), Participant: participant, Text: text}}))(t)[0]
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	return result.Message
}
