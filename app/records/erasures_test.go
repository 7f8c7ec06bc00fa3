package records_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// mustErase fails unless the store answers a token with the order to delete its copy.
func mustErase(t *testing.T, store *records.Store, token string) {
	t.Helper()
	_, err := store.Caller(t.Context(), token)
	sum := sha256.Sum256([]byte(token))
	why, ok := errors.AsType[*chat.Error](err)
	if !ok || why.Code != chat.SignedOut || why.Erase != hex.EncodeToString(sum[:]) || !slices.Contains([]string{"Your access was ended by the firm.", "Your firm asked this computer to delete its matters."}, why.Message) {
		t.Errorf("%+v", err)
	}
}

// The device says what the firm asked for: a user whose one device is erased hasn't lost their access.
func TestErasedDevicesSayWhy(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "boss", Name: "Boss", User: true, Admin: true}))(t)
		token := must(f.StartSession(ctx, f.team.Account, chat.Origin{Kind: chat.DesktopSession}))(t)
		if err := f.EraseDevices(ctx, f.admin, f.team.Account); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Caller(ctx, token); err == nil || err.Error() != "Your firm asked this computer to delete its matters." {
			t.Error(err)
		}
		token = must(f.StartSession(ctx, f.team.Account, chat.Origin{Kind: chat.DesktopSession}))(t)
		if err := f.EditUser(ctx, f.admin, f.team.Account, false, false); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Caller(ctx, token); err == nil || err.Error() != "Your access was ended by the firm." {
			t.Error(err)
		}
	})
}

// mustOnlyEnd fails unless the store answers a token with the end of its session and no more.
func mustOnlyEnd(t *testing.T, store *records.Store, token, sentence string) {
	t.Helper()
	_, err := store.Caller(t.Context(), token)
	why, ok := errors.AsType[*chat.Error](err)
	if !ok || why.Code != chat.SignedOut || why.Erase != "" || !strings.Contains(why.Message, sentence) {
		t.Errorf("%+v, want %q", err, sentence)
	}
}

// addUser adds a user who can't sign in with a password: hashing is slow on purpose.
func (f *firm) addUser(t *testing.T, name string) string {
	t.Helper()
	return must(f.AddAccount(t.Context(), records.Account{Email: name, Name: name, User: true}))(t)
}

func (f *firm) startSession(t *testing.T, account, device string) (token, id string) {
	t.Helper()
	token = must(f.StartSession(t.Context(), account, chat.Origin{Device: device}))(t)
	sessions := must(f.Sessions(t.Context(), chat.Caller{Account: account}, token))(t)
	return token, sessions[slices.IndexFunc(sessions, func(s chat.Session) bool { return s.Current })].ID
}

func (f *firm) editUser(t *testing.T, account string, active bool) {
	t.Helper()
	f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, f.admin.Account) // a firm needs one
	if err := f.EditUser(t.Context(), records.Program, account, false, active); err != nil {
		t.Fatal(err)
	}
}

// Every device of a user who was deactivated is told to delete its copy, whether its session lasted until then, was ended
// before, or has expired. That stays so when the user returns, but not for the session of a new sign-in.
func TestDevicesOfADeactivatedUserErase(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		expired, _ := f.startSession(t, lee, "an old laptop")
		f.clock = f.clock.Add(200 * days)
		if removed := f.tidy(t, 0); removed.Sessions != 1 {
			t.Fatalf("%+v", removed)
		}
		ended, id := f.startSession(t, lee, "another")
		if err := f.RevokeSession(ctx, chat.Caller{Account: lee}, id); err != nil {
			t.Fatal(err)
		}
		open, _ := f.startSession(t, lee, "a laptop")
		must(f.Caller(ctx, open))(t)
		mustOnlyEnd(t, f.Store, expired, "Please sign in again.")
		mustOnlyEnd(t, f.Store, ended, "another device")
		f.editUser(t, lee, false)
		for _, token := range []string{expired, ended, open} {
			mustErase(t, f.Store, token)
		}
		f.editUser(t, lee, true)
		again, _ := f.startSession(t, lee, "a laptop")
		must(f.Caller(ctx, again))(t)
		mustErase(t, f.Store, open)
	})
}

