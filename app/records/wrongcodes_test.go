package records_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// lockedFor returns how long a code from Maya's app has to wait, by the answer to one.
func (f *firm) lockedFor(t *testing.T, code string) time.Duration {
	t.Helper()
	_, err := f.signIn(t, code)
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Code != chat.TooMany || e.Field != "code" {
		t.Fatalf("not locked: %v", err)
	}
	return e.RetryAfter
}

// wrong tries a wrong code.
func (f *firm) wrong(t *testing.T) {
	t.Helper()
	if _, err := f.signIn(t, "wrong"); chat.CodeOf(err) != chat.WrongCode {
		t.Fatal(err)
	}
}

// After ten wrong codes in a row, the app's codes have to wait: five minutes, and with each further wrong one twice as
// long, up to a day. A right code begins anew.
func TestWrongCodes(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		secret, recovery := f.turnOn(t)
		session := must(f.signIn(t, f.shows(t, secret, 0)))(t).Token
		f.clock = f.clock.Add(time.Hour)
		for range 9 {
			f.wrong(t)
		}
		if in := must(f.signIn(t, f.shows(t, secret, 0)))(t); in.WrongCodes != 9 {
			t.Errorf("told of %d wrong codes", in.WrongCodes)
		}
		f.clock = f.clock.Add(time.Hour)
		for range 10 {
			f.wrong(t)
		}
		for _, minutes := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440} {
			code := f.shows(t, secret, 0)
			if wait := f.lockedFor(t, code); wait != minutes*time.Minute {
				t.Fatalf("locked for %v, want %v minutes", wait, int(minutes))
			}
			f.clock = f.clock.Add(minutes*time.Minute - time.Millisecond)
			f.lockedFor(t, f.shows(t, secret, 0))
			f.clock = f.clock.Add(time.Millisecond)
			f.wrong(t)
		}
		// What takes a code in a session waits, too. The session itself goes on.
		if _, err := f.StartTwoStep(t.Context(), f.maya, "right", f.shows(t, secret, 0)); chat.CodeOf(err) != chat.TooMany {
			t.Error(err)
		}
		if f.signedOut(t, session) {
			t.Error("a session has ended")
		}
		// A recovery code works, and ends the wait. Wrong ones don't prolong it.
		if _, err := f.signIn(t, "aaaa-bbbb-cccc-dddd"); chat.CodeOf(err) != chat.WrongCode {
			t.Error(err)
		}
		if in := must(f.signIn(t, recovery[0]))(t); in.WrongCodes != 21 {
			t.Errorf("told of %d wrong codes", in.WrongCodes)
		}
		if in := must(f.signIn(t, f.shows(t, secret, 0)))(t); in.WrongCodes != 0 {
			t.Errorf("told again of %d wrong codes", in.WrongCodes)
		}
		locks := f.entries(t, "two-step.lock")
		if len(locks) != 12 || fmt.Sprint(locks[len(locks)-1].Changes) != "[{wrong_codes 9 10} {locked_minutes  5}]" {
			t.Errorf("%d: %+v", len(locks), locks)
		}
	})
}

// An admin who replaces the password, or turns two-step verification off, ends the wait.
func TestAdminEndsTheWaitAfterWrongCodes(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		secret, _ := f.turnOn(t)
		lock := func() {
			for range 10 {
				f.wrong(t)
			}
			f.lockedFor(t, f.shows(t, secret, 0))
		}
		lock()
		if _, _, err := f.UseReset(t.Context(), f.reset(t, f.maya.Account), longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		in := must(f.SignIn(t.Context(), "maya", longPassword, f.shows(t, secret, 0), chat.Origin{}))(t)
		if in.WrongCodes != 10 {
			t.Errorf("told of %d wrong codes", in.WrongCodes)
		}
		if err := f.ChangePassword(t.Context(), f.maya, in.Token, longPassword, "right right right"); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if _, err := f.SignIn(t.Context(), "maya", "right right right", "wrong", chat.Origin{}); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal(err)
			}
		}
		if err := f.RemoveTwoStep(t.Context(), f.admin, f.maya.Account); err != nil {
			t.Fatal(err)
		}
		must(f.SignIn(t.Context(), "maya", "right right right", "", chat.Origin{}))(t)
	})
}

// Wrong codes that are tried at the same time on two nodes count, each of them.
func TestSixWrongCodesAtOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		secret, _ := f.turnOn(t)
		node := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		six := func() {
			var tries []func() error
			for i := range 6 {
				s := []*records.Store{f.Store, node}[i%2]
				if i < 3 {
					tries = append(tries, func() error {
						_, err := s.SignIn(ctx, "maya", "right", "wrong"+strconv.Itoa(i), chat.Origin{})
						return err
					})
				} else {
					tries = append(tries, func() error { return s.EndTwoStep(ctx, f.maya, "right", "wrong"+strconv.Itoa(i)) })
				}
			}
			for _, err := range together(tries...) {
				if chat.CodeOf(err) != chat.WrongCode && chat.CodeOf(err) != chat.TooMany {
					t.Error(err)
				}
			}
		}
		six()
		if n := f.count(t, "two_step WHERE wrong_codes = 6 AND untold = 6"); n != 1 {
			t.Error("they don't count six")
		}
		six()
		if n := f.count(t, "two_step WHERE wrong_codes = 10 AND untold = 10"); n != 1 { // the others had to wait
			t.Error("they don't count ten")
		}
		f.lockedFor(t, f.shows(t, secret, 0))
	})
}

// The audit trail has what someone does who knows a password and gets no further.
func TestRightPasswordsThatGetNoFurther(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, from := t.Context(), chat.Origin{Address: "203.0.113.7"}
		newest := func() string {
			e := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 1))(t)[0]
			return strings.TrimSpace(e.Action + " " + e.Account + " " + e.Address + fmt.Sprint(e.Changes))
		}
		f.requireTwoStep(t)
		if _, err := f.SignIn(ctx, "maya", "right", "", from); chat.CodeOf(err) != chat.SetUpFirst {
			t.Fatal(err)
		}
		if got, want := newest(), "session.refuse "+f.maya.Account+" 203.0.113.7[{reason  set_up_first}]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		must(f.SetUpTwoStep(ctx, "maya", "right", from))(t)
		if got, want := newest(), "account.two-step "+f.maya.Account+" 203.0.113.7[{two_step off off, with a new key to confirm}]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		invitation, _, err := f.Invite(ctx, f.maya, must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"}))(t))
		if err != nil {
			t.Fatal(err)
		}
		store(t, f, `UPDATE accounts SET email = 'maya@firm.example' WHERE id = $1`, f.maya.Account)
		if _, _, err := f.Accept(ctx, invitation, "", "maya@firm.example", "right", from); chat.CodeOf(err) != chat.Taken {
			t.Fatal(err)
		}
		if got, want := newest(), "session.refuse "+f.maya.Account+" 203.0.113.7[{reason  taken}]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
