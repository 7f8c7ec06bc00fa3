package records_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"matterline/app/chat"
	"matterline/app/password/passwordtest"
	"matterline/app/records"
)

// together runs functions at the same time and returns their errors.
func together(do ...func() error) []error {
	errs := make([]error, len(do))
	var all sync.WaitGroup
	start := make(chan struct{})
	for i, do := range do {
		all.Go(func() { <-start; errs[i] = do() })
	}
	close(start)
	all.Wait()
	return errs
}

// winner returns which one had no error. The others must have one of the given codes.
func winner(t *testing.T, errs []error, codes ...chat.Code) (won int) {
	t.Helper()
	won = -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Fatalf("%d and %d won", won, i)
		case err == nil:
			won = i
		case !slices.Contains(codes, chat.CodeOf(err)):
			t.Errorf("%d: %v", i, err)
		}
	}
	if won < 0 {
		t.Fatal("nobody won:", errs)
	}
	return won
}

// Six uses of one link at the same time: one wins, its password works, and its session is the only one.
func TestSixUsesOfOneResetLink(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for _, c := range []struct {
			chat.Caller
			sessions int
		}{{f.ana, 1}, {f.maya, 0}} {
			must(f.StartSession(ctx, c.Account, chat.Origin{}))(t)
			secret := f.reset(t, c.Account)
			var uses []func() error
			tokens := make([]string, 6)
			password := func(i int) string { return fmt.Sprintf("%s %d", longPassword, i) }
			for i := range tokens {
				uses = append(uses, func() (err error) {
					_, tokens[i], err = f.UseReset(ctx, secret, password(i), chat.Origin{})
					return err
				})
			}
			won := winner(t, together(uses...), chat.LinkExpired)
			if n := f.count(t, "sessions WHERE account = '"+c.Account+"'"); n != c.sessions {
				t.Errorf("%s has %d sessions, want %d", c.Name, n, c.sessions)
			}
			for i, token := range tokens {
				if token != "" && f.signedOut(t, token) {
					t.Errorf("%s: session %d has ended", c.Name, i)
				}
				if _, err := f.SignInByPassword(ctx, c.Name, password(i), chat.Origin{}); (err == nil) != (i == won) {
					t.Errorf("%s: password %d, where %d won: %v", c.Name, i, won, err)
				}
			}
		}
	})
}

func TestTwoDevicesChangeOnePassword(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		passwords := []string{longPassword + " one", longPassword + " two"}
		var tokens []string
		var changes []func() error
		for i, password := range passwords {
			tokens = append(tokens, must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{}))(t))
			changes = append(changes, func() error { return f.ChangePassword(ctx, f.maya, tokens[i], "right", password) })
		}
		won := winner(t, together(changes...), chat.WrongPassword, chat.SignedOut)
		for i := range tokens {
			if f.signedOut(t, tokens[i]) == (i == won) {
				t.Errorf("device %d, where %d won, is signed out: %v", i, won, i == won)
			}
			if _, err := f.SignInByPassword(ctx, "maya", passwords[i], chat.Origin{}); (err == nil) != (i == won) {
				t.Errorf("password %d, where %d won: %v", i, won, err)
			}
		}
	})
}

// While a link is used, others sign in with the old password, change it, and change the email. In any order, no session
// is left that began with the old password unless its owner changed it.
func TestResetWhileSignedIn(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		here := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{}))(t)
		secret := f.reset(t, f.maya.Account)
		signIn := func() error {
			_, err := f.SignInByPassword(ctx, "maya", "right", chat.Origin{})
			if chat.CodeOf(err) == chat.WrongPassword {
				err = nil
			}
			return err
		}
		errs := together(
			func() error { _, _, err := f.UseReset(ctx, secret, longPassword, chat.Origin{}); return err },
			func() error { return f.ChangePassword(ctx, f.maya, here, "right", longPassword+" changed") },
			signIn, signIn, signIn)
		won := winner(t, errs[:2], chat.LinkExpired, chat.WrongPassword, chat.SignedOut)
		if err := errors.Join(errs[2:]...); err != nil {
			t.Error(err)
		}
		if n := f.count(t, "sessions"); n != won { // the one that changed the password stays
			t.Errorf("%d sessions are left, where %d won", n, won)
		}
		if f.signedOut(t, here) == (won == 1) {
			t.Error("the wrong sessions have ended")
		}
		password := []string{longPassword, longPassword + " changed"}[won]
		must(f.SignInByPassword(ctx, "maya", password, chat.Origin{}))(t)
	})
}

// A link that is used while an admin makes another one works or not, and the other one works. Once a user is deactivated,
// nothing is left that would let them in.
func TestResetLinkUsedWhileAnAdminActs(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "boss", Name: "Boss", User: true, Admin: true}))(t)
		for i := range 4 {
			email := fmt.Sprintf("dora%d", i)
			dora := must(f.AddAccount(ctx, records.Account{Email: email, Name: "Dora", Password: "right", User: true}))(t)
			use := func(secret, password string) func() error {
				return func() error { _, _, err := f.UseReset(ctx, secret, password, chat.Origin{}); return err }
			}
			var another records.Link
			errs := together(use(f.reset(t, dora), longPassword+" one"), func() (err error) { another, err = f.AddReset(ctx, f.admin, dora); return err })
			if errs[1] != nil || errs[0] != nil && chat.CodeOf(errs[0]) != chat.LinkExpired {
				t.Error(errs)
			}
			// The one that was used may also have taken the new one with it.
			if _, err := f.Reset(ctx, another.Secret, chat.Origin{}); err != nil && (errs[0] != nil || chat.CodeOf(err) != chat.LinkExpired) {
				t.Error(err)
			}
			errs = together(use(f.reset(t, dora), longPassword+" two"), func() error { return f.EditUser(ctx, f.admin, dora, false, false) },
				func() error { _, err := f.AddReset(ctx, f.admin, dora); return err })
			if errs[1] != nil || errs[0] != nil && chat.CodeOf(errs[0]) != chat.LinkExpired || errs[2] != nil && chat.CodeOf(errs[2]) != chat.NotAllowed {
				t.Error(errs)
			}
			if n := f.count(t, "resets WHERE account = '"+dora+"'"); n != 0 {
				t.Errorf("%d links are left", n)
			}
			for _, password := range []string{longPassword + " one", longPassword + " two"} {
				if _, err := f.SignInByPassword(ctx, email, password, chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
					t.Errorf("signed in: %v", err)
				}
			}
		}
	})
}
