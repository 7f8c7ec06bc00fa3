package records_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// reset makes a reset link for an account and returns its secret.
func (f *firm) reset(t *testing.T, account string) (secret string) {
	t.Helper()
	return must(f.AddReset(t.Context(), f.admin, account))(t).Secret
}

func (f *firm) signedOut(t *testing.T, token string) bool {
	t.Helper()
	_, err := f.Caller(t.Context(), token)
	if err != nil && chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}
	return err != nil
}

// actions lists the actions in the audit trail about an account, oldest first.
func (f *firm) actions(t *testing.T, account string) (actions []string) {
	t.Helper()
	for _, entry := range must(f.Audit(t.Context(), f.admin, records.AuditFilter{}, 500))(t) {
		if entry.Subject == account {
			actions = append(actions, entry.Action)
		}
	}
	slices.Reverse(actions)
	return actions
}

func TestResetLink(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		old, device := f.signInOn(t, f.maya.Account, "")
		secret := f.reset(t, f.maya.Account)
		if f.signedOut(t, old) {
			t.Fatal("making a link signs the account out")
		}
		if r := must(f.Reset(ctx, secret, chat.Origin{}))(t); r != (records.ResetFor{Account: f.maya.Account, Email: "maya", Name: "maya", User: true}) {
			t.Fatalf("%+v", r)
		}
		if _, _, err := f.UseReset(ctx, secret, "right", chat.Origin{}); chat.CodeOf(err) != chat.WeakPassword || !f.knows(t, f.maya.Account, device) {
			t.Fatalf("too short: %v", err)
		}
		r, token, err := f.UseReset(ctx, secret, longPassword, chat.Origin{Kind: chat.BrowserSession})
		if err != nil || token != "" || r.Account != f.maya.Account {
			t.Fatalf("a user is signed in in a browser: %q, %+v, %v", token, r, err)
		}
		if !f.signedOut(t, old) || !f.knows(t, f.maya.Account, device) { // it is forgotten a day later
			t.Error("an old session is left, or the device is forgotten at once")
		}
		if _, err := f.SignInByPassword(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Errorf("the old password: %v", err)
		}
		again := must(f.SignInByPassword(ctx, "maya", longPassword, chat.Origin{}))(t)
		same := f.reset(t, f.maya.Account)
		if _, _, err := f.UseReset(ctx, same, longPassword, chat.Origin{}); chat.CodeOf(err) != chat.WeakPassword || !strings.Contains(err.Error(), "differs") || f.signedOut(t, again) {
			t.Errorf("the old password again: %v", err)
		}
		must(f.Reset(ctx, same, chat.Origin{}))(t) // the link isn't used up
		if got := f.actions(t, f.maya.Account); !slices.Equal(got, []string{"account.reset", "reset.use", "account.reset"}) {
			t.Errorf("the audit trail has %v", got)
		}
	})
}

