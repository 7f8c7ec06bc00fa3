package records

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/sqldb"
)

// People sign in with passkeys. Participants also choose a new password with one after losing theirs, and users confirm
// that it's them. See passkeyanswers.go and staffpasskeys.go for what a passkey is good for.

// maxPasskeys is how many passkeys an account may have.
const maxPasskeys = 20

var (
	errNoPasskeys    = chat.Errorf(chat.NotAllowed, "", "Passkeys don't work at this address of the portal.")
	errManyPasskeys  = chat.Errorf(chat.TooMany, "", "You have %d passkeys. Remove one you no longer use first.", maxPasskeys)
	errBadNew        = chat.Errorf(chat.WrongPasskey, "", "This passkey can't be used here. Try another device or another browser.")
	errFirstPassword = chat.Errorf(chat.NotAllowed, "", "Choose your own password first.")
	errKnownPasskey  = chat.Errorf(chat.Taken, "", "This passkey has been added already.")
	selectPasskeyKey = `SELECT credential, public_key, counter, synced FROM passkeys WHERE account = $1 ORDER BY id`
)

func keyFields(k *passkey.Key) []any { return []any{&k.ID, &k.PublicKey, &k.Counter, &k.Synced} }

// Passkeys lists the caller's passkeys, oldest first.
func (s *Store) Passkeys(ctx context.Context, c chat.Caller) ([]chat.Passkey, error) {
	return sqldb.List(ctx, s.db, sqldb.Into(func(p *chat.Passkey) []any { return []any{&p.ID, &p.Name, &p.CreatedAt, &p.UsedAt} }),
		`SELECT id, name, created_at, used_at FROM passkeys WHERE account = $1 ORDER BY id`, c.Account)
}

// StartPasskey returns the options, in JSON, with which a browser makes a passkey for the caller, a participant. It asks
// who the caller is again, because a passkey lets in anyone who has it, even after the session has ended. It returns not_found to users,
// not_allowed where passkeys don't work, wrong_password, wrong_passkey, too_many and busy.
func (s *Store) StartPasskey(ctx context.Context, c chat.Caller, proof Proof) (options string, err error) {
	if c.User {
		return "", chat.ErrNotFound
	}
	if err := s.mayHavePasskeys(c, proof.Site); err != nil {
		return "", err
	}
	err = s.proven(ctx, c, proof, func(tx *change) error {
		if err := tx.mustBeOwnPassword(c.Account); err != nil {
			return err
		}
		var firm string
		p := passkey.Person{Account: c.Account}
		if err := tx.Row(`SELECT email, name, (SELECT name FROM firm) FROM accounts WHERE id = $1`, c.Account).Scan(&p.Email, &p.Name, &firm); err != nil {
			return notFound(err)
		}
		keys, err := sqldb.All(tx.Tx, sqldb.Into(keyFields), selectPasskeyKey, c.Account)
		if err != nil {
			return err
		}
		if len(keys) >= maxPasskeys {
			return errManyPasskeys
		}
		options, err = proof.Site.NewOptions(cmp.Or(firm, "Matterline"), p, keys, s.newChallenge(toAdd, sessionOf(c)))
		return err
	})
	return options, err
}

