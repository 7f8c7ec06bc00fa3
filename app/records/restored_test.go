package records_test

import (
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// What was used or withdrawn after a backup was made doesn't come back with it. What people have stays.
func TestRestoredStoreWithdrawsWhatWasPending(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		from := chat.Origin{}
		reset := f.reset(t, f.ana.Account)
		link := must(f.AddLink(ctx, f.ana.Account, f.clock.Add(time.Hour)))(t)
		dora := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"}))(t)
		invitation, until, err := f.Invite(ctx, f.maya, dora)
		if err != nil {
			t.Fatal(err)
		}
		participant := func() chat.Participant {
			t.Helper()
			for _, p := range must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t).Participants {
				if p.ID == dora {
					return p
				}
			}
			t.Fatal("no Dora")
			return chat.Participant{}
		}
		before := participant()
		if before.InvitedUntil != until {
			t.Fatalf("%+v", before)
		}
		secret, _ := f.turnOn(t)
		pending := must(f.StartTwoStep(ctx, f.maya, "right", f.shows(t, secret, 0)))(t)
		lead, token := f.lead(t)
		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		must(f.StartTwoStep(ctx, lead, "right", ""))(t)

		if w, err := f.NewEpoch(ctx, false); err != nil || w != (records.Withdrawn{Resets: 1, Links: 1, Invitations: 1, SetUps: 2}) {
			t.Fatalf("%+v, %v", w, err)
		}
		if _, _, err := f.UseReset(ctx, reset, longPassword, from); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("reset link:", err)
		}
		if _, err := f.SignInByLink(ctx, link, from); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("sign-in link:", err)
		}
		if _, _, err := f.Accept(ctx, invitation, "", "dora@home.example", longPassword, from); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("invitation:", err)
		}
		if after := participant(); after.InvitedUntil != 0 || after.Version <= before.Version {
			t.Errorf("staff see the invitation: %+v, before %+v", after, before)
		}
		if entries := f.entries(t, "participant.uninvite"); len(entries) != 1 || entries[0].Subject != dora || entries[0].Matter != f.matter {
			t.Errorf("%+v", entries)
		}
		if _, err := f.ConfirmTwoStep(ctx, f.maya, f.shows(t, pending.Secret, 0)); chat.CodeOf(err) != chat.WrongCode {
			t.Error("another app:", err)
		}
		if _, err := f.AddReset(ctx, lead, f.ana.Account); chat.CodeOf(err) != chat.ConfirmFirst {
			t.Error("confirmation:", err)
		}
		must(f.signIn(t, f.shows(t, secret, 30*time.Second)))(t) // with the app she has
		must(f.Caller(ctx, token))(t)
		if _, _, err := f.Invite(ctx, f.maya, dora); err != nil {
			t.Error(err)
		}

		phone, _ := f.startSession(t, f.ana.Account, "phone")
		sessions := f.count(t, "sessions")
		w, err := f.NewEpoch(ctx, true)
		if err != nil || w.Sessions != sessions || f.count(t, "sessions") != 0 {
			t.Fatalf("%+v of %d sessions, %v", w, sessions, err)
		}
		started := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t) // after the restore
		mustOnlyEnd(t, started, token, "restored from a backup")
		mustOnlyEnd(t, started, phone, chat.ErrSignedOut.Message)
	})
}