// A link says how many passkeys and recovery codes using it removes.
func TestResetLinkTellsWhatItRemoves(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		f.addPasskey(t, eve, token, newPhone(eve.Account))
		must(f.MakeRecoveryCodes(ctx, eve, byPassword("right")))(t)
		secret := f.reset(t, eve.Account)
		if r := must(f.Reset(ctx, secret, chat.Origin{}))(t); r.Passkeys != 1 || r.RecoveryCodes != 10 {
			t.Fatalf("%+v", r)
		}
		if _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if r := must(f.Reset(ctx, f.reset(t, eve.Account), chat.Origin{}))(t); r.Passkeys != 0 || r.RecoveryCodes != 0 {
			t.Fatalf("%+v", r)
		}
		f.turnOn(t) // a user's recovery codes belong to two-step verification, and stay
		if r := must(f.Reset(ctx, f.reset(t, f.maya.Account), chat.Origin{}))(t); r.RecoveryCodes != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

// Users see that a link was made for a participant of their matter, and by whom. The participant sees nothing of it.
func TestUsersSeeAParticipantsResetLink(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		another := must(f.AddMatter(ctx, chat.Matter{Reference: "9", Title: "Oak", Assigned: f.other.Account}))(t)
		toAna := must(f.AddParticipant(ctx, chat.Participant{Matter: another, Name: "ana"}, f.ana.Account))(t)
		ended := must(f.AddMatter(ctx, chat.Matter{Reference: "10", Title: "Ash", Assigned: f.other.Account}))(t)
		removed := must(f.AddParticipant(ctx, chat.Participant{Matter: ended, Name: "ana"}, f.ana.Account))(t)
		if err := f.RemoveParticipant(ctx, f.other, removed); err != nil {
			t.Fatal(err)
		}
		before := must(f.Heads(ctx, f.ana))(t)
		f.clock = f.clock.Add(time.Minute)
		secret := f.reset(t, f.ana.Account)
		for _, seen := range []struct {
			by          chat.Caller
			matter, row string
			want        bool
		}{{f.maya, f.matter, f.toAna, true}, {f.other, another, toAna, true}, {f.other, ended, removed, false}, {f.maya, f.matter, f.toBen, false}} {
			page := must(f.Changes(ctx, seen.by, seen.matter, records.Position{}, 100))(t)
			i := slices.IndexFunc(page.Participants, func(p chat.Participant) bool { return p.ID == seen.row })
			p := page.Participants[i]
			if seen.want && (p.ResetAt != f.clock.UnixMilli() || p.ResetBy != f.admin.Account || p.Version != page.Version) {
				t.Errorf("%s sees %+v", seen.by.Name, p)
			}
			if !seen.want && (p.ResetAt != 0 || p.ResetBy != "") {
				t.Errorf("%s sees a link: %+v", seen.by.Name, p)
			}
			if named := slices.ContainsFunc(page.Users, func(u chat.User) bool { return u.ID == f.admin.Account }); named != (seen.matter != ended) {
				t.Errorf("%s sees these users: %+v", seen.by.Name, page.Users)
			}
		}
		if after := must(f.Heads(ctx, f.ana))(t); !slices.Equal(after, before) {
			t.Errorf("Ana's heads: %+v, before %+v", after, before)
		}
		_, token, err := f.UseReset(ctx, secret, longPassword, chat.Origin{Address: "203.0.113.7", Device: "phone", Kind: chat.BrowserSession})
		if err != nil {
			t.Fatal(err)
		}
		c := must(f.Caller(ctx, token))(t)
		if c.Account != f.ana.Account || c.User || c.Kind != chat.BrowserSession {
			t.Errorf("%+v", c)
		}
		if page := must(f.Changes(ctx, f.ana, f.matter, records.Position{}, 100))(t); page.Participants[0].ResetAt != 0 || page.Participants[0].ResetBy != "" || len(page.Users) != 0 {
			t.Errorf("Ana sees %+v", page)
		}
	})
}

// A link that doesn't work says so and changes nothing.
func TestResetLinksThatDontWork(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "boss", Name: "Boss", User: true, Admin: true}))(t)
		elsewhere := newFirm(t, engines[0].migrated(t))
		for _, tt := range []struct {
			name string
			make func(account string) (secret string)
		}{
			{"empty", func(string) string { return "" }},
			{"made up", func(string) string { return "made up" }},
			{"null and more", func(string) string { return "'; DROP TABLE resets; --\ufffd" }},
			{"another portal's", func(string) string { return elsewhere.reset(t, elsewhere.maya.Account) }},
			{"used", func(account string) string {
				secret := f.reset(t, account)
				if _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{}); err != nil {
					t.Fatal(err)
				}
				return secret
			}},
			{"replaced", func(account string) string {
				secret := f.reset(t, account)
				f.reset(t, account)
				return secret
			}},
			{"expired", func(account string) string {
				secret := f.reset(t, account)
				f.clock = f.clock.Add(72 * time.Hour)
				return secret
			}},
			{"of a user who was deactivated", func(account string) string {
				secret := f.reset(t, account)
				if err := f.EditUser(ctx, f.admin, account, false, false); err != nil {
					t.Fatal(err)
				}
				return secret
			}},
			{"of a user who was deactivated and returned", func(account string) string {
				secret := f.reset(t, account)
				for _, active := range []bool{false, true} {
					if err := f.EditUser(ctx, f.admin, account, false, active); err != nil {
						t.Fatal(err)
					}
				}
				return secret
			}},
			{"from before an admin set a password", func(account string) string {
				secret := f.reset(t, account)
				if err := f.ResetPassword(ctx, f.admin, account, longPassword); err != nil {
					t.Fatal(err)
				}
				return secret
			}},
			{"a session's token", func(account string) string { return must(f.StartSession(ctx, account, chat.Origin{}))(t) }},
		} {
			email := tt.name + "@firm.example"
			account := must(f.AddAccount(ctx, records.Account{Email: email, Name: "N", User: true}))(t)
			secret := tt.make(account)
			entries := f.count(t, "audit")
			if _, err := f.Reset(ctx, secret, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
				t.Errorf("%s: %v", tt.name, err)
			}
			if _, _, err := f.UseReset(ctx, secret, "another long password", chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
				t.Errorf("%s: %v", tt.name, err)
			}
			if _, err := f.SignInByPassword(ctx, email, "another long password", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
				t.Errorf("%s: the password was set: %v", tt.name, err)
			}
			if added := f.count(t, "audit") - entries; added != 3 {
				t.Errorf("%s: the audit trail has %d refusals, want 3", tt.name, added)
			}
		}
	})
}

