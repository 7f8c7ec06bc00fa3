package records

import (
	"cmp"
	"context"
	"errors"

	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ResetPassword replaces the password of any account by one that its owner has to change, ends all its sessions and
// soon forgets its devices. It returns not_allowed, not_found, weak_password, too_long and busy.
func (s *Store) ResetPassword(ctx context.Context, c chat.Caller, id, password string) error {
	if err := onlyAdmins(c); err != nil {
		return err
	}
	if err := s.goodPassword(ctx, password, chooser{account: id}); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.asAdmin(ctx, c, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET password = $2, must_change = true WHERE id = $1`, id, hash); err != nil {
			return err
		}
		if err := s.signOutEverywhere(tx, id); err != nil {
			return err
		}
		return s.audit(tx, c, "account.password", "", id)
	})
}

var errSamePassword = chat.Errorf(chat.WeakPassword, "password", "Choose a password that differs from the old one.")

// ChangePassword changes the caller's own password, ends their other sessions and soon forgets their other devices. It
// returns wrong_password, weak_password, too_long, signed_out, busy, and not_allowed to a user if the firm forbids
// passwords.
func (s *Store) ChangePassword(ctx context.Context, c chat.Caller, token, old, new string) error {
	if err := chat.ValidPassword(new); err != nil {
		return err
	}
	if c.User && s.noStaffPasswords {
		return errStaffPasswords
	}
	hash := ""
	for changed := false; !changed; { // again if someone else has just changed the password
		current, err := s.checkOwnPassword(ctx, c, "old", old)
		if err != nil {
			return err
		}
		if norm.NFC.String(old) == norm.NFC.String(new) {
			return errSamePassword
		}
		if hash == "" {
			if err := s.goodPassword(ctx, new, chooser{account: c.Account}); err != nil {
				return err
			}
			if hash, err = hashPassword(ctx, new); err != nil {
				return err
			}
		}
		if changed, err = s.replacePassword(ctx, c, token, current, hash); err != nil {
			return err
		}
	}
	return nil
}

// checkOwnPassword checks the caller's own password, and returns its hash. It returns busy, and wrong_password for a field.
func (s *Store) checkOwnPassword(ctx context.Context, c chat.Caller, field, password string) (hash string, err error) {
	hash, err = sqldb.Get(ctx, s.db, sqldb.Column[string], `SELECT password FROM accounts WHERE id = $1`, c.Account)
	if err != nil {
		return "", err
	}
	matches, _, err := checkPassword(ctx, hash, password)
	if err == nil && !matches {
		err = s.refuse(ctx, c.Account, c.Origin, chat.Errorf(chat.WrongPassword, field, "Wrong password."))
	}
	return hash, err
}

// replacePassword replaces the hash of the caller's password, unless it is no longer the old one. It returns signed_out if
// the session has ended.
func (s *Store) replacePassword(ctx context.Context, c chat.Caller, token, old, new string) (changed bool, err error) {
	err = s.change(ctx, func(tx *change) error {
		n, err := tx.ExecCount(`UPDATE accounts SET password = $2, must_change = false WHERE id = $1 AND password = $3`, c.Account, new, old)
		if changed = n > 0; err != nil || !changed {
			return err
		}
		return s.keepOnly(tx, c, token)
	})
	return changed, err
}

// keepOnly ends the caller's other sessions, soon forgets their other devices and drops their reset link, because they have
// changed their password in the session of a token. It returns signed_out if that session has ended.
func (s *Store) keepOnly(tx *change, c chat.Caller, token string) error {
	token = hashSecret(token)
	var device string
	err := tx.Row(`SELECT known_device FROM sessions WHERE token = $1 AND account = $2`, token, c.Account).Scan(&device)
	if errors.Is(err, sqldb.ErrNoRows) {
		return chat.ErrSignedOut
	}
	if err != nil {
		return err
	}
	if err := tx.Exec(`DELETE FROM resets WHERE account = $1`, c.Account); err != nil {
		return err
	}
	if err := tx.endSessions(c.Account, token, s.ending(endedByPassword)); err != nil {
		return err
	}
	if err := s.forgetDevices(tx, c.Account, device); err != nil {
		return err
	}
	return s.audit(tx, c, "account.password", "", c.Account)
}

var errEmailNotFree = chat.Errorf(chat.Taken, "email", "You can't use this email: another account has it, or one that looks the same. Check it, or use another one.")

// ChangeEmail changes the email with which the caller signs in. Only users may: a participant would learn which emails
// have accounts. A user learns that, too, also of participants whom they may not see. So the answer doesn't say whose
// it is, the audit trail has each email that wasn't free, and the portal takes only a few of them. A user who signs in
// at the firm's identity provider, and has no password, confirms who they are instead. It returns not_found, required,
// malformed, too_long, wrong_password, confirm_first, taken and busy.
func (s *Store) ChangeEmail(ctx context.Context, c chat.Caller, password, email string) error {
	if !c.User {
		return chat.ErrNotFound
	}
	email, err := chat.ValidEmail(email)
	if err != nil {
		return err
	}
	hash, err := sqldb.Get(ctx, s.db, sqldb.Column[string], `SELECT password FROM accounts WHERE id = $1`, c.Account)
	confirm := s.provider != "" && (hash == "" || s.noStaffPasswords)
	if err == nil && !confirm {
		hash, err = s.checkOwnPassword(ctx, c, "password", password)
	}
	if err != nil {
		return err
	}
	err = s.change(ctx, func(tx *change) error {
		if confirm {
			if err := s.mustBeConfirmed(tx, c); err != nil {
				return err
			}
		}
		other, _, _, err := accountByEmail(tx.Tx, email)
		if err == nil && other != c.Account {
			return errEmailNotFree
		}
		if err != nil && chat.CodeOf(err) != chat.NotFound {
			return err
		}
		var was string
		if err := tx.Row(`SELECT email FROM accounts WHERE id = $1`, c.Account).Scan(&was); err != nil {
			return notFound(err)
		}
		if was == email {
			return nil
		}
		if err := lookFree(tx.Tx, c.Account, email); err != nil {
			return err
		}
		n, err := tx.ExecCount(`UPDATE accounts SET email = $2, email_look = $4, email_set_by = '' WHERE id = $1 AND password = $3`, c.Account, email, hash, chat.EmailLook(email))
		if err != nil {
			return err
		}
		if n == 0 { // the password has just been changed
			return chat.Errorf(chat.WrongPassword, "password", "Wrong password.")
		}
		if err := tx.stampUser(c.Account); err != nil {
			return err
		}
		tx.differs("email", was, email)
		return s.audit(tx, c, "account.email", "", c.Account)
	})
	if chat.CodeOf(err) != chat.Taken && !errors.Is(err, sqldb.ErrDuplicate) {
		return err
	}
	err = s.change(ctx, func(tx *change) error {
		tx.differs("email", "", email)
		return s.audit(tx, c, "email.refuse", "", c.Account)
	})
	return cmp.Or[error](err, errEmailNotFree)
}
