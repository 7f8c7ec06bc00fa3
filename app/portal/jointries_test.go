package portal_test

import (
	"fmt"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// However many invitations someone has, a network learns of few emails a day that they have an account. The same email
// again counts once.
func TestInvitationsTellANetworkOfFewAccounts(t *testing.T) {
	s := serve(t)
	emails := make([]string, 25)
	for i := range emails {
		emails[i] = fmt.Sprintf("known%d@home.example", i)
		_, err := s.store.AddAccount(t.Context(), records.Account{Email: emails[i], Name: "Known", Password: "the owner's own password"})
		check(t, err)
	}
	invite := func() string {
		maya, err := s.store.Caller(t.Context(), s.mayaToken)
		check(t, err)
		id, err := s.store.PutOnPortal(t.Context(), maya, chat.Participant{Matter: s.matter, Name: "Dora", Role: "Client"})
		check(t, err)
		secret, _, err := s.store.Invite(t.Context(), maya, id)
		check(t, err)
		return secret
	}
	accept := func(secret, email string) error {
		in := &portalapi.AcceptInput{}
		in.Body.Invitation, in.Body.Email, in.Body.Password, in.Body.Kind = secret, email, "not the owner's password", chat.BrowserSession
		_, err := portalapi.Call(t.Context(), s.client(""), portalapi.Accept, in)
		return err
	}
	var secret string
	for i, email := range emails {
		if i%4 == 0 { // the fifth would end the link
			secret = invite()
		}
		for range 2 {
			want := chat.WrongPassword
			if i >= 20 {
				want = chat.TooMany
			}
			if err := accept(secret, email); chat.CodeOf(err) != want {
				t.Fatalf("%s: %v, want %s", email, err, want)
			}
		}
	}
	if err := accept(secret, emails[0]); chat.CodeOf(err) != chat.WrongPassword {
		t.Error("an answer that is known:", err)
	}
	if err := accept(secret, "unknown@home.example"); chat.CodeOf(err) != chat.TooMany {
		t.Error(err)
	}
}
