package records_test

import (
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// An admin changes the email of a user or a participant. It ends nothing, the owner sees who did it until they change it
// themselves, and the users of a participant's matters get the new email.
func TestAdminChangesAnEmail(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		setBy := func(account string) string { return must(f.Self(ctx, account))(t).EmailSetBy }
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		for _, tt := range []struct {
			by             chat.Caller
			account, email string
			want           chat.Code
		}{
			{f.maya, f.other.Account, "new@firm.example", chat.NotAllowed},
			{f.ana, f.maya.Account, "new@firm.example", chat.NotFound},
			{f.admin, f.admin.Account, "new@firm.example", chat.NotAllowed},
			{f.admin, "nobody", "new@firm.example", chat.NotFound},
			{f.admin, f.maya.Account, "not an email", chat.Malformed},
			{f.admin, f.maya.Account, "", chat.Required},
		} {
			if err := f.SetEmail(ctx, tt.by, tt.account, tt.email); chat.CodeOf(err) != tt.want {
				t.Errorf("%s, %s: %v, want %s", tt.by.Name, tt.email, err, tt.want)
			}
		}
		if err := f.SetEmail(ctx, f.admin, f.maya.Account, "Maya.Hart@firm.example"); err != nil {
			t.Fatal(err)
		}
		must(f.SignInByPassword(ctx, "maya.hart@firm.example", "right", chat.Origin{}))(t)
		if _, err := f.SignInByPassword(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Error("the old email:", err)
		}
		if f.signedOut(t, token) || setBy(f.maya.Account) != f.admin.Name {
			t.Errorf("signed out, or set by %q", setBy(f.maya.Account))
		}
		entry := must(f.Audit(ctx, f.admin, records.AuditFilter{Account: f.admin.Account}, 1))(t)[0]
		if entry.Action != "account.email" || entry.Subject != f.maya.Account || len(entry.Changes) != 1 || entry.Changes[0].To != "maya.hart@firm.example" {
			t.Errorf("%+v", entry)
		}
		if err := f.ChangeEmail(ctx, f.maya, "right", "mine@firm.example"); err != nil || setBy(f.maya.Account) != "" {
			t.Errorf("after her own change: %v, %q", err, setBy(f.maya.Account))
		}

		before := f.participant(t, f.toAna)
		if err := f.SetEmail(ctx, records.Program, f.ana.Account, "ana.new@home.example"); err != nil {
			t.Fatal(err)
		}
		if after := f.participant(t, f.toAna); after.Email != "ana.new@home.example" || after.Version <= before.Version {
			t.Errorf("%+v", after)
		}
		if setBy(f.ana.Account) != records.Program.Name {
			t.Errorf("set by %q", setBy(f.ana.Account))
		}
		for _, email := range []string{"ana.new@home.example", "\u0430na.new@home.example"} {
			if err := f.SetEmail(ctx, f.admin, f.maya.Account, email); chat.CodeOf(err) != chat.Taken {
				t.Errorf("%s: %v", email, err)
			}
		}
	})
}
