package records_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// before returns the migrations before a file.
func before(t *testing.T, file string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, entry := range must(os.ReadDir("migrations"))(t) {
		if entry.Name() == file {
			return files
		}
		files[entry.Name()] = &fstest.MapFile{Data: must(os.ReadFile("migrations/" + entry.Name()))(t)}
	}
	t.Fatalf("no %s", file)
	return nil
}

// A browser that followed a portal before participants had their own versions continues from the version it has: it gets
// everything it lacks, and nothing of what others do. A user who has followed it gets the emails of those who joined.
func TestParticipantsKeepTheirVersionsAfterAnUpgrade(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			db := engine.open(t)
			if err := db.Migrate(t.Context(), before(t, "002_history.sql")); err != nil {
				t.Fatal(err)
			}
			// Versions: 2 and 3 the participants, 4 a message to Ana that is her status, 5 one to Ben, 6 the title, 7 a
			// message from Ana, 8 and 9 Ana's and Maya's read marks, 10 Maya's name.
			id := map[string]string{}
			for _, name := range []string{"one", "two", "three", "status"} {
				id[name] = uuid.NewString()
			}
			err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				for _, statement := range []string{
					`INSERT INTO accounts VALUES ('maya', 'maya', 'Maya', '', true, false, true), ('ana', 'ana', 'Ana', '', false, false, true), ('ben', 'ben', 'Ben', '', false, false, true)`,
					`INSERT INTO matters VALUES ('elm', '1', 'Elm', 'Lease', 1, 0, 70, 'maya', 10, 3, 10)`,
					`INSERT INTO participants VALUES ('to-ana', 'elm', 'ana', 'Ana', 'Client', false, true, false, 2, 8), ('to-ben', 'elm', 'ben', 'Ben', 'Client', false, true, false, 3, 6)`,
					fmt.Sprintf(`INSERT INTO messages VALUES ('%s', 'elm', 'to-ana', 'maya', 'one', 40, 40, 4), ('%s', 'elm', 'to-ben', 'maya', 'two', 50, 50, 5), ('%s', 'elm', 'to-ana', 'to-ana', 'three', 70, 70, 7)`, id["one"], id["two"], id["three"]),
					fmt.Sprintf(`INSERT INTO statuses VALUES ('%s', 'elm', 'to-ana', '%s', 'maya', 40, 0, 4)`, id["status"], id["one"]),
					`INSERT INTO reads VALUES ('to-ana', 'to-ana', 'elm', 4, 80, 8), ('to-ana', 'maya', 'elm', 7, 90, 9)`,
				} {
					if err := tx.Exec(statement); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			store := must(records.Open(t.Context(), db, func() time.Time { return time.UnixMilli(1000) }))(t)
			t.Cleanup(func() { store.Close() })
			f := &firm{Store: store, matter: "elm", toAna: "to-ana", toBen: "to-ben",
				maya: chat.Caller{Account: "maya", Name: "Maya", User: true}, ana: chat.Caller{Account: "ana", Name: "Ana"}}
			ctx := t.Context()

			changes := func(c chat.Caller, after records.Position) chat.Changes {
				t.Helper()
				return must(store.Changes(ctx, c, "elm", after, 100))(t)
			}
			all := changes(f.ana, records.Position{})
			got := fmt.Sprint(all.Version, all.Info.Version, all.Participants[0].Version, all.Messages[0].Version, all.Messages[1].Version,
				all.Statuses[0].Version, all.Reads[0].Version, all.Reads[0].Upto, len(all.Messages), len(all.Reads))
			if want := "8 8 2 4 7 4 8 4 2 1"; got != want {
				t.Fatalf("Ana's versions: %s, want %s", got, want)
			}
			if since := changes(f.ana, records.Position{Version: 4}); since.Info == nil || since.Info.Title != "Elm" || len(since.Messages) != 1 || len(since.Reads) != 1 {
				t.Fatalf("what Ana lacks at version 4: %+v", since)
			}
			if page := changes(f.maya, records.Position{}); page.Version != 11 || page.Participants[0].Email != "ana" || page.Participants[0].Version != 11 || page.Messages[2].Version != 7 || len(page.Reads) != 2 {
				t.Fatalf("Maya's: %+v", page)
			}
			for _, c := range []chat.Caller{f.maya, f.ana} {
				f.positions(t, c, map[int64]records.Position{})
			}

			f.send(t, f.maya, "to-ben", "not for Ana")
			head := must(store.Heads(ctx, f.ana))(t)[0]
			if head.Version != 8 || head.Mark != all.Mark || head.Mark == "" {
				t.Fatalf("Ana's head after a message to Ben: %+v", head)
			}
			f.send(t, f.maya, "to-ana", "four")
			next := changes(f.ana, records.Position{Version: 8, Mark: head.Mark})
			if next.Version != 9 || len(next.Messages) != 1 || next.Messages[0].Version != 9 {
				t.Fatalf("Ana's next: %+v", next)
			}
			if err := store.MarkRead(ctx, f.ana, "to-ana", 9); err != nil {
				t.Fatal(err)
			}
			reads := changes(f.maya, records.Position{Version: 13}).Reads
			if len(reads) != 1 || reads[0].Upto != 13 || strings.Contains(fmt.Sprint(changes(f.ana, records.Position{})), "not for Ana") {
				t.Fatalf("Maya sees that Ana has read up to %+v, want her message's version 13", reads)
			}
		})
	}
}

