package records_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"matterline/app/chat"
	"matterline/app/password/passwordtest"
	"matterline/app/records"
)

// shows returns what an authenticator app with a secret shows, some time from the firm's now.
func (f *firm) shows(t *testing.T, secret string, from time.Duration) string {
	t.Helper()
	return must(totp.GenerateCode(secret, f.clock.Add(from)))(t)
}

// turnOn turns on Maya's two-step verification and returns her secret and her recovery codes. Her app has to show another
// code until she can use one.
func (f *firm) turnOn(t *testing.T) (secret string, recovery []string) {
	t.Helper()
	key := must(f.StartTwoStep(t.Context(), f.maya, "right", ""))(t)
	recovery = must(f.ConfirmTwoStep(t.Context(), f.maya, f.shows(t, key.Secret, 0)))(t)
	f.clock = f.clock.Add(time.Minute)
	return key.Secret, recovery
}

// signIn signs Maya in with a code.
func (f *firm) signIn(t *testing.T, code string) (records.SignedIn, error) {
	t.Helper()
	return f.SignIn(t.Context(), "maya", "right", code, chat.Origin{Kind: chat.DesktopSession})
}

func (f *firm) requireTwoStep(t *testing.T) {
	t.Helper()
	settings := chat.DefaultFirmSettings
	settings.TwoStep = true
	if err := f.SetSettings(t.Context(), f.admin, settings); err != nil {
		t.Fatal(err)
	}
}

func TestTwoStep(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.signIn(t, ""))(t)
		if _, err := f.StartTwoStep(ctx, f.maya, "wrong", ""); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if _, err := f.ConfirmTwoStep(ctx, f.maya, "123456"); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
		if err := f.SetFirm(ctx, f.admin, records.Firm{Name: "Hart: Légal " + strings.Repeat("x", 50)}); err != nil {
			t.Fatal(err)
		}
		key := must(f.StartTwoStep(ctx, f.maya, "right", ""))(t)
		uri := must(url.Parse(key.URI))(t)
		if q := uri.Query(); uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Hart  Légal xxxxxxxxxxxxxxxxxx:maya" ||
			q.Get("secret") != key.Secret || len(key.Secret) != 32 || q.Get("period") != "30" || q.Get("digits") != "6" || q.Get("algorithm") != "SHA1" {
			t.Fatal(key)
		}
		must(f.signIn(t, ""))(t) // nothing has changed yet
		if _, err := f.ConfirmTwoStep(ctx, f.maya, "12 34-5"); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
		code := f.shows(t, key.Secret, 0)
		recovery := must(f.ConfirmTwoStep(ctx, f.maya, " "+code[:3]+" "+code[3:]))(t)
		if self := must(f.Self(ctx, f.maya.Account))(t); !self.TwoStep || self.RecoveryCodes != 10 || len(recovery) != 10 {
			t.Fatalf("%+v, %v", self, recovery)
		}

		if _, err := f.signIn(t, ""); chat.CodeOf(err) != chat.CodeRequired {
			t.Fatal(err)
		}
		if _, err := f.SignIn(ctx, "maya", "wrong", f.shows(t, key.Secret, time.Minute), chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if _, err := f.SignIn(ctx, "maya", "right", "", chat.Origin{Kind: chat.BrowserSession}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("in a browser:", err)
		}
		for typed, want := range map[string]chat.Code{code: chat.WrongCode, "000000": chat.WrongCode, "let me in": chat.WrongCode, " - ": chat.CodeRequired} {
			if _, err := f.signIn(t, typed); chat.CodeOf(err) != want {
				t.Fatal(typed, err)
			}
		}
		next := f.shows(t, key.Secret, 30*time.Second)
		in := must(f.signIn(t, next))(t)
		if in.RecoveryCodes != nil || f.signedOut(t, in.Token) {
			t.Fatal(in)
		}
		if _, err := f.signIn(t, next); chat.CodeOf(err) != chat.WrongCode || !strings.Contains(err.Error(), "has been used") {
			t.Fatal(err)
		}

		// Each recovery code works once, however it is typed.
		must(f.signIn(t, recovery[3]))(t)
		must(f.signIn(t, " "+strings.ToUpper(strings.ReplaceAll(recovery[4], "-", " "))))(t)
		for _, used := range recovery[3:5] {
			if _, err := f.signIn(t, used); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal(err)
			}
		}
		if self := must(f.Self(ctx, f.maya.Account))(t); self.RecoveryCodes != 8 {
			t.Fatalf("%+v", self)
		}

		// Another phone needs a code of the old one, which works until the new one is confirmed.
		f.clock = f.clock.Add(10 * time.Minute)
		if _, err := f.StartTwoStep(ctx, f.maya, "right", ""); chat.CodeOf(err) != chat.CodeRequired {
			t.Fatal(err)
		}
		other := must(f.StartTwoStep(ctx, f.maya, "right", f.shows(t, key.Secret, 0)))(t)
		must(f.signIn(t, f.shows(t, key.Secret, 30*time.Second)))(t)
		again := must(f.ConfirmTwoStep(ctx, f.maya, f.shows(t, other.Secret, 0)))(t)
		for _, old := range []string{f.shows(t, key.Secret, 30*time.Second), recovery[0]} {
			if _, err := f.signIn(t, old); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal(err)
			}
		}
		must(f.signIn(t, again[0]))(t)

		if err := f.EndTwoStep(ctx, f.maya, "wrong", again[1]); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if err := f.EndTwoStep(ctx, f.maya, "right", recovery[1]); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
		for range 2 { // the second time there is nothing to do
			if err := f.EndTwoStep(ctx, f.maya, "right", again[1]); err != nil {
				t.Fatal(err)
			}
		}
		must(f.signIn(t, ""))(t)
		if n := f.count(t, "two_step") + f.count(t, "recovery_codes"); n != 0 {
			t.Errorf("%d rows are left", n)
		}

		// The audit trail has all of it, and no secret.
		// Both times there was a new key first.
		if got := f.actions(t, f.maya.Account); !slices.Equal(got, slices.Repeat([]string{"account.two-step"}, 5)) {
			t.Error(got)
		}
		var asked, refused int
		for _, entry := range must(f.Audit(ctx, f.admin, records.AuditFilter{Account: f.maya.Account}, 500))(t) {
			switch entry.Action {
			case "session.code":
				asked++
			case "session.refuse":
				refused++
			}
			// Ids, times and hashes may have the six digits of a code by chance.
			entry.ID, entry.At, entry.Account, entry.Subject, entry.Previous, entry.Hash = "", 0, "", "", "", ""
			for _, secret := range slices.Concat(recovery, again, []string{key.Secret, other.Secret, code, next}) {
				if strings.Contains(records.EncodeAudit(entry), secret) {
					t.Errorf("the audit trail has %q: %+v", secret, entry)
				}
			}
		}
		if asked != 2 || refused != 15 {
			t.Errorf("a code was asked for %d times, and %d attempts were refused", asked, refused)
		}
	})
}

