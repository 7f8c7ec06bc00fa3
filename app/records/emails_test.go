package records_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// An email is the same in any case and in any normal form of Unicode, also for accounts from before emails were
// normalized.
func TestEmailIsTheSameInEveryForm(t *testing.T) { on(t, testEmailIsTheSameInEveryForm) }

func testEmailIsTheSameInEveryForm(t *testing.T, f *firm) {
	ctx := t.Context()
	for _, stored := range []string{"zo\u00eb@firm.example", "andre\u0301@firm.example", "o\u200bld@firm.example"} {
		id := must(f.AddAccount(ctx, records.Account{Email: "new@firm.example", Name: "N", Password: longPassword}))(t)
		store(t, f, `UPDATE accounts SET email = $1, email_look = NULL WHERE id = $2`, stored, id)
		forms := []string{stored, " " + strings.ToUpper(stored) + " ", norm.NFC.String(stored), norm.NFD.String(stored)}
		for _, typed := range forms {
			if got, err := f.AccountByEmail(ctx, typed); err != nil || got != id {
				t.Errorf("%q as %q: %s, %v", stored, typed, got, err)
			}
			if _, err := f.AddAccount(ctx, records.Account{Email: typed, Name: "N"}); chat.CodeOf(err) != chat.Taken {
				t.Errorf("%q is added again as %q: %v", stored, typed, err)
			}
		}
		if _, err := f.SignInByPassword(ctx, forms[3], longPassword, chat.Origin{}); err != nil {
			t.Errorf("%q: %v", stored, err)
		}
	}
}

// store changes the database to hold what an earlier version of the store let through.
func store(t *testing.T, f *firm, statement string, args ...any) {
	t.Helper()
	if err := f.db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(statement, args...) }); err != nil {
		t.Fatal(err)
	}
}

// Nobody gets an email that looks the same as someone else's: not a new user, not a user with a new email, and not a
// participant who joins.
func TestEmailsDontLookTheSame(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddUser(ctx, f.admin, records.Account{Email: "lea@firm.example", Name: "Lea", Password: longPassword}))(t)
		accounts := f.count(t, "accounts")
		id, invitation := f.invited(t, "Lea")
		for _, email := range []string{"le\u0430@firm.example", "1ea@firm.example", "\ua4e1ea@firm.example", "lea@f\u0456rm.example", "l\u00e9a@firm.example"} {
			_, added := f.AddUser(ctx, f.admin, records.Account{Email: email, Name: "Dora", Password: longPassword})
			_, _, linked := f.AddUserByLink(ctx, f.admin, records.Account{Email: email, Name: "Dora"})
			_, _, joined := f.Accept(ctx, invitation, "", email, longPassword, chat.Origin{})
			var err error
			if invitation, _, err = f.Invite(ctx, f.maya, id); err != nil { // a link ends after five such emails
				t.Fatal(err)
			}
			for how, err := range map[string]error{"added": added, "by a link": linked, "joined": joined, "changed": f.ChangeEmail(ctx, f.maya, "right", email)} {
				if chat.CodeOf(err) != chat.Taken || !strings.Contains(err.Error(), "looks the same") {
					t.Errorf("%s as %q: %v", how, email, err)
				}
			}
		}
		if n := f.count(t, "accounts"); n != accounts {
			t.Errorf("%d accounts, want %d", n, accounts)
		}
		// The invitation still works, and what only resembles an email is free.
		if _, _, err := f.Accept(ctx, invitation, "", "iea@firm.example", longPassword, chat.Origin{}); err != nil {
			t.Error(err)
		}
		// One's own email in another form is free, and so is an email that was given up.
		for _, email := range []string{"maya@firm.example", "m\u00e1ya@firm.example", "maya.hart@firm.example"} {
			if err := f.ChangeEmail(ctx, f.maya, "right", email); err != nil {
				t.Error(err)
			}
		}
		must(f.AddUser(ctx, f.admin, records.Account{Email: "maya@firm.example", Name: "Maya", Password: longPassword}))(t)
	})
}

// Six new accounts at the same time whose emails look the same: one is added.
func TestSixEmailsThatLookTheSame(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		var adds []func() error
		for _, email := range []string{"dora@x.example", "d\u043era@x.example", "dor\u0430@x.example", "d0ra@x.example", "d\u00f6ra@x.example", "dor\u0251@x.example"} {
			adds = append(adds, func() error {
				_, err := f.AddAccount(t.Context(), records.Account{Email: email, Name: "Dora"})
				return err
			})
		}
		winner(t, together(adds...), chat.Taken)
	})
}

// Accounts from before emails were compared by their look keep their emails. Nobody else gets one that looks the same.
func TestEmailLooksAfterAnUpgrade(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		for _, email := range []string{"lea@firm.example", "other@firm.example"} {
			must(f.AddAccount(t.Context(), records.Account{Email: email, Name: "Lea"}))(t)
		}
		store(t, f, `UPDATE accounts SET email = $2 WHERE email = $1`, "other@firm.example", "le\u0430@firm.example")
		store(t, f, `UPDATE accounts SET email_look = NULL`)
		must(records.Open(t.Context(), f.db, func() time.Time { return f.clock }))(t)
		if n := f.count(t, "accounts WHERE email_look IS NULL"); n != 1 {
			t.Errorf("%d accounts without a look", n)
		}
		if _, err := f.AddAccount(t.Context(), records.Account{Email: "l\u0435a@firm.example", Name: "Lea"}); chat.CodeOf(err) != chat.Taken {
			t.Error(err)
		}
	})
}