// An upgrade to sessions that end keeps the devices that were used lately, and the links and participants.
func TestSessionsAfterAnUpgrade(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			ctx, db, now := t.Context(), engine.open(t), time.UnixMilli(1_800_000_000_000)
			if err := db.Migrate(ctx, before(t, "009_accounts.sql")); err != nil {
				t.Fatal(err)
			}
			session := func(name string, started, used int) string {
				ago := func(days int) int64 { return now.AddDate(0, 0, -days).UnixMilli() }
				return fmt.Sprintf(`INSERT INTO sessions (token, id, account, device, created_at, used_at) VALUES ('%x', '%s', 'maya', '%s', %d, %d)`,
					sha256.Sum256([]byte(name)), name, name, ago(started), ago(used))
			}
			err := db.Tx(ctx, func(tx *sqldb.Tx) error {
				for _, statement := range []string{
					`INSERT INTO accounts (id, email, name, password, is_user, is_admin, active) VALUES ('maya', 'maya', 'Maya', '', true, true, true), ('ana', 'ana', 'Ana', '', false, false, true)`,
					`INSERT INTO matters VALUES ('elm', '1', 'Elm', 'Lease', 1, 0, 70, 'maya', 1, 1, 2, 'mark')`,
					`INSERT INTO participants VALUES ('to-ana', 'elm', 'ana', 'Ana', 'Client', false, true, false, 2, 2, 'mark', 2, 1)`,
					session("used today", 100, 0), session("unused", 100, 31), session("old", 181, 0),
				} {
					if err := tx.Exec(statement); err != nil {
						return fmt.Errorf("%s: %w", statement, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			store := must(records.Open(ctx, db, func() time.Time { return now }))(t)
			t.Cleanup(func() { store.Close() })
			maya := chat.Caller{Account: "maya", Name: "Maya", User: true, Admin: true}
			for token, want := range map[string]chat.Code{"used today": "", "unused": chat.SignedOut, "old": chat.SignedOut} {
				if _, err := store.Caller(ctx, token); want == "" && err != nil || want != "" && chat.CodeOf(err) != want {
					t.Errorf("the session that is %s: %v", token, err)
				}
			}
			if all := must(store.Sessions(ctx, maya, "used today"))(t); len(all) != 1 || all[0].Kind != "" || all[0].Address != "" || !all[0].Current {
				t.Errorf("%+v", all)
			}
			if self, err := store.Self(ctx, "maya"); err != nil || self.MustChange || self.TwoStep {
				t.Error("has to change the password", err)
			}
			if got := must(store.Settings(ctx, maya))(t); got != chat.DefaultFirmSettings {
				t.Errorf("%+v", got)
			}
			must(store.AddReset(ctx, maya, "ana"))(t)
			if page := must(store.Changes(ctx, maya, "elm", records.Position{}, 100))(t); len(page.Participants) != 1 || page.Participants[0].ResetBy != "maya" {
				t.Errorf("%+v", page)
			}
		})
	}
}

// After an upgrade, an invitation from before works without a PIN, users' names that look the same are known, and only users
// who follow a matter with someone who has joined get it again.
func TestInvitationsAndNamesAfterAnUpgrade(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			ctx, db, now := t.Context(), engine.open(t), time.UnixMilli(1_800_000_000_000)
			if err := db.Migrate(ctx, before(t, "010_who_joined.sql")); err != nil {
				t.Fatal(err)
			}
			err := db.Tx(ctx, func(tx *sqldb.Tx) error {
				for _, statement := range []string{
					`INSERT INTO accounts (id, email, name, password, is_user, is_admin, active) VALUES ('maya', 'maya', 'Maya', '', true, true, true),
						('other', 'other', 'Mауа', '', true, false, true), ('lee', 'lee', 'Lee', '', true, false, true), ('ana', 'ana', 'Ana', '', false, false, true)`,
					`INSERT INTO matters VALUES ('elm', '1', 'Elm', 'Lease', 1, 0, 70, 'maya', 1, 1, 3, 'mark'), ('quay', '2', 'Quay', 'Lease', 1, 0, 70, 'maya', 1, 1, 1, 'other')`,
					`INSERT INTO participants (id, matter, account, name, role, other_side, joined, removed, version, seen) VALUES
						('to-ana', 'elm', 'ana', 'Ana', 'Client', false, true, false, 2, 2), ('to-dora', 'quay', NULL, 'Dora', 'Client', false, false, false, 1, 1)`,
					`INSERT INTO marks (counter, slot, version, mark) VALUES ('elm', 3, 3, 'mark')`,
					fmt.Sprintf(`INSERT INTO invitations VALUES ('to-dora', '%s', %d)`, records.HashSecret("secret"), now.UnixMilli()+1),
				} {
					if err := tx.Exec(statement); err != nil {
						return fmt.Errorf("%s: %w", statement, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			store := must(records.Open(ctx, db, func() time.Time { return now }))(t)
			t.Cleanup(func() { store.Close() })
			maya, ana := chat.Caller{Account: "maya", Name: "Maya", User: true, Admin: true}, chat.Caller{Account: "ana", Name: "Ana"}
			for _, u := range must(store.Users(ctx, maya))(t) {
				if u.Alike != (u.ID != "lee") {
					t.Errorf("%+v", u)
				}
			}
			heads := must(store.Heads(ctx, maya))(t)
			if heads[0].Version != 4 || heads[1].Version != 1 {
				t.Errorf("%+v", heads)
			}
			if page := must(store.Changes(ctx, maya, "elm", records.Position{Version: 3, Mark: "mark"}, 100))(t); len(page.Participants) != 1 || page.Participants[0].Email != "ana" {
				t.Errorf("%+v", page)
			}
			if heads := must(store.Heads(ctx, ana))(t); heads[0].Version != 2 {
				t.Errorf("Ana's: %+v", heads)
			}
			if _, matter, err := store.Accept(ctx, "secret", "", "dora@home.example", longPassword, chat.Origin{}); err != nil || matter != "quay" {
				t.Error(matter, err)
			}
		})
	}
}