// A code works in its own 30 seconds, and in those before and after. One that is older than a used one no longer does.
func TestTwoStepClocks(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		secret, _ := f.turnOn(t)
		for _, tt := range []struct {
			from time.Duration
			ok   bool
		}{{-time.Minute, false}, {time.Minute, false}, {-30 * time.Second, true}, {0, true}, {30 * time.Second, true}, {0, false}} {
			if _, err := f.signIn(t, f.shows(t, secret, tt.from)); (err == nil) != tt.ok {
				t.Errorf("%v: %v", tt.from, err)
			}
		}
		f.clock = f.clock.Add(-time.Hour) // a portal whose clock was put back takes recovery codes until its clock is right
		if _, err := f.signIn(t, f.shows(t, secret, 0)); chat.CodeOf(err) != chat.WrongCode {
			t.Error(err)
		}
	})
}

// Six uses of one code at the same time, on two nodes: one wins.
func TestSixUsesOfOneCode(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		node := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		six := func(use func(s *records.Store) error) {
			t.Helper()
			var uses []func() error
			for i := range 6 {
				uses = append(uses, func() error { return use([]*records.Store{f.Store, node}[i%2]) })
			}
			winner(t, together(uses...), chat.WrongCode)
		}
		key := must(f.StartTwoStep(ctx, f.maya, "right", ""))(t)
		var recovery []string
		code := f.shows(t, key.Secret, 0)
		six(func(s *records.Store) error {
			made, err := s.ConfirmTwoStep(ctx, f.maya, code)
			if err == nil {
				recovery = made
			}
			return err
		})
		if n := f.count(t, "recovery_codes"); n != 10 {
			t.Errorf("%d recovery codes", n)
		}
		for _, code := range []string{f.shows(t, key.Secret, 30*time.Second), recovery[0]} {
			before := f.count(t, "sessions")
			six(func(s *records.Store) error {
				_, err := s.SignIn(ctx, "maya", "right", code, chat.Origin{})
				return err
			})
			if n := f.count(t, "sessions"); n != before+1 {
				t.Errorf("%d sessions, before %d", n, before)
			}
		}
	})
}

