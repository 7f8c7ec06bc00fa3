package records_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// takeAll takes everything that a watch has collected. It returns the matters to read, and the number of messages.
func takeAll(w *records.Watch) (matters []string, messages int) {
	for {
		select {
		case <-w.Ready():
		default:
			return matters, messages
		}
		update := w.Take()
		for _, in := range update.Messages {
			messages += len(in.All)
		}
		if update.Change != nil {
			matters = append(matters, update.Change.Matter())
		}
	}
}

// A change wakes those who follow the matter. If it is one of who may see the matter, it also wakes those who see it
// from now on, and nobody else.
func TestAChangeWakesOnlyThoseWhoSeeIt(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		callers := map[string]chat.Caller{"maya": f.maya, "team": f.team, "other": f.other, "admin": f.admin, "ana": f.ana, "carl": f.carl, "nobody": f.nobody}
		seenBy := func(c chat.Caller) (matters []string) {
			for _, head := range must(f.Heads(ctx, c))(t) {
				matters = append(matters, head.Matter)
			}
			return matters
		}
		watches := map[string]*records.Watch{}
		for name, c := range callers {
			watches[name] = f.Watch(c)
			t.Cleanup(watches[name].Close)
			watches[name].Follow(seenBy(c)...)
		}
		accessVersion := func() int64 {
			return must(sqldb.Get(ctx, f.db, sqldb.Column[int64], `SELECT access_version FROM matters WHERE id = $1`, f.matter))(t)
		}
		imported := func() error {
			_, problems, err := f.Import(ctx, []records.ImportRow{
				{Line: 1, Reference: "1", Title: "Oak Street", Type: "Lease", Assigned: "other", Team: []string{"team", "maya"}, Participant: "ana", Role: "Client"},
			}, false)
			if len(problems) > 0 {
				t.Error(problems)
			}
			return err
		}
		var toDora, toCarl string
		for _, change := range []struct {
			what   string
			do     func() error
			access bool
			wakes  string
		}{
			{"a new title", func() error {
				return f.EditMatter(ctx, f.maya, chat.Matter{ID: f.matter, Reference: "1", Title: "Elm Street", Type: "Lease"})
			}, false, "admin ana maya team"},
			{"closing", func() error { return f.SetClosed(ctx, f.maya, f.matter, true) }, false, "admin ana maya team"},
			{"opening", func() error { return f.SetClosed(ctx, f.maya, f.matter, false) }, false, "admin ana maya team"},
			{"the same team", func() error { return f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account}) }, false, "admin maya team"},
			{"the same assigned user", func() error { return f.Assign(ctx, f.maya, f.matter, f.maya.Account) }, false, "admin maya team"},
			{"a participant's role", func() error {
				return f.EditParticipant(ctx, f.maya, chat.Participant{ID: f.toBen, Name: "ben", Role: "Lender"})
			}, false, "admin ana maya team"},
			{"a message", func() error { f.send(t, f.maya, f.toAna, "hello"); return nil }, false, "admin ana maya team"},
			{"a user's read mark", func() error { return f.MarkRead(ctx, f.team, f.toAna, 1<<40) }, false, "admin maya team"},
			{"a user on the team", func() error { return f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account, f.other.Account}) }, true, "admin maya other team"},
			{"a user off the team", func() error { return f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account}) }, true, "admin maya other team"},
			{"a file with another assigned user", imported, true, "admin ana maya other team"},
			{"the same file", imported, false, ""},
			{"a participant without an account", func() (err error) {
				toDora, err = f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Agent"})
				return err
			}, false, "admin maya other team"},
			{"an invitation", func() error { _, _, err := f.Invite(ctx, f.maya, toDora); return err }, false, "admin maya other team"},
			{"a participant with an account", func() (err error) {
				toCarl, err = f.AddParticipant(ctx, chat.Participant{Matter: f.matter, Name: "Carl", Role: "Agent"}, f.carl.Account)
				return err
			}, true, "admin carl maya other team"},
			{"a removed participant", func() error { return f.RemoveParticipant(ctx, f.maya, toCarl) }, true, "admin ana carl maya other team"},
		} {
			before := accessVersion()
			if err := change.do(); err != nil {
				t.Fatalf("%s: %v", change.what, err)
			}
			if changed := accessVersion() != before; changed != change.access {
				t.Errorf("%s counts as a change of access: %v", change.what, changed)
			}
			var woken []string
			for _, name := range slices.Sorted(maps.Keys(watches)) {
				w := watches[name]
				if matters, messages := takeAll(w); len(matters)+messages > 0 {
					woken = append(woken, name)
				}
				w.Unfollow(f.matter)
				w.Follow(seenBy(callers[name])...)
			}
			if got := strings.Join(woken, " "); got != change.wakes {
				t.Errorf("%s wakes %q, want %q", change.what, got, change.wakes)
			}
		}
	})
}

// A watch with hundreds of matters to read gives out one at a time, and messages before them.
func TestMessagesDoNotWaitForMattersToRead(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		const matters = 300
		w := f.Watch(f.admin)
		defer w.Close()
		rows := make([]records.ImportRow, matters)
		for i := range rows {
			rows[i] = records.ImportRow{Line: i + 1, Reference: fmt.Sprint("new ", i), Title: "New", Type: "Lease", Assigned: "maya"}
		}
		if _, problems, err := f.Import(t.Context(), rows, false); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		f.send(t, f.maya, f.toAna, "hello")
		<-w.Ready()
		if update := w.Take(); len(update.Messages[f.matter].All) != 1 || update.Change == nil {
			t.Fatalf("the first update: %+v", update)
		}
		if rest, messages := takeAll(w); len(rest) != matters-1 || messages != 0 {
			t.Errorf("%d more matters and %d messages", len(rest), messages)
		}
	})
}
