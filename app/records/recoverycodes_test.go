package records_test

import (
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
)

func TestRecover(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.RefuseEasy(func(password string, about []string) bool { return strings.Contains(password, about[0]) })
		eve, token := f.addPerson(t, "eve")
		if _, err := f.MakeRecoveryCodes(ctx, eve, byPassword("wrong")); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if _, err := f.MakeRecoveryCodes(ctx, f.maya, byPassword("right")); chat.CodeOf(err) != chat.NotFound {
			t.Fatal("a user:", err)
		}
		earlier := must(f.MakeRecoveryCodes(ctx, eve, byPassword("right")))(t)
		codes := must(f.MakeRecoveryCodes(ctx, eve, byPassword("right")))(t)
		if self := must(f.Self(ctx, eve.Account))(t); len(codes) != 10 || self.RecoveryCodes != 10 || self.TwoStep {
			t.Fatalf("%v %+v", codes, self)
		}
		_, mayas := f.turnOn(t)

		// Nobody learns from the answers which emails have an account, or what kind of account.
		var sentence string
		for name, tt := range map[string]struct{ email, code string }{
			"a wrong code":             {"eve@home.example", "aaaa-bbbb-cccc-dddd"},
			"no code":                  {"eve@home.example", ""},
			"an earlier code":          {"eve@home.example", earlier[0]},
			"another person's email":   {"ana", codes[0]},
			"an email without account": {"nobody@home.example", codes[0]},
			"a user's code":            {"maya", mayas[0]},
			"a user without codes":     {"other", codes[0]},
		} {
			_, err := f.Recover(ctx, tt.email, tt.code, longPassword, chat.Origin{})
			if chat.CodeOf(err) != chat.WrongCode || sentence != "" && err.Error() != sentence {
				t.Errorf("%s: %v, not %s", name, err, sentence)
			}
			sentence = err.Error()
		}
		for _, password := range []string{"short", "my name is eve"} {
			if _, err := f.Recover(ctx, "eve@home.example", codes[0], password, chat.Origin{}); chat.CodeOf(err) != chat.WeakPassword {
				t.Fatal(err)
			}
		}
		if _, err := f.Recover(ctx, "ana", codes[0], "my name is ana", chat.Origin{}); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal("a wrong code comes before an easy password:", err)
		}
		if _, err := f.Recover(ctx, "eve@home.example", codes[0], longPassword, chat.Origin{Kind: chat.DesktopSession}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal(err)
		}

		link := must(f.AddReset(ctx, f.admin, eve.Account))(t)
		in := must(f.Recover(ctx, " Eve@home.example", " "+strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")), longPassword,
			chat.Origin{Kind: chat.BrowserSession, Device: "a new phone"}))(t)
		if c := must(f.Caller(ctx, in))(t); c.Account != eve.Account || c.Device != "a new phone" || !f.signedOut(t, token) {
			t.Fatalf("%+v", c)
		}
		if _, err := f.Recover(ctx, "eve@home.example", codes[1], longPassword, chat.Origin{}); chat.CodeOf(err) != chat.WeakPassword {
			t.Fatal("the same password:", err)
		}
		if _, err := f.Recover(ctx, "eve@home.example", codes[0], longPassword+"?", chat.Origin{}); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal("again:", err)
		}
		if _, _, err := f.UseReset(ctx, link.Secret, longPassword, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Fatal(err)
		}
		must(f.SignInByPassword(ctx, "eve@home.example", longPassword, chat.Origin{}))(t)
		if self := must(f.Self(ctx, eve.Account))(t); self.RecoveryCodes != 9 {
			t.Fatalf("%+v", self)
		}
		if got := f.actions(t, eve.Account); !slices.Equal(got, []string{"account.recovery-codes", "account.recovery-codes", "account.reset", "account.recover"}) {
			t.Fatal(got)
		}

		// A reset link removes a participant's recovery codes, and leaves a user's second factor.
		for _, account := range []string{eve.Account, f.maya.Account} {
			link := must(f.AddReset(ctx, f.admin, account))(t)
			if _, _, err := f.UseReset(ctx, link.Secret, longPassword+"?", chat.Origin{}); err != nil {
				t.Fatal(err)
			}
		}
		if self := must(f.Self(ctx, eve.Account))(t); self.RecoveryCodes != 0 {
			t.Fatalf("%+v", self)
		}
		if self := must(f.Self(ctx, f.maya.Account))(t); self.RecoveryCodes != 10 {
			t.Fatalf("%+v", self)
		}
	})
}
