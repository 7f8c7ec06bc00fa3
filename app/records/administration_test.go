package records_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

const longPassword = "correct horse battery"

func TestInvitation(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		dora := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: " Dora ", Role: "Client"}))(t)
		invite := func() string {
			t.Helper()
			secret, expires, err := f.Invite(ctx, f.maya, dora)
			if err != nil || expires <= f.clock.UnixMilli() {
				t.Fatal(expires, err)
			}
			return secret
		}
		code := func(want chat.Code, _ string, err error) {
			t.Helper()
			if err == nil || chat.CodeOf(err) != want {
				t.Fatalf("%v, want %s", err, want)
			}
		}
		var opens string // the matter of the invitation that was accepted
		accept := func(secret, email, password string) (token string, err error) {
			token, opens, err = f.Accept(ctx, secret, "", email, password, chat.Origin{Device: "phone"})
			return token, err
		}
		both := func(want chat.Code, secret, email, password string) {
			t.Helper()
			token, err := accept(secret, email, password)
			code(want, token, err)
		}

		replaced, secret := invite(), invite()
		both(chat.LinkExpired, replaced, "dora@home.example", longPassword)
		both(chat.WeakPassword, secret, "dora@home.example", "short")
		both(chat.Malformed, secret, "dora", longPassword)
		both(chat.LinkExpired, "made up", "dora@home.example", longPassword)
		must(f.AddUser(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword}))(t)
		both(chat.Taken, secret, "lee@firm.example", longPassword) // users can't be participants

		f.clock = f.clock.Add(15 * 24 * time.Hour)
		both(chat.LinkExpired, secret, "dora@home.example", longPassword)

		secret = invite()
		token := must(accept(secret, "Dora@home.example", longPassword))(t)
		caller := must(f.Caller(ctx, token))(t)
		if caller.Name != "Dora" || caller.User || opens != f.matter {
			t.Fatalf("%+v in %s", caller, opens)
		}
		if heads := must(f.Heads(ctx, caller))(t); len(heads) != 1 || heads[0].Matter != f.matter {
			t.Fatalf("%+v", heads)
		}
		both(chat.LinkExpired, secret, "somebody@else.example", longPassword) // it works once
		if _, _, err := f.Invite(ctx, f.maya, dora); chat.CodeOf(err) != chat.Taken {
			t.Fatalf("a participant who has joined was invited again: %v", err)
		}

		t.Run("ToASecondMatterAsTheSamePerson", func(t *testing.T) {
			there := must(f.PutOnPortal(ctx, f.other, chat.Participant{Matter: f.quay, Name: "Dora", Role: "Lender"}))(t)
			secret, _, err := f.Invite(ctx, f.other, there)
			if err != nil {
				t.Fatal(err)
			}
			both(chat.WrongPassword, secret, "dora@home.example", "another long password")
			again := must(f.Caller(ctx, must(accept(secret, "dora@home.example", longPassword))(t)))(t)
			again.Session = caller.Session // a new one, of the same person
			if again != caller || opens != f.quay {
				t.Fatalf("%+v in %s, was %+v", again, opens, caller)
			}
			if heads := must(f.Heads(ctx, caller))(t); len(heads) != 2 {
				t.Fatalf("%+v", heads)
			}
		})
		t.Run("RevokedTooLate", func(t *testing.T) {
			if err := f.RevokeInvitation(ctx, f.maya, dora); chat.CodeOf(err) != chat.Taken {
				t.Error(err)
			}
		})
		t.Run("Revoked", func(t *testing.T) {
			erik := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Erik", Role: "Client"}))(t)
			secret, _, err := f.Invite(ctx, f.maya, erik)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.RevokeInvitation(ctx, f.maya, erik); err != nil {
				t.Fatal(err)
			}
			both(chat.LinkExpired, secret, "erik@home.example", longPassword)
			if err := f.RevokeInvitation(ctx, f.maya, erik); !errors.Is(err, chat.ErrNotFound) {
				t.Fatal(err)
			}
		})
	})
}

