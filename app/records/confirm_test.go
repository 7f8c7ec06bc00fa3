package records_test

import (
	"fmt"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// lead adds an admin with a password and returns them as the caller of a session that isn't confirmed, with its token.
func (f *firm) lead(t *testing.T) (c chat.Caller, token string) {
	t.Helper()
	id := must(f.AddAccount(t.Context(), records.Account{Email: "lead@firm.example", Name: "Lead", Password: "right", User: true, Admin: true}))(t)
	token = must(f.StartSession(t.Context(), id, chat.Origin{}))(t)
	return must(f.Caller(t.Context(), token))(t), token
}

// lasting is what needs a confirmed session, by name. None of it changes anything that another one needs.
func (f *firm) lasting(t *testing.T) map[string]func(chat.Caller) error {
	ctx := t.Context()
	gone := must(f.AddUser(ctx, f.admin, records.Account{Email: "gone@firm.example", Name: "Gone", Password: longPassword}))(t)
	if err := f.EditUser(ctx, f.admin, gone, false, false); err != nil {
		t.Fatal(err)
	}
	f.turnOn(t)
	settings := func(change func(*chat.FirmSettings)) func(chat.Caller) error {
		return func(c chat.Caller) error {
			to := chat.DefaultFirmSettings
			change(&to)
			return f.SetSettings(ctx, c, to)
		}
	}
	return map[string]func(chat.Caller) error{
		"a user": func(c chat.Caller) error {
			_, err := f.AddUser(ctx, c, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword})
			return err
		},
		"a user with a link": func(c chat.Caller) error {
			_, _, err := f.AddUserByLink(ctx, c, records.Account{Email: "ito@firm.example", Name: "Ito"})
			return err
		},
		"an admin":                   func(c chat.Caller) error { return f.EditUser(ctx, c, f.other.Account, true, true) },
		"a user who returns":         func(c chat.Caller) error { return f.EditUser(ctx, c, gone, false, true) },
		"a user's reset link":        func(c chat.Caller) error { _, err := f.AddReset(ctx, c, f.team.Account); return err },
		"one's own reset link":       func(c chat.Caller) error { _, err := f.AddReset(ctx, c, c.Account); return err },
		"a participant's reset link": func(c chat.Caller) error { _, err := f.AddReset(ctx, c, f.ana.Account); return err },
		"no two-step verification":   func(c chat.Caller) error { return f.RemoveTwoStep(ctx, c, f.maya.Account) },
		"someone's email":            func(c chat.Caller) error { return f.SetEmail(ctx, c, f.other.Account, "other@firm.example") },
		"a longer pause":             settings(func(s *chat.FirmSettings) { s.IdleDays++ }),
		"a longer pause for clients": settings(func(s *chat.FirmSettings) { s.ClientIdleDays++ }),
		"longer sessions":            settings(func(s *chat.FirmSettings) { s.AbsoluteDays++ }),
		"longer offline":             settings(func(s *chat.FirmSettings) { s.OfflineDays++ }),
		"offline without a limit":    settings(func(s *chat.FirmSettings) { s.OfflineDays = 0 }),
	}
}

// picture describes all that lasting changes.
func (f *firm) picture(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	return fmt.Sprintf("%+v %+v %+v %d", must(f.Users(ctx, f.admin))(t), must(f.Settings(ctx, f.admin))(t),
		must(f.Heads(ctx, f.admin))(t), len(must(f.Audit(ctx, f.admin, records.AuditFilter{}, 1000))(t)))
}

