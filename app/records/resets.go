package records

import (
	"context"
	"errors"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// A reset link lets a person choose a new password. It works once, and an account has at most one. Only admins make one,
// because a participant's account may span matters of several users. All of them see that it was made. It ends with the
// rights of the admin who made it, who may have kept it.

const (
	// resetTTL is how long a reset link is valid.
	resetTTL = 72 * time.Hour
	// firstResetTTL is how long the link is valid with which a new user chooses their first password.
	firstResetTTL = 7 * 24 * time.Hour
)

// Link is a link's secret, and until when the link works.
type Link struct {
	Secret    string
	ExpiresAt int64
}

func (s *Store) newLink(ttl time.Duration) Link {
	return Link{Secret: newSecret(), ExpiresAt: s.now().Add(ttl).UnixMilli()}
}

// AddReset makes the reset link of an account. It replaces an earlier one. It returns not_found, and not_allowed to
// other users than admins, for a deactivated user, and for any user if the firm forbids their passwords, and
// confirm_first.
func (s *Store) AddReset(ctx context.Context, c chat.Caller, account string) (link Link, err error) {
	link = s.newLink(resetTTL)
	return link, s.asAdmin(ctx, c, func(tx *change) error {
		// Changing the row makes a deactivation wait, which then removes this link.
		var user bool
		err := tx.Row(`UPDATE accounts SET active = true WHERE id = $1 AND active RETURNING is_user`, account).Scan(&user)
		if err == nil && user && s.noStaffPasswords {
			return errStaffPasswords
		}
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		if err != nil {
			var name string
			if err := tx.Row(`SELECT name FROM accounts WHERE id = $1`, account).Scan(&name); err != nil {
				return notFound(err)
			}
			return chat.Errorf(chat.NotAllowed, "", "%s is deactivated. Activate them first.", name)
		}
		if err := s.mustBeConfirmed(tx, c); err != nil {
			return err
		}
		if err := putReset(tx, c, account, link); err != nil {
			return err
		}
		if err := s.showReset(tx, c, account); err != nil {
			return err
		}
		return s.audit(tx, c, "account.reset", "", account)
	})
}

func putReset(tx *change, by chat.Caller, account string, link Link) error {
	if err := tx.makesLink(by); err != nil {
		return err
	}
	return tx.Exec(`
		INSERT INTO resets (account, token, expires_at, made_by) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at, made_by = excluded.made_by`,
		account, hashSecret(link.Secret), link.ExpiresAt, by.Account)
}

// endResetsBy ends the reset links that a user made who is no longer an admin.
func (tx *change) endResetsBy(user string) error {
	return tx.Exec(`DELETE FROM resets WHERE made_by = $1`, user)
}

// showReset shows the users of an account's matters who made a reset link for it. The account's owner sees no difference.
func (s *Store) showReset(tx *change, c chat.Caller, account string) error {
	type row struct{ id, matter string }
	rows, err := sqldb.All(tx.Tx, sqldb.Into(func(r *row) []any { return []any{&r.id, &r.matter} }),
		`SELECT id, matter FROM participants WHERE account = $1 AND NOT removed ORDER BY matter`, account)
	if err != nil {
		return err
	}
	for _, r := range rows {
		at, err := tx.touch(r.matter)
		if err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE participants SET reset_at = $2, reset_by = $3, version = $4 WHERE id = $1`, r.id, s.millis(), c.Account, at.Version); err != nil {
			return err
		}
	}
	return nil
}

// ResetFor is whose password a reset link is for.
type ResetFor struct {
	Account, Email, Name string
	User                 bool
	// Passkeys and RecoveryCodes are how many using the link removes.
	Passkeys, RecoveryCodes int
}

// Reset reads whose password a reset link is for. It returns link_expired, and not_allowed if the firm forbids it.
func (s *Store) Reset(ctx context.Context, secret string, from chat.Origin) (r ResetFor, err error) {
	r, err = sqldb.Get(ctx, s.db, sqldb.Into(func(r *ResetFor) []any {
		return []any{&r.Account, &r.Email, &r.Name, &r.User, &r.Passkeys, &r.RecoveryCodes}
	}), `
		SELECT a.id, a.email, a.name, a.is_user, (SELECT count(*) FROM passkeys p WHERE p.account = a.id), (SELECT count(*) FROM recovery_codes c WHERE c.account = a.id AND NOT a.is_user) FROM resets r JOIN accounts a ON a.id = r.account
		WHERE r.token = $1 AND r.expires_at > $2 AND a.active`, hashSecret(secret), s.millis())
	if errors.Is(err, sqldb.ErrNoRows) {
		err = s.refuse(ctx, "", from, errLinkExpired)
	}
	if err == nil && r.User && s.noStaffPasswords {
		err = errStaffPasswords
	}
	return r, err
}

// UseReset sets a new password with a reset link, which works once. It signs the account out everywhere and soon forgets
// its devices. A participant is signed in: token is their session's. A user isn't. It returns link_expired, weak_password,
// too_long, not_allowed and busy.
func (s *Store) UseReset(ctx context.Context, secret, password string, from chat.Origin) (r ResetFor, token string, err error) {
	if r, err = s.Reset(ctx, secret, from); err != nil {
		return r, "", err
	}
	if !r.User {
		if err := checkKind(r.User, from.Kind); err != nil {
			return r, "", err
		}
	}
	if err := s.goodPassword(ctx, password, chooser{account: r.Account}); err != nil {
		return r, "", err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return r, "", err
	}
	if err := s.differsFromOld(ctx, r.Account, password); err != nil {
		return r, "", err
	}
	from.Device = chat.DeviceName(from.Device)
	err = s.change(ctx, func(tx *change) error {
		token = ""
		set, err := tx.ExecCount(`UPDATE accounts SET password = $2, must_change = false WHERE id = $1 AND active`, r.Account, hash)
		if err != nil {
			return err
		}
		used, err := tx.ExecCount(`DELETE FROM resets WHERE token = $1 AND expires_at > $2`, hashSecret(secret), s.millis())
		if err != nil {
			return err
		}
		if set == 0 || used == 0 {
			return errLinkExpired
		}
		if err := s.signOutEverywhere(tx, r.Account); err != nil {
			return err
		}
		var session string
		if !r.User {
			if token, session, err = s.addSession(tx, r.Account, from, 0); err != nil {
				return err
			}
		}
		c := chat.Caller{Account: r.Account, Origin: from}
		if err := s.audit(tx, c, "reset.use", "", r.Account); err != nil || r.User {
			return err
		}
		return s.audit(tx, c, "session.start", "", session)
	})
	if errors.Is(err, errLinkExpired) {
		err = s.refuse(ctx, r.Account, from, err)
	}
	return r, token, err
}

// signOutEverywhere ends what an account has by its old password, after an admin had it replaced: its sessions, its reset
// link, its known devices (soon) and the wait after wrong codes. Its passkeys and a participant's recovery codes go, too:
// someone else may have made them. A session that is just remembering its device holds up its
// end, so the devices come after the sessions.
func (s *Store) signOutEverywhere(tx *change, account string) error {
	if err := tx.Exec(`DELETE FROM resets WHERE account = $1`, account); err != nil {
		return err
	}
	if err := tx.removeOwnKeys(account); err != nil {
		return err
	}
	if err := tx.endSessions(account, "", s.ending(endedByPassword)); err != nil {
		return err
	}
	if err := tx.unlockCodes(account); err != nil {
		return err
	}
	return s.forgetDevices(tx, account, "")
}

// differsFromOld checks that a new password isn't an account's old one. It returns weak_password and busy.
func (s *Store) differsFromOld(ctx context.Context, account, password string) error {
	old, err := sqldb.Get(ctx, s.db, sqldb.Column[string], `SELECT password FROM accounts WHERE id = $1`, account)
	if err != nil || old == "" {
		return err
	}
	same, _, err := checkPassword(ctx, old, password)
	if err == nil && same {
		err = errSamePassword
	}
	return err
}
