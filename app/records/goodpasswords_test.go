package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// Every place that takes a new password judges it by the person's name, their email, the firm's name, and what matters
// call them.
func TestAllNewPasswordsAreJudgedAlike(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		if err := f.SetFirm(ctx, f.admin, records.Firm{Name: "Hartwell & Lee"}); err != nil {
			t.Fatal(err)
		}
		eve, token := f.addPerson(t, "eve")
		another := must(f.AddMatter(ctx, chat.Matter{Reference: "9", Title: "Oak", Assigned: f.maya.Account}))(t)
		must(f.AddParticipant(ctx, chat.Participant{Matter: another, Name: "Northgate Bank", Role: "Lender"}, eve.Account))(t)
		phone := newPhone(eve.Account)
		f.addPasskey(t, eve, token, phone)
		codes := must(f.MakeRecoveryCodes(ctx, eve, byPassword("right")))(t)
		reset := must(f.AddReset(ctx, f.admin, eve.Account))(t)
		_, invitation := f.invited(t, "Northgate Bank")

		var asked []string
		f.RefuseEasy(func(_ string, about []string) bool { asked = about; return true })
		const new = "a new and long password"
		for name, tt := range map[string]struct {
			about  string
			choose func() error
		}{
			"an invitation": {"Northgate Bank|dora@home.example|Hartwell & Lee", func() error {
				_, _, err := f.Accept(ctx, invitation, "", "dora@home.example", new, chat.Origin{})
				return err
			}},
			"a reset link": {"eve|eve@home.example|Hartwell & Lee|Northgate Bank", func() error {
				_, _, err := f.UseReset(ctx, reset.Secret, new, chat.Origin{})
				return err
			}},
			"a recovery code": {"eve|eve@home.example|Hartwell & Lee|Northgate Bank", func() error {
				_, err := f.Recover(ctx, "eve@home.example", codes[0], new, chat.Origin{})
				return err
			}},
			"the old password": {"eve|eve@home.example|Hartwell & Lee|Northgate Bank", func() error {
				return f.ChangePassword(ctx, eve, token, "right", new)
			}},
			"a passkey": {"eve|eve@home.example|Hartwell & Lee|Northgate Bank", func() error {
				return f.ChangePasswordByPasskey(ctx, eve, token, portalSite, phone.answers(t, must(f.ProveOptions(ctx, eve, portalSite))(t)), new)
			}},
			"an admin": {"eve|eve@home.example|Hartwell & Lee|Northgate Bank", func() error {
				return f.ResetPassword(ctx, f.admin, eve.Account, new)
			}},
			"a new user": {"Tom Reed|tom@firm.example|Hartwell & Lee", func() error {
				_, err := f.AddUser(ctx, f.admin, records.Account{Name: "Tom Reed", Email: "tom@firm.example", Password: new})
				return err
			}},
			"a new firm": {"Tom Reed|tom@firm.example|Another Firm", func() error {
				return f.CreateFirm(ctx, "Another Firm", records.Account{Name: "Tom Reed", Email: "tom@firm.example", Password: new})
			}},
		} {
			asked = nil
			if err := tt.choose(); chat.CodeOf(err) != chat.WeakPassword {
				t.Errorf("%s: %v", name, err)
			}
			slices.Sort(asked)
			want := strings.Split(tt.about, "|")
			slices.Sort(want)
			if got := slices.Compact(asked); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Errorf("%s: judged by %q, want %q", name, got, want)
			}
		}
	})
}