func TestWhatLastsNeedsAConfirmedSession(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, _ := f.lead(t)
		lasting := f.lasting(t)
		before := f.picture(t)
		for name, do := range lasting {
			if err := do(lead); chat.CodeOf(err) != chat.ConfirmFirst || err.(*chat.Error).Field != "password" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if after := f.picture(t); before != after {
			t.Fatalf("something changed: %s\nthen %s", before, after)
		}

		if err := f.Confirm(ctx, lead, "wrong", ""); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if err := lasting["an admin"](lead); chat.CodeOf(err) != chat.ConfirmFirst {
			t.Fatal(err)
		}
		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		for name, do := range lasting {
			if err := do(lead); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What makes the firm safer, or ends something, never waits for a password.
func TestTakingAwayNeedsNoConfirmation(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, token := f.lead(t)
		stricter := chat.FirmSettings{IdleDays: 1, ClientIdleDays: 0, AbsoluteDays: 7, OfflineDays: 1, TeamManages: true, TwoStep: true}
		for name, err := range map[string]error{
			"stricter settings":      f.SetSettings(ctx, lead, stricter),
			"the same settings":      f.SetSettings(ctx, lead, stricter),
			"the same rights":        f.EditUser(ctx, lead, f.team.Account, false, true),
			"no longer an admin":     f.EditUser(ctx, lead, f.admin.Account, false, true),
			"deactivated":            f.EditUser(ctx, lead, f.admin.Account, false, false),
			"nothing to turn off":    f.RemoveTwoStep(ctx, lead, f.other.Account),
			"a session":              f.EndAccountSession(ctx, lead, lead.Account, must(f.Sessions(ctx, lead, token))(t)[0].ID, false),
			"portald's own commands": f.EditUser(ctx, records.Program, f.other.Account, true, true),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for change, loosens := range map[*chat.FirmSettings]bool{
			{IdleDays: 1, AbsoluteDays: 7, OfflineDays: 1, TeamManages: true}:                                   true,
			{IdleDays: 1, AbsoluteDays: 7, OfflineDays: 1, ReadExpired: true, TwoStep: true}:                    true,
			{IdleDays: 1, AbsoluteDays: 7, OfflineDays: 0, TwoStep: true}:                                       true,
			{IdleDays: 1, AbsoluteDays: 7, OfflineDays: 1, TeamManages: false, TwoStep: true}:                   false,
			{IdleDays: 1, AbsoluteDays: 7, OfflineDays: 1, ClientIdleDays: 1, TeamManages: true, TwoStep: true}: true,
		} {
			if change.Loosens(stricter) != loosens {
				t.Errorf("%+v", change)
			}
		}
	})
}

// A session counts as confirmed for a short time, and its holder can't make that longer without the password. Another
// session of the same user doesn't count, and a clock that was ahead gives nothing.
func TestConfirmationEnds(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		add := func(c chat.Caller) chat.Code {
			_, err := f.AddReset(ctx, c, f.team.Account)
			if err == nil {
				return ""
			}
			return chat.CodeOf(err)
		}
		lead, _ := f.lead(t)
		in := must(f.SignInByPassword(ctx, "lead@firm.example", "right", chat.Origin{}))(t)
		signedIn := must(f.Caller(ctx, in))(t)
		start := f.clock
		for _, tt := range []struct {
			after time.Duration
			want  chat.Code
		}{{0, ""}, {9 * time.Minute, ""}, {10 * time.Minute, chat.ConfirmFirst}, {-time.Minute, chat.ConfirmFirst}} {
			f.clock = start.Add(tt.after)
			if got := add(signedIn); got != tt.want {
				t.Errorf("%v after signing in: %q", tt.after, got)
			}
		}
		start = start.Add(time.Hour)
		f.clock = start
		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			after time.Duration
			want  chat.Code
		}{{0, ""}, {4 * time.Minute, ""}, {5 * time.Minute, chat.ConfirmFirst}, {-10 * time.Minute, chat.ConfirmFirst}} {
			f.clock = start.Add(tt.after)
			if got := add(lead); got != tt.want {
				t.Errorf("%v after confirming: %q", tt.after, got)
			}
		}
		f.clock = start
		if got := add(signedIn); got != chat.ConfirmFirst {
			t.Error("another session:", got)
		}

		// The store's other node knows, and a new start of the portal. A restored database doesn't.
		other := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		if _, err := other.AddReset(ctx, lead, f.team.Account); err != nil {
			t.Error(err)
		}
		if _, err := f.NewEpoch(ctx, false); err != nil {
			t.Fatal(err)
		}
		if got := add(lead); got != chat.ConfirmFirst {
			t.Error("after a restore:", got)
		}
	})
}

// With two-step verification, the password alone confirms nothing. Without a password, only signing in again does. An ended
// session isn't confirmed.
func TestConfirmAsksForWhatTheUserHas(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		secret, recovery := f.turnOn(t)
		if err := f.EditUser(ctx, f.admin, f.maya.Account, true, true); err != nil {
			t.Fatal(err)
		}
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		maya := must(f.Caller(ctx, token))(t)
		for _, tt := range []struct {
			password, code string
			want           chat.Code
		}{{"right", "", chat.CodeRequired}, {"right", "000000", chat.WrongCode}, {"wrong", recovery[0], chat.WrongPassword}} {
			if err := f.Confirm(ctx, maya, tt.password, tt.code); chat.CodeOf(err) != tt.want {
				t.Errorf("%+v: %v", tt, err)
			}
		}
		if _, err := f.AddReset(ctx, maya, f.team.Account); chat.CodeOf(err) != chat.ConfirmFirst {
			t.Fatal(err)
		}
		code := f.shows(t, secret, 0)
		for _, code := range []string{code, recovery[0]} {
			if err := f.Confirm(ctx, maya, "right", code); err != nil {
				t.Fatal(err)
			}
			if err := f.Confirm(ctx, maya, "right", code); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal("used twice:", err)
			}
		}
		if _, err := f.AddReset(ctx, maya, f.team.Account); err != nil {
			t.Fatal(err)
		}

		if err := f.EndSession(ctx, token, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if err := f.Confirm(ctx, maya, "right", recovery[1]); chat.CodeOf(err) != chat.SignedOut {
			t.Fatal(err)
		}
		if _, err := f.AddReset(ctx, maya, f.team.Account); chat.CodeOf(err) != chat.SignedOut {
			t.Fatal(err)
		}

		admin := must(f.Caller(ctx, must(f.StartSession(ctx, f.other.Account, chat.Origin{}))(t)))(t)
		admin.Admin = true
		if _, err := f.AddReset(ctx, admin, f.team.Account); chat.CodeOf(err) != chat.ConfirmFirst || err.(*chat.Error).Field != "" {
			t.Fatal(err)
		}
		ana := must(f.Caller(ctx, must(f.StartSession(ctx, f.ana.Account, chat.Origin{}))(t)))(t)
		if err := f.Confirm(ctx, ana, "", ""); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
	})
}
