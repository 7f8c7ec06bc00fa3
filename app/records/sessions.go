package records

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

var errWrongPassword = chat.Errorf(chat.WrongPassword, "password", "Wrong email or password.")

// SignInByPassword starts a session and returns its token. It returns wrong_password and busy, and takes the same
// time whether or not the account exists.
func (s *Store) SignInByPassword(ctx context.Context, email, password string, from chat.Origin) (token string, err error) {
	account, err := s.checkAccount(ctx, email, password)
	if err == nil {
		return s.StartSession(ctx, account, from)
	}
	if errors.Is(err, errWrongPassword) {
		err = s.refuse(ctx, account, from, err)
	}
	return "", err
}

// refuse records a failed sign-in in the audit trail and returns its reason. account is empty if there is none.
func (s *Store) refuse(ctx context.Context, account string, from chat.Origin, reason error) error {
	err := s.change(ctx, func(tx *change) error {
		return s.audit(tx, chat.Caller{Account: account, Origin: from}, "session.refuse", "", "")
	})
	return cmp.Or(err, reason)
}

// checkAccount finds an active account by its email and password. It returns busy, and wrong_password with the account
// if there is one.
func (s *Store) checkAccount(ctx context.Context, email, password string) (account string, err error) {
	var hash string
	var active bool
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		account, hash, active, err = accountByEmail(tx, email)
		return err
	})
	if err != nil && chat.CodeOf(err) != chat.NotFound {
		return "", err
	}
	matches, renewed, err := checkPassword(ctx, hash, password)
	if err != nil {
		return "", err
	}
	if !matches || !active {
		return account, errWrongPassword
	}
	if renewed == "" {
		return account, nil
	}
	return account, s.change(ctx, func(tx *change) error {
		return tx.Exec(`UPDATE accounts SET password = $2 WHERE id = $1 AND password = $3`, account, renewed, hash)
	})
}

// AddLink makes a sign-in link for an account and returns its secret.
func (s *Store) AddLink(ctx context.Context, account string, expires time.Time) (secret string, err error) {
	secret = newSecret()
	return secret, s.change(ctx, func(tx *change) error {
		return tx.Exec(`INSERT INTO links (token, account, expires_at) VALUES ($1, $2, $3)`, hashSecret(secret), account, expires.UnixMilli())
	})
}

var errLinkExpired = chat.Errorf(chat.LinkExpired, "link", "This link no longer works. Ask the firm for a new one.")

// SignInByLink starts a session and returns its token. It returns link_expired.
func (s *Store) SignInByLink(ctx context.Context, secret string, from chat.Origin) (token string, err error) {
	account, err := sqldb.Get(ctx, s.db, sqldb.Column[string], `SELECT a.id FROM links l JOIN accounts a ON a.id = l.account WHERE l.token = $1 AND l.expires_at > $2 AND a.active`,
		hashSecret(secret), s.millis())
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", s.refuse(ctx, "", from, errLinkExpired)
	}
	if err != nil {
		return "", err
	}
	return s.StartSession(ctx, account, from)
}

// StartSession starts a session for an account, and marks its participants as joined.
func (s *Store) StartSession(ctx context.Context, account string, from chat.Origin) (token string, err error) {
	token = newSecret()
	from.Device = chat.DeviceName(from.Device)
	err = s.change(ctx, func(tx *change) error {
		id := newID()
		err := tx.Exec(`INSERT INTO sessions (token, id, account, device, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $5)`,
			hashSecret(token), id, account, from.Device, s.millis())
		if err != nil {
			return err
		}
		if err := join(tx, account); err != nil {
			return err
		}
		return s.audit(tx, chat.Caller{Account: account, Origin: from}, "session.start", "", id)
	})
	if err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	return token, nil
}

// join marks an account's participants as joined.
func join(tx *change, account string) error {
	participants, err := sqldb.All(tx.Tx, scanParticipant, `SELECT `+participantColumns+`, 0 FROM participants t WHERE account = $1 AND NOT joined ORDER BY matter`, account)
	if err != nil {
		return err
	}
	for _, p := range participants {
		at, err := tx.touch(p.Matter)
		if err != nil {
			return err
		}
		v, err := tx.show(p.ID, at)
		if err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE participants SET joined = true, version = $2, chat_version = $3 WHERE id = $1`, p.ID, v.matter, v.chat); err != nil {
			return err
		}
	}
	return nil
}

// EndSession ends the session of a token.
func (s *Store) EndSession(ctx context.Context, token string, from chat.Origin) error {
	return s.change(ctx, func(tx *change) error {
		var id string
		c := chat.Caller{Origin: from}
		err := tx.Row(`DELETE FROM sessions WHERE token = $1 RETURNING id, account`, hashSecret(token)).Scan(&id, &c.Account)
		if errors.Is(err, sqldb.ErrNoRows) {
			return nil // it has ended already
		}
		if err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, c.Account)
		return s.audit(tx, c, "session.end", "", id)
	})
}

// Sessions lists the caller's sessions, newest first. token marks the current one.
func (s *Store) Sessions(ctx context.Context, c chat.Caller, token string) ([]chat.Session, error) {
	return sqldb.List(ctx, s.db, sqldb.Into(func(d *chat.Session) []any { return []any{&d.ID, &d.Device, &d.CreatedAt, &d.Current} }),
		`SELECT id, device, created_at, token = $2 FROM sessions WHERE account = $1 ORDER BY id DESC`, c.Account, hashSecret(token))
}

// RevokeSession ends one of the caller's sessions and forgets its device. It returns not_found.
func (s *Store) RevokeSession(ctx context.Context, c chat.Caller, id string) error {
	return s.change(ctx, func(tx *change) error {
		err := tx.Exec(`DELETE FROM known_devices WHERE account = $2 AND secret = (SELECT known_device FROM sessions WHERE id = $1 AND account = $2)`, id, c.Account)
		if err != nil {
			return err
		}
		if err := tx.changeFound(`DELETE FROM sessions WHERE id = $1 AND account = $2`, id, c.Account); err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, c.Account)
		return s.audit(tx, c, "session.revoke", "", id)
	})
}

// Caller returns the caller that a token belongs to. It returns signed_out. Every request needs it, so results are
// cached.
func (s *Store) Caller(ctx context.Context, token string) (c chat.Caller, err error) {
	hash := hashSecret(token)
	if cached, known := s.callers.get(hash, s.now()); known {
		return cached, nil
	}
	removals, read := s.callers.removalCount(), s.now()
	var used int64
	c, err = sqldb.Get(ctx, s.db, sqldb.Into(func(c *chat.Caller) []any { return []any{&c.Account, &c.Name, &c.User, &c.Admin, &c.Device, &used} }), `
		SELECT a.id, a.name, a.is_user, a.is_admin, s.device, s.used_at FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.token = $1 AND a.active`, hash)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrSignedOut
	}
	if err == nil {
		s.callers.put(hash, c, read, removals)
		s.noteUse(ctx, hash, used)
	}
	return c, err
}

// useNoted is how exactly the store knows when a session was last used.
const useNoted = 24 * time.Hour

// noteUse notes that a session is in use. If that fails, a later request notes it.
func (s *Store) noteUse(ctx context.Context, hash string, used int64) {
	now := s.millis()
	if now-used < useNoted.Milliseconds() {
		return
	}
	_ = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`UPDATE sessions SET used_at = $2 WHERE token = $1 AND used_at < $2`, hash, now)
	})
}
