package records_test

import (
	"strings"
	"testing"

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
		store(t, f, `UPDATE accounts SET email = $1 WHERE id = $2`, stored, id)
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
