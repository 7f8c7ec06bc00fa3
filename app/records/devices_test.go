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

func TestNewPasswordForgetsTheOtherDevices(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, lost := f.signInOn(t, f.maya.Account, "")
		token, here := f.signInOn(t, f.maya.Account, "")
		if err := f.ChangePassword(t.Context(), f.maya, token, "right", "a new long password"); err != nil {
			t.Fatal(err)
		}
		if f.knows(t, f.maya.Account, lost) || !f.knows(t, f.maya.Account, here) {
			t.Fatal("the wrong device is forgotten")
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