// AddPasskey adds the passkey that a browser made with the options from StartPasskey, or a user's from PageOptions, in the
// session of a token. It returns not_allowed where passkeys don't work, required, too_long, text_invalid, wrong_passkey,
// taken, too_many and signed_out.
func (s *Store) AddPasskey(ctx context.Context, c chat.Caller, token string, site passkey.Site, name, made string) (id string, err error) {
	if err := s.mayHavePasskeys(c, site); err != nil {
		return "", err
	}
	if name, err = chat.ValidName("name", name); err != nil {
		return "", err
	}
	read, err := passkey.ReadNew(made)
	if err != nil {
		return "", errBadNew
	}
	if err := s.checkChallenge(read.Challenge, toAdd, sessionOf(c)); err != nil {
		return "", err
	}
	key, err := site.CheckNew(read, c.Account)
	if err != nil {
		return "", errBadNew
	}
	id = newID()
	err = s.change(ctx, func(tx *change) error {
		// Changing the row makes others that add one wait, and waits for a new password, which may have ended the session.
		if err := tx.changeFound(`UPDATE accounts SET active = true WHERE id = $1 AND active`, c.Account); err != nil {
			return err
		}
		var here bool
		var count int
		err := tx.Row(`SELECT EXISTS (SELECT 1 FROM sessions WHERE token = $2 AND account = $1), (SELECT count(*) FROM passkeys WHERE account = $1)`, c.Account, hashSecret(token)).Scan(&here, &count)
		switch {
		case err != nil:
			return err
		case !here:
			return chat.ErrSignedOut
		case count >= maxPasskeys:
			return errManyPasskeys
		}
		if err := s.useChallenge(tx, read.Challenge); err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO passkeys (id, account, credential, public_key, counter, synced, name, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
			id, c.Account, key.ID, key.PublicKey, key.Counter, key.Synced, name, s.millis())
		if err != nil {
			return err
		}
		tx.differs("passkey", "", name)
		return s.audit(tx, c, "passkey.add", "", c.Account)
	})
	if errors.Is(err, sqldb.ErrDuplicate) {
		err = errKnownPasskey
	}
	return id, err
}

// RenamePasskey renames one of the caller's passkeys. It returns not_found, required, too_long and text_invalid.
func (s *Store) RenamePasskey(ctx context.Context, c chat.Caller, id, name string) error {
	name, err := chat.ValidName("name", name)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		var was string
		if err := tx.Row(`SELECT name FROM passkeys WHERE id = $1 AND account = $2`, id, c.Account).Scan(&was); err != nil {
			return notFound(err)
		}
		if err := tx.changeFound(`UPDATE passkeys SET name = $3 WHERE id = $1 AND account = $2`, id, c.Account, name); err != nil {
			return err
		}
		tx.differs("passkey", was, name)
		return s.audit(tx, c, "passkey.rename", "", c.Account)
	})
}

// RemovePasskey removes one of the caller's passkeys. It returns not_found.
func (s *Store) RemovePasskey(ctx context.Context, c chat.Caller, id string) error {
	return s.change(ctx, func(tx *change) error {
		var name string
		if err := tx.Row(`DELETE FROM passkeys WHERE id = $1 AND account = $2 RETURNING name`, id, c.Account).Scan(&name); err != nil {
			return notFound(err)
		}
		tx.differs("passkey", name, "")
		return s.audit(tx, c, "passkey.remove", "", c.Account)
	})
}

// sessionOf is for whom a challenge is that only the caller's session may use.
func sessionOf(c chat.Caller) string { return c.Account + " " + c.Session }

func (s *Store) mayHavePasskeys(c chat.Caller, site passkey.Site) error {
	if c.User {
		return s.staffPasskeys(site)
	}
	if site == (passkey.Site{}) {
		return errNoPasskeys
	}
	return nil
}

// mustBeOwnPassword returns not_allowed if someone else chose an account's password. They could make a key for themselves,
// which would outlast the password.
func (tx *change) mustBeOwnPassword(account string) error {
	var mustChange bool
	err := tx.Row(`SELECT must_change FROM accounts WHERE id = $1`, account).Scan(&mustChange)
	if err == nil && mustChange {
		err = errFirstPassword
	}
	return notFound(err)
}

// removeOwnKeys removes an account's passkeys, and a participant's recovery codes. A user's belong to two-step
// verification.
func (tx *change) removeOwnKeys(account string) error {
	passkeys, err := tx.ExecCount(`DELETE FROM passkeys WHERE account = $1`, account)
	if err != nil {
		return err
	}
	codes, err := tx.ExecCount(`DELETE FROM recovery_codes WHERE account = $1 AND EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND NOT is_user)`, account)
	tx.differs("passkeys", strconv.FormatInt(passkeys, 10), "0")
	tx.differs("recovery_codes", strconv.FormatInt(codes, 10), "0")
	return err
}
