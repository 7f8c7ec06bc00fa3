package records_test

import (
	"fmt"
	"testing"
	"time"

	"matterline/app/chat"
)

// signInOn signs an account in on a device with a secret, and returns the session's token and the secret to keep.
func (f *firm) signInOn(t *testing.T, account, secret string) (token, kept string) {
	t.Helper()
	f.clock = f.clock.Add(time.Second)
	token = must(f.StartSession(t.Context(), account, chat.Origin{Device: "device"}))(t)
	return token, must(f.RememberDevice(t.Context(), token, secret))(t)
}

func (f *firm) knows(t *testing.T, account, secret string) bool {
	t.Helper()
	return must(f.KnownDevice(t.Context(), account, secret))(t)
}

func TestDeviceIsKnownToTheAccountsThatSignedInOnIt(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, secret := f.signInOn(t, f.maya.Account, "")
		if !f.knows(t, f.maya.Account, secret) || f.knows(t, f.other.Account, secret) || f.knows(t, f.maya.Account, "") {
			t.Fatal("the wrong devices are known")
		}
		token, kept := f.signInOn(t, f.other.Account, secret)
		if kept != secret || !f.knows(t, f.other.Account, secret) || !f.knows(t, f.maya.Account, secret) {
			t.Fatal("two accounts can't share a device")
		}
		if err := f.EndSession(t.Context(), token, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if !f.knows(t, f.other.Account, secret) {
			t.Fatal("signing out forgot the device")
		}
		if _, err := f.Caller(t.Context(), secret); chat.CodeOf(err) != chat.SignedOut {
			t.Fatal("the secret of a device is a token")
		}
	})
}

func TestDeviceCantChooseItsSecret(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		if _, secret := f.signInOn(t, f.maya.Account, "chosen"); secret == "chosen" || f.knows(t, f.maya.Account, "chosen") {
			t.Fatal("the portal took a secret that it hadn't given out")
		}
	})
}

func TestRevokedDeviceIsForgotten(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, lost := f.signInOn(t, f.maya.Account, "")
		token, here := f.signInOn(t, f.maya.Account, "")
		sessions := must(f.Sessions(t.Context(), f.maya, token))(t)
		if err := f.RevokeSession(t.Context(), f.other, sessions[1].ID); chat.CodeOf(err) != chat.NotFound || !f.knows(t, f.maya.Account, lost) {
			t.Fatalf("another account forgot the device: %v", err)
		}
		if err := f.RevokeSession(t.Context(), f.maya, sessions[1].ID); err != nil {
			t.Fatal(err)
		}
		if f.knows(t, f.maya.Account, lost) || !f.knows(t, f.maya.Account, here) {
			t.Fatal("the wrong device is forgotten")
		}
	})
}

// A new password has the other devices forgotten a day later, unless they sign in with it. Until then, guesses of others
// can't keep their owner from doing so.
func TestNewPasswordForgetsTheOtherDevices(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for _, tt := range []struct {
			how    string
			change func(token string) error
		}{
			{"changed", func(token string) error { return f.ChangePassword(ctx, f.maya, token, "right", "a new long password") }},
			{"reset by a link", func(string) error {
				_, _, err := f.UseReset(ctx, f.reset(t, f.maya.Account), "another long password", chat.Origin{})
				return err
			}},
			{"replaced by an admin", func(string) error { return f.ResetPassword(ctx, f.admin, f.maya.Account, "a third long password") }},
		} {
			how := tt.how
			_, lost := f.signInOn(t, f.maya.Account, "")
			_, other := f.signInOn(t, f.maya.Account, "")
			token, here := f.signInOn(t, f.maya.Account, "")
			if err := tt.change(token); err != nil {
				t.Fatal(how, err)
			}
			f.clock = f.clock.Add(23 * time.Hour)
			if !f.knows(t, f.maya.Account, lost) {
				t.Errorf("%s: a device is forgotten at once", how)
			}
			f.signInOn(t, f.maya.Account, other)
			f.clock = f.clock.Add(2 * time.Hour)
			if f.knows(t, f.maya.Account, lost) || !f.knows(t, f.maya.Account, other) || f.knows(t, f.maya.Account, here) != (how == "changed") {
				t.Errorf("%s: the wrong device is forgotten", how)
			}
			f.signInOn(t, f.maya.Account, "")
			if n := f.count(t, "known_devices WHERE forgotten_at > 0"); n > 1 {
				t.Errorf("%s: %d devices are kept that are forgotten", how, n)
			}
			store(t, f, `DELETE FROM known_devices`)
		}
	})
}

func TestKnownDevicesAreBounded(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, first := f.signInOn(t, f.maya.Account, "")
		_, others := f.signInOn(t, f.other.Account, "")
		for i := range 20 {
			if !f.knows(t, f.maya.Account, first) {
				t.Fatal(fmt.Sprint("forgotten after ", i))
			}
			f.signInOn(t, f.maya.Account, "")
		}
		if f.knows(t, f.maya.Account, first) || !f.knows(t, f.other.Account, others) {
			t.Fatal("the wrong device is forgotten")
		}
	})
}

// A device that signs in again, because its session has expired or its browser was closed, is in the list once. Sessions of
// other devices and other accounts stay, and one that may be in use in another tab.
func TestDeviceThatSignsInAgainIsListedOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		closed, device := f.signInOn(t, f.ana.Account, "")
		elsewhere, _ := f.signInOn(t, f.ana.Account, "")
		of, _ := f.signInOn(t, f.maya.Account, device)
		f.clock = f.clock.Add(3 * time.Hour)
		first, kept := f.signInOn(t, f.ana.Account, device)
		second, _ := f.signInOn(t, f.ana.Account, device)
		if !f.signedOut(t, closed) || kept != device || !f.knows(t, f.ana.Account, device) || !f.knows(t, f.maya.Account, device) {
			t.Error("the session from before is there, or the device isn't known")
		}
		for name, token := range map[string]string{"another tab": first, "this tab": second, "another device": elsewhere, "another account": of} {
			if f.signedOut(t, token) {
				t.Errorf("%s is signed out", name)
			}
		}
		f.clock = f.clock.Add(3 * time.Hour)
		token, _ := f.signInOn(t, f.ana.Account, device)
		if sessions := must(f.Sessions(t.Context(), f.ana, token))(t); len(sessions) != 2 || !sessions[0].Current {
			t.Errorf("%+v", sessions)
		}
		if ended := f.entries(t, "session.end"); len(ended) != 3 || ended[0].Account != f.ana.Account {
			t.Errorf("%+v", ended)
		}
	})
}