// Where the firm requires it, users set it up before their next sign-in. Those who are signed in stay so.
func TestRequiredTwoStep(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		before := must(f.signIn(t, ""))(t).Token
		if _, err := f.SetUpTwoStep(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("it isn't required:", err)
		}
		f.requireTwoStep(t)
		for _, code := range []string{"", "123456"} {
			if _, err := f.signIn(t, code); chat.CodeOf(err) != chat.SetUpFirst {
				t.Fatal(err)
			}
		}
		if f.signedOut(t, before) || f.count(t, "sessions") != 1 {
			t.Fatal("it is for the next sign-in, and leaves no session")
		}
		if _, err := f.SetUpTwoStep(ctx, "maya", "wrong", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		first := must(f.SetUpTwoStep(ctx, "maya", "right", chat.Origin{}))(t)
		key := must(f.SetUpTwoStep(ctx, "maya", "right", chat.Origin{}))(t)
		if _, err := f.signIn(t, f.shows(t, first.Secret, 0)); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal("a key that was replaced:", err)
		}
		if _, err := f.signIn(t, ""); chat.CodeOf(err) != chat.SetUpFirst {
			t.Fatal(err)
		}
		in := must(f.signIn(t, f.shows(t, key.Secret, 0)))(t)
		if len(in.RecoveryCodes) != 10 || f.signedOut(t, in.Token) {
			t.Fatal(in)
		}
		must(f.signIn(t, in.RecoveryCodes[0]))(t)
		if _, err := f.SetUpTwoStep(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("someone who knows the password makes a new key:", err)
		}
		if err := f.EndTwoStep(ctx, f.maya, "right", in.RecoveryCodes[1]); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal(err)
		}
		must(f.signIn(t, in.RecoveryCodes[1]))(t) // it wasn't used up
	})
}

// Participants sign in as before, and have no two-step verification.
func TestTwoStepIsForUsers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.requireTwoStep(t)
		dora := chat.Caller{Account: must(f.AddAccount(ctx, records.Account{Email: "dora", Name: "Dora", Password: "right"}))(t), Name: "Dora"}
		must(f.SignIn(ctx, "dora", "right", "", chat.Origin{Kind: chat.BrowserSession}))(t)
		if _, err := f.SetUpTwoStep(ctx, "dora", "right", chat.Origin{}); chat.CodeOf(err) != chat.NotAllowed {
			t.Error(err)
		}
		_, start := f.StartTwoStep(ctx, dora, "right", "")
		_, confirm := f.ConfirmTwoStep(ctx, dora, "123456")
		for _, err := range []error{start, confirm, f.EndTwoStep(ctx, dora, "right", ""), f.RemoveTwoStep(ctx, dora, f.maya.Account), f.RemoveTwoStep(ctx, f.admin, dora.Account)} {
			if chat.CodeOf(err) != chat.NotFound {
				t.Error(err)
			}
		}
		if n := f.count(t, "two_step"); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// An admin turns it off for someone who has lost their phone.
func TestRemoveTwoStep(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		secret, recovery := f.turnOn(t)
		token := must(f.signIn(t, recovery[0]))(t).Token
		listed := func(c chat.Caller) (on []string) {
			for _, user := range must(f.Users(ctx, c))(t) {
				if user.TwoStep {
					on = append(on, user.Name)
				}
			}
			return on
		}
		if admins, others := listed(f.admin), listed(f.other); fmt.Sprint(admins) != "[maya]" || len(others) != 0 {
			t.Errorf("admins see %v, and others %v", admins, others)
		}
		boss := f.maya
		boss.Admin = true
		for _, tt := range []struct {
			by      chat.Caller
			account string
			want    chat.Code
		}{{f.other, f.maya.Account, chat.NotAllowed}, {boss, f.maya.Account, chat.NotAllowed}, {f.admin, "nobody", chat.NotFound}, {f.admin, f.ana.Account, chat.NotFound}} {
			if err := f.RemoveTwoStep(ctx, tt.by, tt.account); chat.CodeOf(err) != tt.want {
				t.Errorf("%s for %s: %v", tt.by.Name, tt.account, err)
			}
		}
		for range 2 { // the second time there is nothing to do
			if err := f.RemoveTwoStep(ctx, f.admin, f.maya.Account); err != nil {
				t.Fatal(err)
			}
		}
		if f.signedOut(t, token) {
			t.Error("her session has ended")
		}
		must(f.signIn(t, ""))(t)
		if got := f.actions(t, f.maya.Account); !slices.Equal(got, slices.Repeat([]string{"account.two-step"}, 3)) { // a new key, on and off
			t.Error(got)
		}
		entry := must(f.Audit(ctx, f.admin, records.AuditFilter{Account: f.admin.Account}, 1))(t)[0]
		if want := []chat.AuditChange{{Field: "two_step", From: "on", To: "off"}}; !slices.Equal(entry.Changes, want) {
			t.Errorf("%+v", entry)
		}
		// Someone else's phone with the old key gets nowhere, also after she turns it on again.
		f.clock = f.clock.Add(time.Hour)
		f.turnOn(t)
		for _, old := range []string{f.shows(t, secret, 0), recovery[1]} {
			if _, err := f.signIn(t, old); chat.CodeOf(err) != chat.WrongCode {
				t.Error(err)
			}
		}
	})
}

// A password that was reset doesn't turn it off.
func TestResetKeepsTwoStep(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		_, recovery := f.turnOn(t)
		if _, _, err := f.UseReset(ctx, f.reset(t, f.maya.Account), longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.SignIn(ctx, "maya", longPassword, "", chat.Origin{}); chat.CodeOf(err) != chat.CodeRequired {
			t.Error(err)
		}
		must(f.SignIn(ctx, "maya", longPassword, recovery[0], chat.Origin{}))(t)
	})
}
