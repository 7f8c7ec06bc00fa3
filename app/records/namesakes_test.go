package records_test

import (
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// Users always get the emails of participants and users. A participant gets a user's email only where another user's
// name looks the same, and never another participant's.
func TestEmailsBesideNames(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.send(t, f.maya, f.toAna, "hello")
		authorFor := func(c chat.Caller) (email string) {
			t.Helper()
			for _, u := range must(f.Changes(ctx, c, f.matter, records.Position{}, 100))(t).Users {
				if u.ID == f.maya.Account {
					return u.Email
				}
			}
			t.Fatal("the author is missing")
			return ""
		}
		own := func() chat.Participant {
			return must(f.Changes(ctx, f.ana, f.matter, records.Position{}, 100))(t).Participants[0]
		}
		if authorFor(f.maya) != "maya" || authorFor(f.ana) != "" || own().Email != "" || f.participant(t, f.toAna).Email != "ana" {
			t.Fatal(authorFor(f.maya), authorFor(f.ana), own().Email, f.participant(t, f.toAna).Email)
		}

		head := must(f.Heads(ctx, f.ana))(t)[0]
		if err := f.Rename(ctx, f.other, "Mауа"); err != nil { // with Cyrillic letters
			t.Fatal(err)
		}
		if authorFor(f.ana) != "maya" {
			t.Fatal("the participant can't tell the users apart")
		}
		if now := must(f.Heads(ctx, f.ana))(t)[0]; now != head {
			t.Fatalf("%+v, was %+v", now, head)
		}
		alike := func() (names []string) {
			for _, u := range must(f.Users(ctx, f.team))(t) {
				if u.Alike {
					names = append(names, u.Name)
				}
			}
			return names
		}
		if names := alike(); len(names) != 2 {
			t.Fatal(names)
		}
		if err := f.Rename(ctx, f.other, "Other"); err != nil {
			t.Fatal(err)
		}
		if names := alike(); len(names) != 0 || authorFor(f.ana) != "" {
			t.Fatal(names, authorFor(f.ana))
		}
		must(f.AddUser(ctx, f.admin, records.Account{Email: "second@firm.example", Name: "MAYA", Password: longPassword}))(t)
		if names := alike(); len(names) != 2 {
			t.Fatal(names)
		}
	})
}
