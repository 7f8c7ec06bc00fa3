package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// invited adds a participant with an invitation.
func (f *firm) invited(t *testing.T, name string) (id, secret string) {
	t.Helper()
	id = must(f.PutOnPortal(t.Context(), f.maya, chat.Participant{Matter: f.matter, Name: name, Role: "Client"}))(t)
	secret, _, err := f.Invite(t.Context(), f.maya, id)
	if err != nil {
		t.Fatal(err)
	}
	return id, secret
}

// accounts adds a number of participants' accounts and returns their emails.
func (f *firm) accounts(t *testing.T, n int) (emails []string) {
	t.Helper()
	for i := range n {
		emails = append(emails, fmt.Sprintf("known%d@home.example", i))
		must(f.AddAccount(t.Context(), records.Account{Email: emails[i], Name: "Known", Password: "the owner's own password"}))(t)
	}
	return emails
}

func isEasy(password string, _ []string) bool { return strings.HasPrefix(password, "password") }

// A password that isn't accepted gets the same answer, and the same entries in the audit trail, whether or not the email
// has an account. So nobody can ask without using up the link.
func TestWeakPasswordDoesntTellWhoHasAnAccount(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.RefuseEasy(isEasy)
		_, secret := f.invited(t, "Dora")
		emails := append(f.accounts(t, 1), "unknown@home.example")
		for _, password := range []string{"", "short", "password12", strings.Repeat("x", 1001)} {
			var answers []string
			for _, email := range emails {
				before := f.count(t, "audit")
				_, _, err := f.Accept(t.Context(), secret, "", email, password, chat.Origin{})
				if code := chat.CodeOf(err); code != chat.WeakPassword && code != chat.TooLong {
					t.Fatalf("%s, %.10q: %v", email, password, err)
				}
				answers = append(answers, fmt.Sprint(err, f.count(t, "audit")-before))
			}
			if answers[0] != answers[1] {
				t.Errorf("%.10q: %q", password, answers)
			}
		}
		if _, _, err := f.Accept(t.Context(), secret, "", "unknown@home.example", longPassword, chat.Origin{}); err != nil {
			t.Fatal("the tries counted:", err)
		}
	})
}

// The owner of an account joins with its password, also with one that would no longer be accepted.
func TestOldWeakPasswordStillJoins(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		must(f.AddAccount(t.Context(), records.Account{Email: "old@home.example", Name: "Old", Password: "password12"}))(t)
		f.RefuseEasy(isEasy)
		_, secret := f.invited(t, "Old")
		if _, _, err := f.Accept(t.Context(), secret, "", "old@home.example", "password12", chat.Origin{}); err != nil {
			t.Fatal(err)
		}
	})
}

// An invitation tells of four emails that they have an account. The fifth ends it, which staff see. The same email again,
// as with a mistyped password, doesn't count.
func TestInvitationTellsOfFewAccounts(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		dora, secret := f.invited(t, "Dora")
		emails := f.accounts(t, 5)
		accept := func(email string) error {
			_, _, err := f.Accept(ctx, secret, "", email, "not the owner's password", chat.Origin{Address: "203.0.113.7"})
			return err
		}
		for _, email := range emails[:4] {
			for _, spelling := range []string{email, strings.ToUpper(email), email} {
				if err := accept(spelling); chat.CodeOf(err) != chat.WrongPassword {
					t.Fatal(spelling, err)
				}
			}
		}
		if p := f.participant(t, dora); p.LinkBlocked != 0 || p.InvitedUntil == 0 {
			t.Fatalf("%+v", p)
		}
		if err := accept(emails[4]); chat.CodeOf(err) != chat.LinkExpired || !strings.Contains(err.Error(), "5 emails") {
			t.Fatal(err)
		}
		for _, email := range []string{emails[0], "unknown@home.example"} {
			if err := accept(email); chat.CodeOf(err) != chat.LinkExpired {
				t.Fatal(email, err)
			}
		}
		if p := f.participant(t, dora); p.LinkBlocked != f.clock.UnixMilli() || p.InvitedUntil != 0 || p.Joined {
			t.Fatalf("%+v", p)
		}
		var tried []string
		for _, e := range must(f.Audit(ctx, f.admin, records.AuditFilter{Matter: f.matter}, 5))(t) {
			if e.Action == "participant.wrong_email" && e.Subject == dora && e.Account == "" && e.Address == "203.0.113.7" {
				tried = append(tried, e.Changes[0].To)
			}
		}
		slices.Sort(tried)
		if !slices.Equal(tried, emails) {
			t.Errorf("the audit trail has %v", tried)
		}

		// A new link counts anew.
		secret, _, err := f.Invite(ctx, f.maya, dora)
		if err != nil {
			t.Fatal(err)
		}
		if err := accept(emails[0]); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if err := accept("unknown@home.example"); err != nil {
			t.Fatal(err)
		}
	})
}

// Emails that look like another account's, and a colleague's own, tell as much.
func TestLookalikesCountForAnInvitation(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, secret := f.invited(t, "Dora")
		must(f.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Password: longPassword}))(t)
		tries := append(f.accounts(t, 3), "tom@firm.example", "kn\u043ewn2@home.example")
		for i, email := range tries {
			_, _, err := f.Accept(t.Context(), secret, "", email, longPassword, chat.Origin{})
			want := []chat.Code{chat.WrongPassword, chat.WrongPassword, chat.WrongPassword, chat.Taken, chat.LinkExpired}[i]
			if chat.CodeOf(err) != want {
				t.Errorf("%s: %v, want %s", email, err, want)
			}
		}
	})
}

// Tries at the same time learn no more than tries one by one.
func TestEightEmailsAtOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, secret := f.invited(t, "Dora")
		var tries []func() error
		for _, email := range f.accounts(t, 8) {
			tries = append(tries, func() error {
				_, _, err := f.Accept(t.Context(), secret, "", email, "not the owner's password", chat.Origin{})
				return err
			})
		}
		if codes := codesOf(together(tries...)); codes[chat.WrongPassword] != 4 || codes[chat.LinkExpired] != 4 {
			t.Fatal(codes)
		}
	})
}
