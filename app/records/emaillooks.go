package records

import (
	"matterline/app/chat"
	"matterline/app/sqldb"
)

var errEmailLooks = chat.Errorf(chat.Taken, "email", "This email looks the same as the email of another account. Check it for letters of other alphabets, or use another one.")

// lookFree returns taken if an email looks the same as that of another account. account may be empty.
func lookFree(tx *sqldb.Tx, account, email string) error {
	var taken bool
	err := tx.Row(`SELECT EXISTS (SELECT 1 FROM accounts WHERE email_look = $1 AND id <> $2)`, chat.EmailLook(email), account).Scan(&taken)
	if err == nil && taken {
		err = errEmailLooks
	}
	return err
}

// noteEmailLooks stores what emails look like that an older version stored. Where two look the same, the older account has
// the look.
func noteEmailLooks(tx *sqldb.Tx) error {
	type account struct{ id, email string }
	accounts, err := sqldb.All(tx, sqldb.Into(func(a *account) []any { return []any{&a.id, &a.email} }), `SELECT id, email FROM accounts WHERE email_look IS NULL ORDER BY id`)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := tx.Exec(`UPDATE accounts SET email_look = $2 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM accounts WHERE email_look = $2)`, a.id, chat.EmailLook(a.email)); err != nil {
			return err
		}
	}
	return nil
}
