package records_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

const issuer = "https://login.firm.example"

// who is an account at the provider, in a new visit.
func who(subject, email string) records.ProviderAccount {
	w := records.ProviderAccount{Issuer: issuer, Subject: subject, Email: email, Nonce: uuid.NewString()}
	if email == "" {
		w.NoEmail = errNoEmail
	}
	return w
}

var errNoEmail = chat.Errorf(chat.NotAllowed, "", "The provider doesn't say who you are.")

// enter signs in at the provider from the desktop app, and returns whose session it is.
func (f *firm) enter(t *testing.T, w records.ProviderAccount) (account string, err error) {
	t.Helper()
	token, err := f.SignInAtProvider(t.Context(), w, chat.Origin{Kind: chat.DesktopSession})
	if err != nil {
		return "", err
	}
	return must(f.Caller(t.Context(), token))(t).Account, nil
}

func (f *firm) enters(t *testing.T, w records.ProviderAccount, want chat.Caller) {
	t.Helper()
	if account, err := f.enter(t, w); err != nil || account != want.Account {
		t.Fatalf("%s isn't %s: %q %v", w.Subject, want.Name, account, err)
	}
}

// refused checks that an account at the provider gets a sentence and no session.
func (f *firm) refused(t *testing.T, w records.ProviderAccount, code chat.Code, says string) {
	t.Helper()
	before := f.count(t, "sessions")
	_, err := f.enter(t, w)
	if chat.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v", w.Subject, err)
	}
	if f.count(t, "sessions") != before {
		t.Errorf("%s has a session", w.Subject)
	}
}

// The email finds the user once. Then the subject does, whatever becomes of the emails.
func TestProviderAccountIsLinkedAtTheFirstSignIn(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.refused(t, who("m", ""), chat.NotAllowed, "doesn't say who you are")
		f.enters(t, who("m", "MAYA"), f.maya)
		f.enters(t, who("m", "maya"), f.maya)
		f.enters(t, who("m", "married@firm.example"), f.maya)
		f.enters(t, who("m", "other"), f.maya)
		f.enters(t, who("m", ""), f.maya)
		if err := f.ChangeEmail(t.Context(), f.maya, "right", "m.hart@firm.example"); err != nil {
			t.Fatal(err)
		}
		f.enters(t, who("m", "maya"), f.maya)
		f.enters(t, who("o", "other"), f.other)
		if links := f.entries(t, "account.link"); len(links) != 2 || links[1].Subject != f.maya.Account || links[1].Changes[0].To != "m" {
			t.Errorf("%+v", links)
		}
		// Another provider has accounts of its own.
		elsewhere := who("o", "m.hart@firm.example")
		elsewhere.Issuer = "https://new.firm.example"
		f.enters(t, elsewhere, f.maya)
	})
}

// An email that the provider gives to someone else doesn't give them the account.
func TestRecycledEmailGetsNobodyIn(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.enters(t, who("old", "maya"), f.maya)
		f.refused(t, who("new", "maya"), chat.NotAllowed, "another account")
		for _, c := range []chat.Caller{f.maya, f.ana} {
			if err := f.UnlinkProvider(ctx, c, f.maya.Account); err == nil {
				t.Errorf("%s may unlink", c.Name)
			}
		}
		for _, id := range []string{f.ana.Account, "nobody"} {
			if err := f.UnlinkProvider(ctx, f.admin, id); chat.CodeOf(err) != chat.NotFound {
				t.Errorf("%s: %v", id, err)
			}
		}
		for range 2 { // the second time, there is nothing to unlink
			if err := f.UnlinkProvider(ctx, f.admin, f.maya.Account); err != nil {
				t.Fatal(err)
			}
		}
		f.enters(t, who("new", "maya"), f.maya)
		f.refused(t, who("old", "maya"), chat.NotAllowed, "another account")
		f.refused(t, who("old", "gone@firm.example"), chat.NotAllowed, "No user has the email gone@firm.example")
		if unlinks := f.entries(t, "account.unlink"); len(unlinks) != 1 || unlinks[0].Account != f.admin.Account {
			t.Errorf("%+v", unlinks)
		}
		users := must(f.Users(ctx, f.admin))(t)
		for _, user := range users {
			if user.Linked != (user.ID == f.maya.Account) {
				t.Errorf("%+v", user)
			}
		}
		if users := must(f.Users(ctx, f.maya))(t); slices.ContainsFunc(users, func(u chat.UserAccount) bool { return u.Linked }) {
			t.Error("a user who isn't an admin sees who is linked")
		}
	})
}