// A removed participant sees nothing and gets nothing. The firm keeps the chat.
func TestRemoveParticipant(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.send(t, f.ana, f.toAna, "before")
		if err := f.RemoveParticipant(t.Context(), f.maya, f.toAna); err != nil {
			t.Fatal(err)
		}
		if heads := must(f.Heads(t.Context(), f.ana))(t); len(heads) != 0 {
			t.Fatalf("%+v", heads)
		}
		results := must(f.Send(t.Context(), f.maya, []records.Outgoing{{ID: uuid.NewString(), Participant: f.toAna, Text: "after"}}))(t)
		if chat.CodeOf(results[0].Err) != chat.Removed {
			t.Fatal(results[0].Err)
		}
		page := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t)
		if len(page.Messages) != 1 || !slices.ContainsFunc(page.Participants, func(p chat.Participant) bool { return p.ID == f.toAna && p.Removed }) {
			t.Fatalf("%+v", page)
		}
	})
}

func TestClosedMatter(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		for _, closed := range []bool{true, false} {
			if err := f.SetClosed(t.Context(), f.maya, f.matter, closed); err != nil {
				t.Fatal(err)
			}
			results := must(f.Send(t.Context(), f.ana, []records.Outgoing{{ID: uuid.NewString(), Participant: f.toAna, Text: "hello"}}))(t)
			if (chat.CodeOf(results[0].Err) == chat.MatterClosed) != closed || closed == (results[0].Err == nil) {
				t.Fatalf("closed %v: %v", closed, results[0].Err)
			}
			info := must(f.Changes(t.Context(), f.ana, f.matter, records.Position{}, 10))(t).Info
			if (info.ClosedAt != 0) != closed {
				t.Fatalf("Ana sees %+v", info)
			}
		}
	})
}

// A status isn't replaced if someone else set it after the writer last looked.
func TestStatusConflict(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		current := func() chat.Status {
			t.Helper()
			for _, s := range must(f.Changes(ctx, f.ana, f.matter, records.Position{}, 100))(t).Statuses {
				if s.EndedAt == 0 {
					return s
				}
			}
			return chat.Status{}
		}
		set := func(c chat.Caller, text string, saw *string) records.SendResult {
			t.Helper()
			message := records.Outgoing{ID: uuid.NewString(), Participant: f.toAna, Text: text, SetStatus: true, SawStatus: saw}
			first := must(f.Send(ctx, c, []records.Outgoing{message}))(t)[0]
			again := must(f.Send(ctx, c, []records.Outgoing{message}))(t)[0]
			if first.Err != nil || again != first {
				t.Fatalf("%+v, again %+v", first, again)
			}
			return first
		}
		none := ""
		if result := set(f.maya, "one", &none); result.Status != chat.StatusSet || current().Text != "one" {
			t.Fatalf("%+v, status is %q", result, current().Text)
		}
		one := current().Message
		if result := set(f.team, "two", &none); result.Status != chat.StatusSuperseded || current().Text != "one" {
			t.Fatalf("%+v, status is %q", result, current().Text)
		}
		if result := set(f.team, "three", &one); result.Status != chat.StatusSet || current().Text != "three" {
			t.Fatalf("%+v, status is %q", result, current().Text)
		}
		old := must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t).Messages[0]
		if err := f.SetStatus(ctx, f.maya, f.toAna, old.ID, &one); chat.CodeOf(err) != chat.Superseded || current().Text != "three" {
			t.Fatalf("%v, status is %q", err, current().Text)
		}
		if err := f.SetStatus(ctx, f.maya, f.toAna, old.ID, nil); err != nil || current().Text != "one" {
			t.Fatalf("%v, status is %q", err, current().Text)
		}
		if err := f.SetStatus(ctx, f.maya, f.toAna, "", nil); err != nil || current() != (chat.Status{}) {
			t.Fatalf("%v, status is %+v", err, current())
		}
		theirs := f.send(t, f.ana, f.toAna, "by Ana")
		if err := f.SetStatus(ctx, f.maya, f.toAna, theirs.ID, nil); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("a participant's message as status: %v", err)
		}
	})
}

