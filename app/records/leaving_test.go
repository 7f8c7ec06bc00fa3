package records_test

import (
	"fmt"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// A user who leaves may have kept the links that they made. None of them works any more, and users see that the invitations
// are gone. The links of others go on.
func TestLinksEndWithTheUserWhoMadeThem(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		invite := func(by chat.Caller, name string) (participant, secret string) {
			t.Helper()
			participant = must(f.PutOnPortal(ctx, by, chat.Participant{Matter: f.matter, Name: name, Role: "Client"}))(t)
			secret, _, err := f.Invite(ctx, by, participant)
			if err != nil {
				t.Fatal(err)
			}
			return participant, secret
		}
		var kept []string
		for i := range 60 { // more than one transaction
			_, secret := invite(f.team, fmt.Sprint("Dora ", i))
			kept = append(kept, secret)
		}
		replaced, _ := invite(f.team, "Erik")
		erik, _, err := f.Invite(ctx, f.maya, replaced)
		if err != nil {
			t.Fatal(err)
		}
		leaving := f.team
		leaving.Admin = true
		reset := must(f.AddReset(ctx, leaving, f.other.Account))(t).Secret
		newUser, welcome, err := f.AddUserByLink(ctx, leaving, records.Account{Email: "lee@firm.example", Name: "Lee"})
		if err != nil {
			t.Fatal(err)
		}
		ofMaya := must(f.AddReset(ctx, f.admin, f.maya.Account))(t).Secret
		seen := must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t)

		f.editUser(t, f.team.Account, false)
		for _, secret := range []string{kept[0], kept[59]} {
			if _, _, err := f.Accept(ctx, secret, "", "me@home.example", longPassword, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
				t.Errorf("an invitation of a user who left: %v", err)
			}
		}
		for _, secret := range []string{reset, welcome.Secret} {
			if _, err := f.Reset(ctx, secret, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
				t.Errorf("a reset link of a user who left: %v", err)
			}
		}
		must(f.Reset(ctx, ofMaya, chat.Origin{}))(t)
		page := must(f.Changes(ctx, f.maya, f.matter, records.Position{Version: seen.Version, Mark: seen.Mark}, 100))(t)
		for _, p := range page.Participants {
			if p.InvitedUntil != 0 {
				t.Errorf("still invited: %+v", p)
			}
		}
		if revoked := f.entries(t, "participant.uninvite"); len(page.Participants) != 60 || len(revoked) != 60 || revoked[0].Account != records.Program.Account || revoked[0].Matter != f.matter {
			t.Errorf("%d changed, %d revoked", len(page.Participants), len(revoked))
		}
		if _, _, err := f.Accept(ctx, erik, "", "erik@home.example", longPassword, chat.Origin{}); err != nil {
			t.Errorf("a colleague's invitation: %v", err)
		}
		must(f.AddReset(ctx, f.admin, newUser))(t)
	})
}

// The invitations of a user who is taken off a team end with it. Those of others go on, and so do those of an admin, who
// still sees the matter.
func TestInvitationsEndWithTheTeam(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, f.other.Account)
		lead := f.other
		lead.Admin = true
		links := map[string]string{}
		for name, by := range map[string]chat.Caller{"team": f.team, "assigned": f.maya, "admin": lead} {
			participant := must(f.PutOnPortal(ctx, by, chat.Participant{Matter: f.matter, Name: name, Role: "Client"}))(t)
			secret, _, err := f.Invite(ctx, by, participant)
			if err != nil {
				t.Fatal(err)
			}
			links[name] = secret
		}
		if err := f.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account, lead.Account}); err != nil {
			t.Fatal(err)
		}
		seen := must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t)
		if err := f.SetTeam(ctx, f.maya, f.matter, nil); err != nil {
			t.Fatal(err)
		}
		page := must(f.Changes(ctx, f.maya, f.matter, records.Position{Version: seen.Version, Mark: seen.Mark}, 100))(t)
		if len(page.Participants) != 1 || page.Participants[0].Name != "team" || page.Participants[0].InvitedUntil != 0 {
			t.Errorf("%+v", page.Participants)
		}
		for name, secret := range links {
			_, _, err := f.Accept(ctx, secret, "", name+"@home.example", longPassword, chat.Origin{})
			if ends := name == "team"; ends && chat.CodeOf(err) != chat.LinkExpired || !ends && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if revoked := f.entries(t, "participant.uninvite"); len(revoked) != 1 || revoked[0].Account != f.maya.Account || revoked[0].Matter != f.matter {
			t.Errorf("%+v", revoked)
		}
		if changed := f.entries(t, "matter.team"); len(changed) != 2 || len(changed[0].Changes) == 0 {
			t.Errorf("%+v", changed)
		}
	})
}

// The reset links of an admin who becomes an ordinary user end, too. Their invitations go on.
func TestResetLinksEndWithTheRightsOfTheirMaker(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		boss := chat.Caller{Account: f.addUser(t, "boss"), User: true, Admin: true}
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, boss.Account)
		secret := must(f.AddReset(ctx, boss, f.maya.Account))(t).Secret
		dora := must(f.PutOnPortal(ctx, boss, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"}))(t)
		invitation, _, err := f.Invite(ctx, boss, dora)
		if err != nil {
			t.Fatal(err)
		}
		lead := chat.Caller{Account: f.addUser(t, "lead"), User: true, Admin: true}
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, lead.Account)
		byLead := must(f.AddReset(ctx, lead, f.other.Account))(t).Secret
		ordinary := who("l", "lead")
		ordinary.Admin = new(bool)
		if _, err := f.SignInAtProvider(ctx, ordinary, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Reset(ctx, byLead, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Errorf("a reset link of a former admin, as the identity provider says: %v", err)
		}
		f.editUser(t, boss.Account, true)
		if _, err := f.Reset(ctx, secret, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Errorf("a reset link of a former admin: %v", err)
		}
		if _, _, err := f.Accept(ctx, invitation, "", "dora@home.example", longPassword, chat.Origin{}); err != nil {
			t.Error(err)
		}
	})
}

// A user makes links while they are deactivated. Either the links come first and end, or they aren't made.
func TestLinksThatALeavingUserMakesMeanwhile(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, f.admin.Account) // a firm needs one
		leaving := chat.Caller{Account: f.addUser(t, "lee"), User: true, Admin: true}
		dora := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"}))(t)
		for i := range rounds {
			errs := together(
				func() error { _, err := f.AddReset(ctx, leaving, f.maya.Account); return err },
				func() error { _, _, err := f.Invite(ctx, leaving, dora); return err },
				func() error { return f.EditUser(ctx, records.Program, leaving.Account, false, false) },
			)
			for j, err := range errs {
				if err != nil && (j == 2 || chat.CodeOf(err) != chat.SignedOut) {
					t.Fatalf("round %d: %v", i, errs)
				}
			}
			if n := f.count(t, "resets") + f.count(t, "invitations"); n != 0 {
				t.Fatalf("round %d: %d links are left: %v", i, n, errs)
			}
			if err := f.EditUser(ctx, records.Program, leaving.Account, true, true); err != nil {
				t.Fatal(err)
			}
		}
	})
}