// A device learns why its session has ended. A browser's session, and one that the device ended itself, leave nothing.
func TestEndedSessionsSayWhy(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		reset, _ := f.startSession(t, f.maya.Account, "laptop")
		if err := f.ResetPassword(ctx, f.admin, f.maya.Account, longPassword); err != nil {
			t.Fatal(err)
		}
		mustOnlyEnd(t, f.Store, reset, "Your password was changed.")
		own, _ := f.startSession(t, f.maya.Account, "laptop")
		if err := f.EndSession(ctx, own, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		browser, _ := f.startSession(t, f.ana.Account, "phone")
		if err := f.ResetPassword(ctx, f.admin, f.ana.Account, longPassword); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{own, browser, "never issued", ""} {
			mustOnlyEnd(t, f.Store, token, chat.ErrSignedOut.Message)
		}
		if n := f.count(t, "ended_sessions"); n != 1 {
			t.Errorf("%d sessions left something", n)
		}
	})
}

// A device whose session was ended, or has expired, learns that the firm doesn't let its copy be read.
func TestEndedSessionsLockCopies(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		expired, _ := f.startSession(t, f.maya.Account, "an old laptop")
		f.clock = f.clock.Add(31 * days)
		ended, _ := f.startSession(t, f.maya.Account, "laptop")
		if err := f.ResetPassword(t.Context(), f.admin, f.maya.Account, longPassword); err != nil {
			t.Fatal(err)
		}
		last, _ := f.startSession(t, f.maya.Account, "laptop")
		must(f.Caller(t.Context(), last))(t)
		for _, mayRead := range []bool{true, false} {
			f.exec(t, `UPDATE firm_settings SET read_expired = $1`, mayRead)
			for _, token := range []string{expired, ended} {
				_, err := f.Caller(t.Context(), token)
				sum := sha256.Sum256([]byte(token))
				want := map[bool]string{false: hex.EncodeToString(sum[:])}[mayRead]
				if why, ok := errors.AsType[*chat.Error](err); !ok || why.Lock != want || why.Erase != "" {
					t.Errorf("may read %v: %+v", mayRead, err)
				}
			}
		}
		if _, err := f.Caller(t.Context(), "never issued"); !errors.Is(err, chat.ErrSignedOut) {
			t.Error(err)
		}
	})
}

// A report is recorded once, however often it comes, with what the device had not sent.
func TestErasureIsRecordedOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		token, id := f.startSession(t, lee, "a laptop")
		f.editUser(t, lee, false)
		from := chat.Origin{Address: "203.0.113.7", Device: "what it calls itself now"}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if err := f.ReportErasure(ctx, token, records.Erasure{Messages: 3, Drafts: 1}, from); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := f.ReportErasure(ctx, token, records.Erasure{}, from); err != nil {
			t.Error(err)
		}
		entries := f.entries(t, "device.erase")
		want := []chat.AuditChange{{Field: "unsent_messages", To: "3"}, {Field: "drafts", To: "1"}}
		if len(entries) != 1 || entries[0].Account != lee || entries[0].Subject != id || entries[0].Device != "a laptop" ||
			entries[0].Address != "203.0.113.7" || !slices.Equal(entries[0].Changes, want) {
			t.Fatalf("%+v", entries)
		}
		for _, unknown := range []string{"never issued", ""} {
			if err := f.ReportErasure(ctx, unknown, records.Erasure{}, from); chat.CodeOf(err) != chat.NotFound {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		mustErase(t, f.Store, token) // as before
		if _, err := f.VerifyAudit(ctx, ""); err != nil {
			t.Error(err)
		}
	})
}

// entries returns the entries of an action in the audit trail.
func (f *firm) entries(t *testing.T, action string) []chat.AuditEntry {
	t.Helper()
	return slices.DeleteFunc(must(f.Audit(t.Context(), f.admin, records.AuditFilter{}, 500))(t), func(e chat.AuditEntry) bool { return e.Action != action })
}

// The portal was put back to a state in which the user was active. Their session is there again, and ends when the device
// reports that it has deleted its copy.
func TestErasureAfterTheStoreWasPutBack(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		token, _ := f.startSession(t, lee, "a laptop")
		must(f.Caller(ctx, token))(t)
		for range 2 {
			if err := f.ReportErasure(ctx, token, records.Erasure{Drafts: 2}, chat.Origin{}); err != nil {
				t.Fatal(err)
			}
		}
		mustErase(t, f.Store, token)
		if entries := f.entries(t, "device.erase"); len(entries) != 1 {
			t.Errorf("%+v", entries)
		}
	})
}

