package records_test

import (
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