// Reassigning a matter moves its alerts, and the previous assigned user still sees it.
func TestAssign(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		if err := f.Assign(t.Context(), f.maya, f.matter, f.other.Account); err != nil {
			t.Fatal(err)
		}
		info := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t).Info
		if info.Assigned != f.other.Account || !slices.Contains(info.Team, f.maya.Account) || len(info.Team) != 2 {
			t.Fatalf("%+v", info)
		}
		for _, no := range []string{"nobody", f.ana.Account} {
			if err := f.Assign(t.Context(), f.other, f.matter, no); !errors.Is(err, chat.ErrNotFound) {
				t.Fatalf("assigned to %s: %v", no, err)
			}
		}
	})
}

func TestUsers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		boss := must(f.AddAccount(ctx, records.Account{Email: "boss@firm.example", Name: "Boss", User: true, Admin: true}))(t)
		lee := must(f.AddUser(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword}))(t)
		token := must(f.SignInByPassword(ctx, "lee@firm.example", longPassword, chat.Origin{}))(t)
		for name, tt := range map[string]struct {
			err  error
			code chat.Code
		}{
			"who has matters":  {f.EditUser(ctx, f.admin, f.maya.Account, false, false), chat.HasMatters},
			"the last admin":   {f.EditUser(ctx, f.admin, boss, false, true), chat.LastAdmin},
			"no user":          {f.EditUser(ctx, f.admin, f.ana.Account, true, true), chat.NotFound},
			"by another user":  {f.EditUser(ctx, f.maya, lee, true, true), chat.NotAllowed},
			"by a participant": {f.EditUser(ctx, f.ana, lee, true, true), chat.NotFound},
		} {
			if chat.CodeOf(tt.err) != tt.code {
				t.Errorf("%s: %v", name, tt.err)
			}
		}
		if err := f.EditUser(ctx, f.admin, lee, false, false); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Caller(ctx, token); chat.CodeOf(err) != chat.SignedOut {
			t.Fatalf("still signed in: %v", err)
		}
		if _, err := f.SignInByPassword(ctx, "lee@firm.example", longPassword, chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if err := f.Assign(ctx, f.maya, f.matter, lee); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("assigned to an inactive user: %v", err)
		}
		if err := f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account, lee}); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("an inactive user joined a team: %v", err)
		}
	})
}

// A deactivated user on a team, where an older portal left them, doesn't keep others from joining it.
func TestTeamWithDeactivatedUser(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "boss@firm.example", Name: "Boss", User: true, Admin: true}))(t)
		if err := f.EditUser(ctx, f.admin, f.team.Account, false, false); err != nil {
			t.Fatal(err)
		}
		f.exec(t, `INSERT INTO team (account, matter) VALUES ($1, $2)`, f.team.Account, f.matter)
		if err := f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account, f.other.Account}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		here := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{Device: "here"}))(t)
		there := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{Device: "there"}))(t)
		if err := f.ChangePassword(ctx, f.maya, here, "wrong", longPassword); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if err := f.ChangePassword(ctx, f.maya, here, "right", "short"); chat.CodeOf(err) != chat.WeakPassword {
			t.Fatal(err)
		}
		if err := f.ChangePassword(ctx, f.maya, here, "right", longPassword); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Caller(ctx, there); chat.CodeOf(err) != chat.SignedOut {
			t.Fatalf("the other device is still signed in: %v", err)
		}
		must(f.Caller(ctx, here))(t)
		must(f.SignInByPassword(ctx, "maya", longPassword, chat.Origin{}))(t)
	})
}

