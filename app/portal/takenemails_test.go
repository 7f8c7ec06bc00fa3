package portal_test

import (
	"fmt"
	"slices"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// A user can't find out by trying who has an account: the answers don't say whose an email is, there are only five of them,
// changes that succeed in between don't forgive them, and the audit trail has each email.
func TestTakenEmailsAreLimited(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			account, tom := s.tom(t)
			for i := range 5 {
				_, err := s.store.AddAccount(t.Context(), records.Account{Email: fmt.Sprintf("client%d@home.example", i+2), Name: "Client"})
				check(t, err)
			}
			change := func(email string) error {
				in := &portalapi.EmailInput{}
				in.Body.Password, in.Body.Email = "right", email
				_, err := portalapi.Call(t.Context(), tom, portalapi.ChangeEmail, in)
				return err
			}
			sentence := change("maya@firm.example").Error()
			for range 3 { // the answer is known, so it counts once
				if err := change("MAYA@firm.example"); err == nil || err.Error() != sentence {
					t.Fatal(err)
				}
			}
			for i := range 5 {
				err := change(fmt.Sprintf("client%d@home.example", i+2))
				if want := []chat.Code{chat.Taken, chat.TooMany}[i/4]; chat.CodeOf(err) != want || want == chat.Taken && err.Error() != sentence {
					t.Errorf("%d: %v", i, err)
				}
				if err := change(fmt.Sprintf("tom%d@firm.example", i%2+2)); i < 3 && err != nil || i >= 3 && chat.CodeOf(err) != chat.TooMany {
					t.Fatal(err)
				}
			}
			entries, err := s.store.Audit(t.Context(), records.Program, records.AuditFilter{Account: account}, 100)
			check(t, err)
			var refused []string
			for _, e := range entries {
				if e.Action == "email.refuse" {
					refused = append(refused, e.Changes[0].To)
				}
			}
			if fmt.Sprint(slices.Compact(refused)) != "[client5@home.example client4@home.example client3@home.example client2@home.example maya@firm.example]" {
				t.Error(refused)
			}
		})
	}
}