// What remains of an ended session is removed after 400 days, by a clock that doesn't jump.
func TestEndedSessionsAreRemoved(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		lee := f.addUser(t, "lee")
		token, _ := f.startSession(t, lee, "a laptop")
		f.editUser(t, lee, false)
		start := f.clock
		f.clock = start.Add(399 * days)
		if removed := f.tidy(t, 0); removed.EndedSessions != 0 {
			t.Fatalf("%+v", removed)
		}
		mustErase(t, f.Store, token)
		f.clock = start.Add(4000 * days)
		f.exec(t, `UPDATE housekeeping SET clock = $1, ran_at = 0`, start.UnixMilli())
		if removed := must(f.Tidy(t.Context(), 0))(t); removed.EndedSessions != 0 {
			t.Fatalf("a clock that jumped removed %+v", removed)
		}
		f.clock = start.Add(401 * days)
		if removed := f.tidy(t, 0); removed.EndedSessions != 1 {
			t.Fatalf("%+v", removed)
		}
		mustOnlyEnd(t, f.Store, token, chat.ErrSignedOut.Message)
	})
}

// Another node answers like the one on which the user was deactivated, and the two record one erasure.
func TestErasureOnAnotherNode(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		other := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		lee := f.addUser(t, "lee")
		token, _ := f.startSession(t, lee, "a laptop")
		f.editUser(t, lee, false)
		for _, node := range []*records.Store{other, f.Store} {
			mustErase(t, node, token)
			if err := node.ReportErasure(ctx, token, records.Erasure{}, chat.Origin{}); err != nil {
				t.Error(err)
			}
		}
		if entries := f.entries(t, "device.erase"); len(entries) != 1 {
			t.Errorf("%+v", entries)
		}
	})
}

// A user who was deactivated is on no team any more, and gets no matter back when they return. The participants receive
// nothing of it.
func TestLeavingUserLeavesAllTeams(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for i := range 120 { // more than one transaction
			must(f.AddMatter(ctx, chat.Matter{Reference: fmt.Sprint("more ", i), Title: "More", Assigned: f.maya.Account, Team: []string{f.team.Account, f.other.Account}}))(t)
		}
		seen := must(f.Changes(ctx, f.ana, f.matter, records.Position{}, 100))(t)
		maya := must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t)
		f.editUser(t, f.team.Account, false)
		if n := f.count(t, "team WHERE account = '"+f.team.Account+"'"); n != 0 {
			t.Errorf("still on %d teams", n)
		}
		if n := f.count(t, "team WHERE account = '"+f.other.Account+"'"); n != 120 {
			t.Errorf("a colleague is on %d teams", n)
		}
		entries := f.entries(t, "matter.team")
		if len(entries) != 121 || entries[0].Account != records.Program.Account || entries[0].Matter == "" ||
			!slices.Equal(entries[0].Changes, []chat.AuditChange{{Field: "team", From: strings.Join(slices.Sorted(slices.Values([]string{f.team.Account, f.other.Account})), " "), To: f.other.Account}}) {
			t.Errorf("%d entries, %+v", len(entries), entries[0])
		}
		page := must(f.Changes(ctx, f.maya, f.matter, records.Position{Version: maya.Version, Mark: maya.Mark}, 100))(t)
		if page.Info == nil || len(page.Info.Team) != 0 {
			t.Errorf("Maya doesn't learn it: %+v", page)
		}
		if now := must(f.Changes(ctx, f.ana, f.matter, records.Position{}, 100))(t); now.Version != seen.Version || now.Mark != seen.Mark {
			t.Errorf("Ana's version went from %d to %d", seen.Version, now.Version)
		}
		f.editUser(t, f.team.Account, true)
		if heads := must(f.Heads(ctx, f.team))(t); len(heads) != 0 {
			t.Errorf("the user has %d matters back", len(heads))
		}
	})
}