// The audit trail lists actions in pages and by matter, and holds no message text.
func TestAudit(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for _, closed := range []bool{true, false, true} {
			if err := f.SetClosed(ctx, f.maya, f.matter, closed); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.SetClosed(ctx, f.other, f.quay, true); err != nil {
			t.Fatal(err)
		}
		all := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 100))(t)
		if len(all) != 4 || all[0].Action != "matter.close" || all[0].Name != "other" || all[0].Matter != f.quay {
			t.Fatalf("%+v", all)
		}
		page := must(f.Audit(ctx, f.admin, records.AuditFilter{Matter: f.matter}, 2))(t)
		rest := must(f.Audit(ctx, f.admin, records.AuditFilter{Matter: f.matter, Before: page[1].ID}, 2))(t)
		if len(page) != 2 || len(rest) != 1 || rest[0].ID != all[3].ID {
			t.Fatalf("%+v, %+v", page, rest)
		}
		if _, err := f.Audit(ctx, f.maya, records.AuditFilter{}, 10); !errors.Is(err, chat.ErrNotFound) {
			t.Fatal(err)
		}
	})
}

// Colleagues get a user's new name, and the user's other devices stay signed in.
func TestRename(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		before := must(f.Changes(ctx, f.team, f.matter, records.Position{}, 100))(t)
		if err := f.Rename(ctx, f.maya, "Maya Jones"); err != nil {
			t.Fatal(err)
		}
		after := must(f.Changes(ctx, f.team, f.matter, records.Position{Version: before.Version}, 100))(t)
		if !slices.Contains(after.Users, chat.User{ID: f.maya.Account, Name: "Maya Jones", Email: "maya"}) {
			t.Fatalf("%+v", after)
		}
	})
}

// All users can insert the firm's replies, but only admins can change them. A user's own replies are private.
func TestReplies(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		theirs := chat.Reply{ID: uuid.NewString(), Title: "Funds", Text: "Dear {first name}, the funds have arrived.", Firm: true}
		mine := chat.Reply{ID: uuid.NewString(), Title: "Call me", Text: "Please call me."}
		if err := f.SaveReply(ctx, f.maya, theirs); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatalf("a user saved one of the firm's: %v", err)
		}
		for c, r := range map[chat.Caller]chat.Reply{f.admin: theirs, f.maya: mine} {
			if err := f.SaveReply(ctx, c, r); err != nil {
				t.Fatal(err)
			}
		}
		mine.Text = "Please call me today."
		if err := f.SaveReply(ctx, f.maya, mine); err != nil {
			t.Fatal(err)
		}
		if err := f.SaveReply(ctx, f.team, mine); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("another user changed Maya's: %v", err)
		}
		if err := f.RemoveReply(ctx, f.team, mine.ID, false); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("another user removed Maya's: %v", err)
		}
		if got := must(f.Replies(ctx, f.maya))(t); !slices.Equal(got, []chat.Reply{mine, theirs}) {
			t.Fatalf("%+v", got)
		}
		if got := must(f.Replies(ctx, f.team))(t); !slices.Equal(got, []chat.Reply{theirs}) {
			t.Fatalf("%+v", got)
		}
		if _, err := f.Replies(ctx, f.ana); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("a participant read them: %v", err)
		}
		if err := f.RemoveReply(ctx, f.admin, theirs.ID, true); err != nil || len(must(f.Replies(ctx, f.maya))(t)) != 1 {
			t.Fatal(err)
		}
	})
}

// Someone is taken off a team while the matter is assigned to another user, who joins the team's list as it is then.
func TestTeamChangesWhileTheMatterIsAssigned(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for range 20 {
			if err := f.Assign(ctx, f.admin, f.matter, f.maya.Account); err != nil {
				t.Fatal(err)
			}
			if err := f.SetTeam(ctx, f.admin, f.matter, []string{f.team.Account}); err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			both.Go(func() {
				if err := f.SetTeam(ctx, f.admin, f.matter, nil); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() {
				if err := f.Assign(ctx, f.admin, f.matter, f.other.Account); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if n := f.count(t, "team WHERE account = '"+f.team.Account+"'"); n != 0 {
				t.Fatal("the user is back on the team")
			}
		}
	})
}