func TestOnlyAdminsMakeResetLinks(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		inactive := must(f.AddAccount(ctx, records.Account{Email: "gone", Name: "Gone", User: true}))(t)
		must(f.AddAccount(ctx, records.Account{Email: "boss", Name: "Boss", User: true, Admin: true}))(t)
		if err := f.EditUser(ctx, f.admin, inactive, false, false); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			by      chat.Caller
			account string
			want    chat.Code
		}{
			{f.maya, f.ana.Account, chat.NotAllowed},
			{f.maya, f.maya.Account, chat.NotAllowed},
			{f.ana, f.ana.Account, chat.NotFound},
			{f.nobody, f.ana.Account, chat.NotFound},
			{f.admin, "nobody", chat.NotFound},
			{f.admin, "", chat.NotFound},
			{f.admin, inactive, chat.NotAllowed},
		} {
			if _, err := f.AddReset(ctx, tt.by, tt.account); chat.CodeOf(err) != tt.want {
				t.Errorf("%s for %s: %v, want %s", tt.by.Name, tt.account, err, tt.want)
			}
		}
		if n := f.count(t, "resets"); n != 0 {
			t.Errorf("there are %d links", n)
		}
	})
}

// A password that isn't accepted leaves the link as it is.
func TestBadPasswordKeepsTheResetLink(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		if err := f.SetFirm(ctx, f.admin, records.Firm{Name: "Hartwell & Lee"}); err != nil {
			t.Fatal(err)
		}
		f.RefuseEasy(func(password string, about []string) bool {
			return password == "swordfish123" && slices.Equal(about, []string{"ana", "ana", "Hartwell & Lee", "ana"})
		})
		secret := f.reset(t, f.ana.Account)
		for password, want := range map[string]chat.Code{
			"": chat.WeakPassword, "short": chat.WeakPassword, "swordfish123": chat.WeakPassword, string(make([]byte, 1001)): chat.TooLong,
		} {
			if _, _, err := f.UseReset(ctx, secret, password, chat.Origin{}); chat.CodeOf(err) != want {
				t.Errorf("%q: %v", password, err)
			}
		}
		if _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{Kind: chat.DesktopSession}); chat.CodeOf(err) != chat.NotAllowed {
			t.Errorf("in the desktop app: %v", err)
		}
		if _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{}); err != nil {
			t.Error(err)
		}
	})
}

// A user who was added without a password chooses one with a link. One who got a password has to change it.
func TestFirstPassword(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must := func(mustChange bool, account string) {
			t.Helper()
			if got, err := f.Self(ctx, account); err != nil || got.MustChange != mustChange {
				t.Errorf("has to change the password: %v, %v; want %v", got, err, mustChange)
			}
		}
		tom, link, err := f.AddUserByLink(ctx, f.admin, records.Account{Email: "tom@firm.example", Name: "Tom", Password: "ignored password", MustChange: true})
		if err != nil || link.ExpiresAt != f.clock.Add(7*24*time.Hour).UnixMilli() {
			t.Fatal(link.ExpiresAt, err)
		}
		must(false, tom)
		for _, password := range []string{"", "ignored password"} {
			if _, err := f.SignInByPassword(ctx, "tom@firm.example", password, chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
				t.Errorf("signed in with %q: %v", password, err)
			}
		}
		f.clock = f.clock.Add(6 * 24 * time.Hour)
		if _, _, err := f.UseReset(ctx, link.Secret, longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		must(false, tom)
		if _, err := f.SignInByPassword(ctx, "tom@firm.example", longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if err := f.ResetPassword(ctx, f.admin, tom, "given by the admin"); err != nil {
			t.Fatal(err)
		}
		must(true, tom)
		token, err := f.SignInByPassword(ctx, "tom@firm.example", "given by the admin", chat.Origin{})
		if err != nil {
			t.Fatal("has to change the password, and can't sign in:", err)
		}
		caller := chat.Caller{Account: tom, Name: "Tom", User: true}
		if err := f.ChangePassword(ctx, caller, token, "given by the admin", "given by the admin"); chat.CodeOf(err) != chat.WeakPassword {
			t.Errorf("the same password again: %v", err)
		}
		must(true, tom)
		if err := f.ChangePassword(ctx, caller, token, "given by the admin", longPassword); err != nil {
			t.Fatal(err)
		}
		must(false, tom)
		lee, err := f.AddUser(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword, MustChange: true})
		if err != nil {
			t.Fatal(err)
		}
		must(true, lee)
		if _, _, err := f.AddUserByLink(ctx, f.admin, records.Account{Email: "LEE@firm.example", Name: "Lee"}); chat.CodeOf(err) != chat.Taken {
			t.Error(err)
		}
	})
}
