package records_test

import (
	"slices"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// dueAt returns when a caller's reminder in Ana's chat is due, or -1 if there is none.
func (f *firm) dueAt(t *testing.T, c chat.Caller) int64 {
	t.Helper()
	all := must(f.Reminders(t.Context(), c))(t).All
	i := slices.IndexFunc(all, func(r chat.Reminder) bool { return r.Participant == f.toAna })
	if i < 0 {
		return -1
	}
	if all[i].Matter != f.matter {
		t.Fatalf("%+v", all)
	}
	return all[i].DueAt
}

// A reminder is its user's own. The latest one counts, in whatever order devices send them.
func TestReminders(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, now := t.Context(), f.clock.UnixMilli()
		set := func(c chat.Caller, due, at int64) error {
			return f.SetReminder(ctx, c, chat.Reminder{Participant: f.toAna, DueAt: due, SeenAt: 1, SetAt: at})
		}
		for _, step := range []struct{ due, at, want, version int64 }{
			{now + 100, now - 50, now + 100, 1},
			{now + 200, now - 60, now + 100, 1}, // an older one, from a device that was away
			{now + 100, now - 50, now + 100, 1}, // again
			{0, now - 40, 0, 2},
			{now + 300, now - 45, 0, 2},
			{now + 400, now + 9_000_000, now + 400, 3}, // from a clock that is ahead
			{now + 500, now, now + 400, 3},
		} {
			if err := set(f.maya, step.due, step.at); err != nil {
				t.Fatal(err)
			}
			if got := f.dueAt(t, f.maya); got != step.want || must(f.Reminders(ctx, f.maya))(t).Version != step.version {
				t.Fatalf("%+v: %d", step, got)
			}
		}
		if got := f.dueAt(t, f.team); got != -1 {
			t.Fatalf("a colleague sees %d", got)
		}
		if err := set(f.maya, f.clock.Add(400*days).UnixMilli(), now+1); chat.CodeOf(err) != chat.Malformed {
			t.Fatal(err)
		}
		for _, c := range []chat.Caller{f.ana, f.other} {
			if err := set(c, 1, 1); chat.CodeOf(err) != chat.NotFound {
				t.Fatal(c, err)
			}
		}
		if _, err := f.Reminders(ctx, f.ana); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
	})
}

// Those who may no longer see a matter lose their reminders there. Regaining access doesn't bring them back.
func TestRemindersEndWithAccess(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		set := func(c chat.Caller) {
			t.Helper()
			if err := f.SetReminder(ctx, c, chat.Reminder{Participant: f.toAna, DueAt: 9, SetAt: 1}); err != nil {
				t.Fatal(err)
			}
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		do(f.db.Tx(ctx, func(tx *sqldb.Tx) error {
			return tx.Exec(`UPDATE accounts SET is_admin = true WHERE id = $1`, f.admin.Account)
		}))
		set(f.maya)
		set(f.team)
		set(f.admin)
		do(f.SetTeam(ctx, f.maya, f.matter, nil))
		do(f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account}))
		if maya, team, admin := f.dueAt(t, f.maya), f.dueAt(t, f.team), f.dueAt(t, f.admin); maya != 9 || team != -1 || admin != 9 {
			t.Fatal(maya, team, admin)
		}
		do(f.Assign(ctx, f.maya, f.matter, f.team.Account)) // Maya joins the team
		set(f.team)
		if maya, team := f.dueAt(t, f.maya), f.dueAt(t, f.team); maya != 9 || team != 9 {
			t.Fatal(maya, team)
		}
		do(f.EditUser(ctx, f.admin, f.maya.Account, false, false))
		if n := f.count(t, `reminders WHERE account = '`+f.maya.Account+`'`); n != 0 {
			t.Fatal(n)
		}
	})
}

// The identity provider can take an admin's rights away, too.
func TestRemindersEndWithAnAdminsRights(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		for _, step := range []struct {
			subject, email string
			admin          bool
		}{{"m", "maya", true}, {"t", "team", true}, {"m", "maya", false}} {
			w := who(step.subject, step.email)
			w.Admin = &step.admin
			must(f.SignInAtProvider(t.Context(), w, chat.Origin{}))(t)
			if step.email == "team" {
				maya := f.maya
				maya.Admin = true
				for _, participant := range []string{f.toAna, f.toCarl} {
					if err := f.SetReminder(t.Context(), maya, chat.Reminder{Participant: participant, DueAt: 9, SetAt: 1}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if left := f.count(t, `reminders WHERE matter = '`+f.matter+`'`); left != 1 || f.count(t, "reminders") != 1 {
			t.Errorf("%d of %d are in her own matter", left, f.count(t, "reminders"))
		}
	})
}

// An ended reminder is removed once no older one can be due any more, and others never.
func TestEndedRemindersAreRemoved(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		now := f.clock
		for i, c := range []chat.Caller{f.maya, f.team} {
			due := int64(i) * now.Add(100*days).UnixMilli()
			if err := f.SetReminder(t.Context(), c, chat.Reminder{Participant: f.toAna, DueAt: due, SetAt: now.UnixMilli()}); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct{ day, want int64 }{{0, 0}, {390, 0}, {400, -1}} {
			f.clock = now.Add(time.Duration(step.day) * days)
			f.tidy(t, 0)
			if ended, waits := f.dueAt(t, f.maya), f.dueAt(t, f.team); ended != step.want || waits <= 0 {
				t.Fatalf("after %d days: %d, %d", step.day, ended, waits)
			}
		}
	})
}