func TestProviderRefusals(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.refused(t, who("x", "nobody\u202e@firm.example"), chat.NotAllowed, "No user has the email nobody@firm.example")
		f.refused(t, who("a", "ana"), chat.NotAllowed, "No user has the email ana")
		f.enters(t, who("t", "team"), f.team)
		f.editUser(t, f.team.Account, false)
		f.refused(t, who("t", "team"), chat.NotAllowed, "deactivated")
		f.refused(t, who("t2", "team"), chat.NotAllowed, "deactivated")
		f.editUser(t, f.team.Account, true)
		f.enters(t, who("t", "team"), f.team)
		before := f.count(t, "sessions")
		if _, err := f.SignInAtProvider(t.Context(), who("m", "maya"), chat.Origin{Kind: chat.BrowserSession}); chat.CodeOf(err) != chat.NotAllowed || f.count(t, "sessions") != before {
			t.Error(err)
		}
		if n := len(f.entries(t, "session.refuse")); n != 5 {
			t.Errorf("%d refusals in the audit trail", n)
		}
	})
}

// A visit works once: the second time, and of six uses at once.
func TestVisitToTheProviderWorksOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		once := who("m", "maya")
		f.enters(t, once, f.maya)
		f.refused(t, once, chat.LinkExpired, "has been used")
		six := who("o", "other")
		winner(t, together(slices.Repeat([]func() error{func() error {
			_, err := f.SignInAtProvider(t.Context(), six, chat.Origin{})
			return err
		}}, 6)...), chat.LinkExpired)
		if n := f.count(t, "sessions WHERE account = '"+f.other.Account+"'"); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// Of six accounts at the provider with one email, one gets in.
func TestFirstSignInsAtOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		var all []func() error
		for i := range 6 {
			w := who(fmt.Sprint(i), "maya")
			all = append(all, func() error {
				_, err := f.SignInAtProvider(t.Context(), w, chat.Origin{})
				return err
			})
		}
		won := winner(t, together(all...), chat.NotAllowed)
		f.enters(t, who(fmt.Sprint(won), ""), f.maya)
		if n := f.count(t, "provider_accounts"); n != 1 {
			t.Errorf("%d links", n)
		}
	})
}

// The provider's groups decide who is an admin, at each sign-in. The firm keeps its last admin, also when all leave at
// once.
func TestProviderDecidesWhoIsAdmin(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		yes, no := true, false
		as := func(subject, email string, admin *bool) error {
			w := who(subject, email)
			w.Admin = admin
			_, err := f.SignInAtProvider(t.Context(), w, chat.Origin{})
			return err
		}
		admins := func() int { return f.count(t, "accounts WHERE is_admin") }
		for _, step := range []struct {
			subject, email string
			admin          *bool
			want           int
		}{{"m", "maya", &yes, 1}, {"m", "maya", nil, 1}, {"m", "maya", &no, 1}, {"o", "other", &yes, 2}, {"m", "maya", &no, 1}, {"t", "team", &yes, 2}} {
			if err := as(step.subject, step.email, step.admin); err != nil || admins() != step.want {
				t.Fatalf("%s: %d admins, want %d: %v", step.email, admins(), step.want, err)
			}
		}
		if errs := together(func() error { return as("o", "other", &no) }, func() error { return as("t", "team", &no) }); errors.Join(errs...) != nil {
			t.Fatal(errs)
		}
		if admins() != 1 {
			t.Errorf("%d admins are left", admins())
		}
		if edits := f.entries(t, "user.edit"); len(edits) != 5 || edits[0].Account != "sso" || edits[0].Changes[0].Field != "admin" {
			t.Errorf("%+v", edits)
		}
	})
}

