package desktop

import (
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
)

// asAdmin makes Maya an admin and signs her in.
func (o *office) asAdmin() (maya string) {
	o.t.Helper()
	maya, err := o.store.AccountByEmail(o.t.Context(), "maya@firm.example")
	check(o.t, err)
	check(o.t, o.store.EditUser(o.t.Context(), records.Program, maya, true, true))
	o.signIn()
	return maya
}

func (o *office) refuses(code chat.Code, field string, err error) {
	o.t.Helper()
	e := o.describeError(err)
	if e.Code != code || e.Field != field {
		o.t.Fatalf("got %s at %q, want %s at %q", e.Code, e.Field, code, field)
	}
}

func TestManageMatters(t *testing.T) {
	o := newOffice(t)
	maya := o.asAdmin()

	t.Run("OK", func(t *testing.T) {
		added, err := o.AddUser("leah@firm.example", "Leah Stone", false)
		check(t, err)
		leah := added.ID
		users, err := o.Users()
		check(t, err)
		if len(users) != 2 || users[0].ID != leah {
			t.Fatalf("users: %+v", users)
		}
		id, err := o.OpenMatter("2", "Oak Lane", "Conveyancing", "", []string{leah})
		check(t, err)
		o.waitEvent(EventChanged, func(matters []string) bool { return slices.Contains(matters, id) })
		m, err := o.Matter(id)
		check(t, err)
		if m.Assigned != maya || m.Title != "Oak Lane" {
			t.Fatalf("opened: %+v", m)
		}
		check(t, o.EditMatter(id, "3", "Oak Lane 3", "Lease"))
		check(t, o.CloseMatter(id, true))
		check(t, o.CloseMatter(id, false))
		check(t, o.SetTeam(id, nil))
		_, err = o.OpenMatter("4", "Mill Lane", "Lease", leah, nil)
		check(t, err)
		o.refuses(chat.HasMatters, "active", o.EditUser(leah, false, false))
	})
	t.Run("ErrTaken", func(t *testing.T) {
		_, err := o.OpenMatter("1", "Again", "Lease", "", nil)
		o.refuses(chat.Taken, "reference", err)
	})
	t.Run("ErrRequired", func(t *testing.T) { o.refuses(chat.Required, "title", o.EditMatter(o.matter, "1", " ", "Lease")) })
	t.Run("ErrNotFound", func(t *testing.T) { o.refuses(chat.NotFound, "", o.CloseMatter("no such matter", true)) })
	t.Run("ErrUnreachable", func(t *testing.T) {
		o.goAway()
		if err := o.CloseMatter(o.matter, true); chat.CodeOf(err) != chat.Unreachable {
			t.Fatal(err)
		}
	})
}

func TestManageParticipants(t *testing.T) {
	o := newOffice(t)
	o.signIn()

	t.Run("OK", func(t *testing.T) {
		sam, err := o.AddParticipant(o.matter, "Sam Petrov", "Agent", true)
		check(t, err)
		check(t, o.EditParticipant(sam, "Sam Petrov", "Lender", false))
		first, err := o.Invite(sam, false)
		check(t, err)
		second, err := o.Invite(sam, true)
		check(t, err)
		if !strings.HasPrefix(first.Link, o.server.URL+"/invited#") || first.Link == second.Link || first.ExpiresAt == 0 ||
			first.PIN != "" || len(second.PIN) != 6 || !strings.HasSuffix(second.Link, portalapi.AsksPIN) {
			t.Fatalf("links: %+v, %+v", first, second)
		}
		invitedUntil := func(want int64) {
			t.Helper()
			o.until("invited_until", func() bool {
				m, err := o.Matter(o.matter)
				check(t, err)
				return slices.ContainsFunc(m.Participants, func(p replica.ParticipantRow) bool { return p.ID == sam && p.InvitedUntil == want })
			})
		}
		invitedUntil(second.ExpiresAt)
		check(t, o.RevokeInvitation(sam))
		invitedUntil(0)
		o.refuses(chat.NotFound, "", o.RevokeInvitation(sam))
		check(t, o.RemoveParticipant(sam))
		_, err = o.Invite(sam, false)
		o.refuses(chat.Removed, "", err)
	})
	t.Run("ErrTaken", func(t *testing.T) {
		_, err := o.Invite(o.toAna, false)
		o.refuses(chat.Taken, "", err)
	})
	t.Run("ErrNotAllowed", func(t *testing.T) {
		_, err := o.AddUser("leah@firm.example", "Leah Stone", false)
		o.refuses(chat.NotAllowed, "", err)
	})
}

// A user on the team hears from the portal who may close a matter, until the firm lets the team.
func TestWhoMayCloseAMatter(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"Tom", "Boss"} {
		id, err := o.store.AddAccount(t.Context(), records.Account{Email: name + "@firm.example", Name: name, Password: "right", User: true, Admin: name == "Boss"})
		check(t, err)
		if name == "Tom" {
			check(t, o.store.SetTeam(t.Context(), records.Program, o.matter, []string{id}))
		}
	}
	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	o.refuses(chat.NotAllowed, "", o.CloseMatter(o.matter, true))
	o.refuses(chat.NotAllowed, "", o.SetTeam(o.matter, nil))
	settings, err := o.FirmSettings()
	check(t, err)
	if settings != chat.DefaultFirmSettings {
		t.Fatalf("%+v", settings)
	}
	settings.TeamManages = true
	o.refuses(chat.NotAllowed, "", o.SetFirmSettings(settings))

	check(t, o.SignIn(o.server.URL, "boss@firm.example", "right"))
	settings.IdleDays = 0
	o.refuses(chat.Malformed, "body.idle_days", o.SetFirmSettings(settings))
	settings.IdleDays = 7
	check(t, o.SetFirmSettings(settings))

	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	if now, err := o.FirmSettings(); err != nil || now != settings {
		t.Fatalf("%+v, %v", now, err)
	}
	check(t, o.CloseMatter(o.matter, true))
}

func TestRolesMostUsedFirst(t *testing.T) {
	o := newOffice(t)
	for _, role := range []string{"Lender", "Lender", "Agent"} {
		_, err := o.store.AddParticipant(t.Context(), chat.Participant{Matter: o.matter, Name: "Sam", Role: role}, "")
		check(t, err)
	}
	o.signIn()
	roles, err := o.Roles()
	check(t, err)
	if !slices.Equal(roles, []string{"Lender", "Agent", "Client"}) {
		t.Fatal(roles)
	}
}

// A new firm has no roles, which is an empty list: null was an error in the window.
func TestNoRoles(t *testing.T) {
	o := newOffice(t)
	_, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true})
	check(t, err)
	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	if roles, err := o.Roles(); err != nil || roles == nil || len(roles) != 0 {
		t.Fatal(roles, err)
	}
}

func TestClosingAMatterSendsNow(t *testing.T) {
	o := newOffice(t)
	o.undo = replica.MaxUndo
	o.signIn()
	sent, err := o.Send(o.toAna, []string{o.toAna}, "and that is all", false)
	check(t, err)
	check(t, o.CloseMatter(o.matter, true))
	page, err := o.store.Changes(t.Context(), o.ana, o.matter, records.Position{}, 100)
	check(t, err)
	if len(page.Messages) != 1 || page.Messages[0].ID != sent[0].ID {
		t.Fatalf("%+v", page.Messages)
	}
}
