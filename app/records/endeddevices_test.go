package records_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// ended describes the ended devices that admins see of an account, newest first.
func (f *firm) ended(t *testing.T, account string) (all []string) {
	t.Helper()
	for _, s := range must(f.AccountSessions(t.Context(), f.admin, account, ""))(t) {
		switch {
		case s.EndedAt == 0:
		case s.Erase:
			all = append(all, s.Device+", to be erased")
		default:
			all = append(all, s.Device)
		}
	}
	return all
}

func mustEqual(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// An admin still sees a device that was signed out, however that happened, and can have it erased: it may be stolen since.
// It stays on the list until it has reported.
func TestAdminsSeeDevicesThatWereNotErased(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		id := func(device string) string {
			all := must(f.AccountSessions(ctx, f.admin, lee, ""))(t)
			return all[slices.IndexFunc(all, func(s chat.Session) bool { return s.Device == device })].ID
		}
		expired, _ := f.startSession(t, lee, "expired")
		f.clock = f.clock.Add(29 * days)
		elsewhere, elsewhereID := f.startSession(t, lee, "elsewhere")
		firm, firmID := f.startSession(t, lee, "by the firm")
		own, _ := f.startSession(t, lee, "by its own")
		f.clock = f.clock.Add(2 * days)
		for _, err := range []error{
			f.RevokeSession(ctx, chat.Caller{Account: lee}, elsewhereID),
			f.EndSession(ctx, own, chat.Origin{}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		f.clock = f.clock.Add(time.Second)
		if err := f.EndAccountSession(ctx, f.admin, lee, firmID, false); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, "ended", f.ended(t, lee), "by the firm", "elsewhere", "expired")
		if got := must(f.Sessions(ctx, chat.Caller{Account: lee, User: true}, ""))(t); len(got) != 0 {
			t.Errorf("their own list: %+v", got)
		}

		for _, device := range []string{"by the firm", "expired"} {
			f.clock = f.clock.Add(time.Second)
			if err := f.EndAccountSession(ctx, f.admin, lee, id(device), true); err != nil {
				t.Fatal(err)
			}
		}
		mustErase(t, f.Store, expired)
		mustErase(t, f.Store, firm)
		mustOnlyEnd(t, f.Store, elsewhere, "another device")
		mustEqual(t, "with an order", f.ended(t, lee), "expired, to be erased", "by the firm, to be erased", "elsewhere")
		if err := f.ReportErasure(ctx, firm, records.Erasure{}, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, "after a report", f.ended(t, lee), "expired, to be erased", "elsewhere")

		if err := f.EraseDevices(ctx, f.admin, lee); err != nil {
			t.Fatal(err)
		}
		mustErase(t, f.Store, elsewhere)
		for c, want := range map[string]chat.Code{f.ana.Account: chat.NotFound, "nobody": chat.NotFound} {
			if err := f.EraseDevices(ctx, f.admin, c); chat.CodeOf(err) != want {
				t.Error(err)
			}
		}
		if err := f.EraseDevices(ctx, f.maya, lee); chat.CodeOf(err) != chat.NotAllowed {
			t.Error(err)
		}
	})
}

// A device that has signed in again isn't listed twice: its copy belongs to the new session. Browsers have no copy.
func TestDevicesThatReturnedAreListedOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		secret := ""
		signIn := func(device, present string) string {
			token := must(f.StartSession(ctx, lee, chat.Origin{Device: device}))(t)
			secret = must(f.RememberDevice(ctx, token, present))(t)
			return token
		}
		signIn("laptop", "")
		f.clock = f.clock.Add(40 * days)
		mustEqual(t, "expired", f.ended(t, lee), "laptop")
		signIn("laptop", secret)
		mustEqual(t, "expired and signed in again", f.ended(t, lee))
		for i := range 2 {
			if err := f.ResetPassword(ctx, f.admin, lee, fmt.Sprint(longPassword, i)); err != nil {
				t.Fatal(err)
			}
			mustEqual(t, "after a new password", f.ended(t, lee), "laptop")
			f.clock = f.clock.Add(48 * time.Hour) // it isn't known any more
			signIn("laptop", secret)
			mustEqual(t, "signed in again", f.ended(t, lee))
		}
		signIn("another laptop", "")
		if err := f.ResetPassword(ctx, f.admin, lee, longPassword); err != nil {
			t.Fatal(err)
		}
		signIn("another laptop", "made up")
		if got := f.ended(t, lee); !slices.Contains(got, "laptop") || !slices.Contains(got, "another laptop") {
			t.Errorf("a device that can't show it is the same: %q", got)
		}

		_, phone := f.startSession(t, f.ana.Account, "phone")
		f.startSession(t, f.ana.Account, "tablet")
		if err := f.EndAccountSession(ctx, f.admin, f.ana.Account, phone, false); err != nil {
			t.Fatal(err)
		}
		f.clock = f.clock.Add(40 * days)
		mustEqual(t, "a participant's", f.ended(t, f.ana.Account))
	})
}