// An older portal left users on their teams. They lose those matters when they return, and not later.
func TestReturningUserLosesOldTeams(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.exec(t, `UPDATE accounts SET active = false WHERE id = $1`, f.team.Account)
		f.editUser(t, f.team.Account, true)
		if heads := must(f.Heads(t.Context(), f.team))(t); len(heads) != 0 {
			t.Errorf("%+v", heads)
		}
		if err := f.SetTeam(t.Context(), f.maya, f.matter, []string{f.team.Account}); err != nil {
			t.Fatal(err)
		}
		f.editUser(t, f.team.Account, true) // already
		if heads := must(f.Heads(t.Context(), f.team))(t); len(heads) != 1 {
			t.Errorf("an active user was taken off a team: %+v", heads)
		}
	})
}

// Nobody but an admin takes anyone off a team, also not by an attempt that is refused.
func TestRefusedEditLeavesTeams(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.exec(t, `UPDATE accounts SET active = false WHERE id = $1`, f.team.Account)
		for _, c := range []chat.Caller{f.maya, f.ana} {
			for _, active := range []bool{true, false} {
				if err := f.EditUser(t.Context(), c, f.team.Account, false, active); chat.CodeOf(err) != chat.NotAllowed && chat.CodeOf(err) != chat.NotFound {
					t.Fatal(err)
				}
			}
		}
		var rows int
		if err := f.db.View(t.Context(), func(tx *sqldb.Tx) error {
			return tx.Row(`SELECT count(*) FROM team WHERE account = $1`, f.team.Account).Scan(&rows)
		}); err != nil || rows != 1 {
			t.Fatal(rows, err)
		}
	})
}

// A lost device's session has ended in another way, such as by a new password, before an admin has it erased.
func TestAdminErasesADeviceThatWasSignedOut(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		token, id := f.startSession(t, lee, "a laptop")
		if err := f.ResetPassword(ctx, f.admin, lee, longPassword); err != nil {
			t.Fatal(err)
		}
		mustOnlyEnd(t, f.Store, token, "Your password was changed.")
		if err := f.EndAccountSession(ctx, f.admin, lee, id, false); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
		mustOnlyEnd(t, f.Store, token, "Your password was changed.")
		if err := f.EndAccountSession(ctx, f.admin, f.maya.Account, id, true); chat.CodeOf(err) != chat.NotFound {
			t.Fatal(err)
		}
		if err := f.EndAccountSession(ctx, f.admin, lee, id, true); err != nil {
			t.Fatal(err)
		}
		mustErase(t, f.Store, token)
		if e := f.entries(t, "account.signout"); len(e) != 1 || e[0].Subject != lee || len(e[0].Changes) != 2 {
			t.Errorf("%+v", e)
		}
	})
}

// An admin ends one device of a user, and has it erased or not. The user's other devices go on. A participant's browser
// only loses its session.
func TestAdminEndsADevice(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		other, _ := f.startSession(t, lee, "another laptop")
		for _, erase := range []bool{true, false} {
			token, id := f.startSession(t, lee, "a laptop")
			if err := f.EndAccountSession(ctx, f.maya, lee, id, erase); chat.CodeOf(err) != chat.NotAllowed {
				t.Fatal(err)
			}
			must(f.Caller(ctx, token))(t)
			if err := f.EndAccountSession(ctx, f.admin, lee, id, erase); err != nil {
				t.Fatal(err)
			}
			if erase {
				mustErase(t, f.Store, token)
			} else {
				mustOnlyEnd(t, f.Store, token, "The firm has signed this device out.")
			}
			if err := f.EndAccountSession(ctx, f.admin, lee, id, erase); chat.CodeOf(err) != chat.NotFound {
				t.Errorf("again: %v", err)
			}
			e := f.entries(t, "account.signout")[0]
			want := []chat.AuditChange{{Field: "device", From: "a laptop"}}
			if erase {
				want = append(want, chat.AuditChange{Field: "erase", From: "false", To: "true"})
			}
			if e.Account != f.admin.Account || e.Subject != lee || !slices.Equal(e.Changes, want) {
				t.Errorf("%+v", e)
			}
		}
		must(f.Caller(ctx, other))(t)
		browser, id := f.startSession(t, f.ana.Account, "phone")
		if err := f.EndAccountSession(ctx, f.admin, f.ana.Account, id, true); err != nil {
			t.Fatal(err)
		}
		mustOnlyEnd(t, f.Store, browser, chat.ErrSignedOut.Message)
	})
}