// A password that someone else chose is gone after a sign-in at the provider. One's own stays.
func TestProviderReplacesTheInitialPassword(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "new", Name: "New", Password: "initial", User: true, MustChange: true}))(t)
		for _, tt := range []struct {
			subject, email, password string
			kept                     bool
		}{{"n", "new", "initial", false}, {"m", "maya", "right", true}} {
			account := must(f.enter(t, who(tt.subject, tt.email)))(t)
			self := must(f.Self(ctx, account))(t)
			_, err := f.SignInByPassword(ctx, tt.email, tt.password, chat.Origin{})
			if self.NoPassword == tt.kept || self.MustChange || (err == nil) != tt.kept {
				t.Errorf("%s: %+v %v", tt.email, self, err)
			}
		}
	})
}

// Where the firm forbids passwords of users, nothing that needs or makes one works for them. Participants keep theirs,
// and the firm's own two-step verification keeps nobody out who signs in at the provider.
func TestFirmForbidsPasswordsOfUsers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		secret := f.reset(t, f.maya.Account)
		f.requireTwoStep(t)
		must(f.AddAccount(ctx, records.Account{Email: "new", Name: "New", Password: "initial", User: true, MustChange: true}))(t)
		must(f.AddAccount(ctx, records.Account{Email: "dora", Name: "Dora", Password: "right"}))(t)
		f.UseProvider(issuer, false)
		if f.StaffPasswords() {
			t.Error("users have passwords")
		}
		for name, do := range map[string]func() error{
			"sign in":         func() error { _, err := f.SignIn(ctx, "maya", "right", "", chat.Origin{}); return err },
			"set up two-step": func() error { _, err := f.SetUpTwoStep(ctx, "maya", "right", chat.Origin{}); return err },
			"start two-step":  func() error { _, err := f.StartTwoStep(ctx, f.maya, "right", ""); return err },
			"end two-step":    func() error { return f.EndTwoStep(ctx, f.maya, "right", "") },
			"change password": func() error { return f.ChangePassword(ctx, f.maya, "", "right", longPassword) },
			"make a link":     func() error { _, err := f.AddReset(ctx, f.admin, f.maya.Account); return err },
			"see a link":      func() error { _, err := f.Reset(ctx, secret, chat.Origin{}); return err },
			"use a link":      func() error { _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{}); return err },
			"add a user": func() error {
				_, err := f.AddUser(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword})
				return err
			},
		} {
			if err := do(); chat.CodeOf(err) != chat.NotAllowed || !strings.Contains(err.Error(), "firm's account") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := f.SignIn(ctx, "maya", "wrong", "", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Error("a wrong password learns that it is a user's:", err)
		}
		must(f.SignIn(ctx, "dora", "right", "", chat.Origin{Kind: chat.BrowserSession}))(t)
		must(f.AddReset(ctx, f.admin, f.ana.Account))(t)
		id, link, err := f.AddUserByLink(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee"})
		if err != nil || link != (records.Link{}) {
			t.Fatal(link, err)
		}
		f.enters(t, who("l", "lee@firm.example"), chat.Caller{Account: id})
		for _, account := range []string{f.maya.Account, must(f.AccountByEmail(ctx, "new"))(t)} {
			if self := must(f.Self(ctx, account))(t); !self.NoPassword || self.MustChange {
				t.Errorf("%+v", self)
			}
		}
		f.enters(t, who("m", "maya"), f.maya)
	})
}

