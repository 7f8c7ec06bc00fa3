package portal_test

import (
	"testing"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

func confirm(t *testing.T, c *portalapi.Client, password, code string) error {
	t.Helper()
	in := &portalapi.TwoStepInput{}
	in.Body.Password, in.Body.Code = password, code
	_, err := portalapi.Call(t.Context(), c, portalapi.Confirm, in)
	return err
}

// An admin with a session that isn't confirmed confirms it, and can then turn off someone's two-step verification. A
// session that was signed in with the password is confirmed.
func TestConfirm(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			account, tom := s.tom(t)
			secret, err := startTwoStep(t, tom, "right", "")
			check(t, err)
			recovery, err := confirmTwoStep(t, tom, shows(t, secret, 0))
			check(t, err)
			signedIn := s.admin(t)
			check(t, s.store.EditUser(t.Context(), records.Program, account, true, true))
			leeID, err := s.store.AccountByEmail(t.Context(), "lee@firm.example")
			check(t, err)
			token, err := s.store.StartSession(t.Context(), leeID, chat.Origin{})
			check(t, err)
			lee := s.client(token)

			remove := func(c *portalapi.Client) error {
				_, err := portalapi.Call(t.Context(), c, portalapi.RemoveTwoStep, &portalapi.AccountInput{Account: account})
				return err
			}
			if err := remove(lee); chat.CodeOf(err) != chat.ConfirmFirst {
				t.Fatal(err)
			}
			if err := confirm(t, tom, "right", ""); chat.CodeOf(err) != chat.CodeRequired {
				t.Fatal(err)
			}
			check(t, confirm(t, tom, "right", recovery[0]))
			if err := confirm(t, tom, "right", recovery[0]); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal(err)
			}
			check(t, confirm(t, lee, "right", ""))
			check(t, remove(lee))
			resetLink(t, tom, s.maya)
			resetLink(t, signedIn, s.maya)
			if err := confirm(t, s.client(s.mayaToken), "", ""); chat.CodeOf(err) != chat.WrongPassword {
				t.Fatal("an account without a password:", err)
			}
		})
	}
}

// A stolen session guesses the password as seldom as any other attempt.
func TestConfirmationsAreLimited(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	_, tom := s.tom(t)
	for range 10 {
		if err := confirm(t, tom, "wrong", ""); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
	}
	if err := confirm(t, tom, "right", ""); chat.CodeOf(err) != chat.TooMany {
		t.Fatal(err)
	}
	if _, err := startTwoStep(t, tom, "right", ""); chat.CodeOf(err) != chat.TooMany {
		t.Fatal("the attempts of another operation with a password and a code:", err)
	}
	_, err := s.signInTom(t, "right", "")
	check(t, err) // Tom himself isn't locked out
}
