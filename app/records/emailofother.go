package records

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// SetEmail changes the email of someone else's account, for admins. The account's sessions go on. Its owner sees who
// changed it, until they change it themselves. It returns required, malformed, too_long, text_invalid, not_found, taken,
// confirm_first, and not_allowed to other users than admins and for the caller's own account.
func (s *Store) SetEmail(ctx context.Context, c chat.Caller, account, email string) error {
	if err := onlyAdmins(c); err != nil {
		return err
	}
	email, err := chat.ValidEmail(email)
	if err != nil {
		return err
	}
	err = s.asAdmin(ctx, c, func(tx *change) error {
		if account == c.Account {
			return chat.Errorf(chat.NotAllowed, "", "Change your own email in the settings.")
		}
		var was string
		var user bool
		if err := tx.Row(`UPDATE accounts SET active = active WHERE id = $1 RETURNING email, is_user`, account).Scan(&was, &user); err != nil {
			return notFound(err)
		}
		if err := s.mustBeConfirmed(tx, c); err != nil || was == email {
			return err
		}
		other, _, _, err := accountByEmail(tx.Tx, email)
		if err == nil && other != account {
			return errEmailNotFree
		}
		if err != nil && chat.CodeOf(err) != chat.NotFound {
			return err
		}
		if err := lookFree(tx.Tx, account, email); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE accounts SET email = $2, email_look = $3, email_set_by = $4 WHERE id = $1`, account, email, chat.EmailLook(email), c.Account); err != nil {
			return err
		}
		if user {
			err = tx.stampUser(account)
		} else {
			err = tx.stampAccount(account)
		}
		if err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, account)
		tx.differs("email", was, email)
		return s.audit(tx, c, "account.email", "", account)
	})
	if errors.Is(err, sqldb.ErrDuplicate) {
		err = errEmailNotFree
	}
	return err
}

// stampAccount stamps the rows of a participant's account after a change of the email, which the users of its matters
// see.
func (tx *change) stampAccount(account string) error {
	type row struct{ id, matter string }
	rows, err := sqldb.All(tx.Tx, sqldb.Into(func(r *row) []any { return []any{&r.id, &r.matter} }),
		`SELECT id, matter FROM participants WHERE account = $1 ORDER BY matter`, account)
	if err != nil {
		return err
	}
	for _, r := range rows {
		at, err := tx.touch(r.matter)
		if err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, r.id, at.Version); err != nil {
			return err
		}
	}
	return nil
}