// Housekeeping forgets used visits when no code can work any more.
func TestUsedVisitsAreForgotten(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.enters(t, who("m", "maya"), f.maya)
		f.tidy(t, 0)
		if n := f.count(t, "used_visits"); n != 1 {
			t.Fatalf("%d visits after a moment", n)
		}
		for range 13 {
			f.clock = f.clock.Add(2 * time.Hour)
			f.tidy(t, 0)
		}
		if n := f.count(t, "used_visits"); n != 0 {
			t.Errorf("%d visits after a day", n)
		}
	})
}

// A sign-in confirms a session only if the provider has just asked who the user is. Otherwise the user confirms there,
// with the account that is theirs, once for each visit.
func TestConfirmAtProvider(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.UseProvider(issuer, false)
		yes := true
		in := func(fresh bool) chat.Caller {
			w := who("m", "maya")
			w.Admin, w.Fresh = &yes, fresh
			return must(f.Caller(ctx, must(f.SignInAtProvider(ctx, w, chat.Origin{}))(t)))(t)
		}
		unlink := func(c chat.Caller) error { return f.UnlinkProvider(ctx, c, f.other.Account) }
		f.enters(t, who("o", "other"), f.other)
		if err := unlink(in(true)); err != nil {
			t.Fatal(err)
		}
		f.enters(t, who("o", "other"), f.other)
		maya := in(false)
		mustConfirm := func(err error) {
			t.Helper()
			var why *chat.Error
			if !errors.As(err, &why) || why.Code != chat.ConfirmFirst || why.Field != "provider" {
				t.Fatalf("%+v", err)
			}
		}
		mustConfirm(unlink(maya))
		mustConfirm(f.ChangeEmail(ctx, maya, "", "m.hart@firm.example"))
		fresh := func(subject string) records.ProviderAccount {
			w := who(subject, "")
			w.Fresh = true
			return w
		}
		for name, tt := range map[string]struct {
			c    chat.Caller
			who  records.ProviderAccount
			code chat.Code
		}{
			"a participant": {f.ana, fresh("m"), chat.NotFound}, "another user": {maya, fresh("o"), chat.NotAllowed},
			"a stranger": {maya, fresh("x"), chat.NotAllowed}, "not asked": {maya, who("m", ""), chat.NotAllowed},
		} {
			if err := f.ConfirmAtProvider(ctx, tt.c, tt.who); chat.CodeOf(err) != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		mustConfirm(unlink(maya))
		once := fresh("m")
		winner(t, together(slices.Repeat([]func() error{func() error { return f.ConfirmAtProvider(ctx, maya, once) }}, 6)...), chat.LinkExpired)
		if err := unlink(maya); err != nil {
			t.Fatal(err)
		}
		if err := f.ChangeEmail(ctx, maya, "", "m.hart@firm.example"); err != nil {
			t.Fatal(err)
		}
		f.clock = f.clock.Add(time.Hour)
		mustConfirm(f.ChangeEmail(ctx, maya, "", "maya@firm.example"))
		if n := len(f.entries(t, "session.confirm")); n != 1 {
			t.Errorf("%d confirmations in the audit trail", n)
		}
	})
}

// Where users may have passwords, one who has none confirms at the provider, too, and one who has one with the password.
func TestConfirmWithWhatTheUserHas(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.UseProvider(issuer, true)
		for subject, field := range map[string]string{"other": "provider", "maya": "password"} {
			caller := must(f.Caller(ctx, must(f.SignInAtProvider(ctx, who(subject, subject), chat.Origin{}))(t)))(t)
			caller.Admin = true
			var why *chat.Error
			if err := f.UnlinkProvider(ctx, caller, caller.Account); !errors.As(err, &why) || why.Code != chat.ConfirmFirst || why.Field != field {
				t.Errorf("%s: %+v", subject, err)
			}
		}
		if err := f.ChangeEmail(ctx, f.maya, "wrong", "m.hart@firm.example"); chat.CodeOf(err) != chat.WrongPassword {
			t.Error(err)
		}
	})
}
