package records_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/password/passwordtest"
	"matterline/app/records"
)

// Of six uses at the same time, one wins.
func TestPasskeysAndRecoveryCodesWorkOnce(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		p := newPhone(eve.Account)
		six := func(use func() error, refused chat.Code) {
			t.Helper()
			winner(t, together(slices.Repeat([]func() error{use}, 6)...), refused)
		}
		made := p.makes(t, must(f.StartPasskey(ctx, eve, byPassword("right")))(t))
		six(func() error {
			_, err := f.AddPasskey(ctx, eve, token, portalSite, "Phone", made)
			return err
		}, chat.WrongPasskey)
		answer := p.answers(t, f.signInOptions(t))
		six(func() error {
			_, err := f.SignInByPasskey(ctx, portalSite, answer, "", chat.Origin{})
			return err
		}, chat.WrongPasskey)
		proof := records.Proof{Passkey: p.answers(t, must(f.ProveOptions(ctx, eve, portalSite))(t)), Site: portalSite}
		six(func() error {
			_, err := f.MakeRecoveryCodes(ctx, eve, proof)
			return err
		}, chat.WrongPasskey)
		codes := must(f.MakeRecoveryCodes(ctx, eve, byPassword("right")))(t)
		six(func() error { // each with another password: the winner's would no longer be new
			_, err := f.Recover(ctx, "eve@home.example", codes[0], longPassword+uuid.NewString(), chat.Origin{})
			return err
		}, chat.WrongCode)
	})
}
