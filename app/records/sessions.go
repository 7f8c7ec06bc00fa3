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

// The errors for an account that signs in with a program that isn't for it.
var (
	errStaffAccount  = chat.Errorf(chat.NotAllowed, "email", "This is a staff account. Staff sign in with the Matterline desktop app.")
	errClientAccount = chat.Errorf(chat.NotAllowed, "email", "This is a client account. Clients sign in to the portal in a browser.")
)

// checkKind returns not_allowed if a kind of program isn't for users, or not for participants.
func checkKind(user bool, kind chat.SessionKind) error {
	switch {
	case user && kind == chat.BrowserSession:
		return errStaffAccount
	case !user && kind == chat.DesktopSession:
		return errClientAccount
	}
	return nil
}

// SignedIn is what a sign-in returns.
type SignedIn struct {
	Token string
	// RecoveryCodes are the user's new ones, if the sign-in turned on two-step verification.
	RecoveryCodes []string
	// WrongCodes is how many wrong codes were tried with the right password since the last sign-in.
	WrongCodes int64
}

// SignIn starts a session for a person with their password, and a code if their account needs one. It takes the same
// time whether or not the account exists. It returns wrong_password, not_allowed, busy and, only after the right password,
// code_required, wrong_code, too_many after many wrong codes, and set_up_first if SetUpTwoStep must come first.
func (s *Store) SignIn(ctx context.Context, email, password, code string, from chat.Origin) (in SignedIn, err error) {
	account, hash, err := s.checkAccount(ctx, email, password)
	if err == nil {
		in.Token, err = s.startSession(ctx, account, checked{hash: hash}, from, func(tx *change, user bool) (refusal, err error) {
			if !user {
				return nil, nil
			}
			if s.noStaffPasswords {
				return nil, errStaffPasswords
			}
			return s.secondStep(tx, chat.Caller{Account: account, Origin: from}, code, &in)
		})
	}
	if chat.CodeOf(err) == chat.CodeRequired {
		return SignedIn{}, s.noteCode(ctx, account, from, err)
	}
	return in, s.refuseWrong(ctx, account, from, err)
}

// noteCode records in the audit trail that someone knew the password of an account and was asked for a code. It returns the
// reason.
func (s *Store) noteCode(ctx context.Context, account string, from chat.Origin, reason error) error {
	err := s.change(ctx, func(tx *change) error {
		return s.audit(tx, chat.Caller{Account: account, Origin: from}, "session.code", "", "")
	})
	return cmp.Or(err, reason)
}

// refuseWrong records a sign-in that the store refused, and returns the error.
func (s *Store) refuseWrong(ctx context.Context, account string, from chat.Origin, err error) error {
	switch chat.CodeOf(err) {
	case chat.WrongPassword, chat.WrongCode, chat.WrongPasskey, chat.TooMany, chat.NotAllowed, chat.SetUpFirst:
		return s.refuse(ctx, account, from, err)
	}
	return err
}

// refuse records a failed sign-in in the audit trail and returns its reason. account is empty if there is none.
func (s *Store) refuse(ctx context.Context, account string, from chat.Origin, reason error) error {
	err := s.change(ctx, func(tx *change) error {
		tx.differs("reason", "", string(chat.CodeOf(reason)))
		return s.audit(tx, chat.Caller{Account: account, Origin: from}, "session.refuse", "", "")
	})
	return cmp.Or(err, reason)
}

// checkAccount finds an active account by its email and password, and returns the password's hash. It returns busy, and
// wrong_password with the account if there is one.
func (s *Store) checkAccount(ctx context.Context, email, password string) (account, hash string, err error) {
	var active bool
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		account, hash, active, err = accountByEmail(tx, email)
		return err
	})
	if err != nil && chat.CodeOf(err) != chat.NotFound {
		return "", "", err
	}
	matches, renewed, err := checkPassword(ctx, hash, password)
	if err != nil {
		return "", "", err
	}
	if !matches || !active {
		return account, "", errWrongPassword
	}
	if renewed == "" {
		return account, hash, nil
	}
	return account, renewed, s.change(ctx, func(tx *change) error {
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

// SignInByLink starts a session for a participant and returns its token. It returns link_expired and not_allowed. A user's
// link doesn't work: it would go around two-step verification.
func (s *Store) SignInByLink(ctx context.Context, secret string, from chat.Origin) (token string, err error) {
	account, err := sqldb.Get(ctx, s.db, sqldb.Column[string], `SELECT a.id FROM links l JOIN accounts a ON a.id = l.account WHERE l.token = $1 AND l.expires_at > $2 AND a.active AND NOT a.is_user`,
		hashSecret(secret), s.millis())
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", s.refuse(ctx, "", from, errLinkExpired)
	}
	if err != nil {
		return "", err
	}
	token, err = s.StartSession(ctx, account, from)
	return token, s.refuseWrong(ctx, account, from, err)
}

// StartSession starts a session for an active account, and marks its participants as joined. It returns not_allowed.
func (s *Store) StartSession(ctx context.Context, account string, from chat.Origin) (token string, err error) {
	return s.startSession(ctx, account, checked{}, from, nil)
}

// checked is what has just been checked of the person who signs in. Unless it is empty, the session begins confirmed.
type checked struct {
	// hash is that of the person's password, or empty.
	hash string
	// passkey is the one with which they have just answered.
	passkey string
	// atProvider means that the firm's identity provider has just asked them.
	atProvider bool
}

// startSession is StartSession for a person who was checked. A checked password must still be the account's. check
// checks the rest, unless it is nil. What check counted before it refuses stays. It returns wrong_password if the
// password has just been changed, not_allowed, and what check returns.
func (s *Store) startSession(ctx context.Context, account string, person checked, from chat.Origin, check func(tx *change, user bool) (refusal, err error)) (token string, err error) {
	from.Device = chat.DeviceName(from.Device)
	var refusal error
	err = s.change(ctx, func(tx *change) error {
		refusal = nil
		var user bool
		var current string
		// Changing the row waits for a change of the password, and makes one wait, which then ends this session.
		err := tx.Row(`UPDATE accounts SET active = true WHERE id = $1 AND active RETURNING is_user, password`, account).Scan(&user, &current)
		if errors.Is(err, sqldb.ErrNoRows) || err == nil && person.hash != "" && person.hash != current {
			return errWrongPassword
		}
		if err != nil {
			return err
		}
		if err := checkKind(user, from.Kind); err != nil {
			return err
		}
		if check != nil {
			if refusal, err = check(tx, user); refusal != nil || err != nil {
				return err
			}
		}
		confirmed := time.Duration(0)
		if person != (checked{}) {
			confirmed = signInConfirms
		}
		var id string
		if token, id, err = s.addSession(tx, account, from, confirmed); err != nil {
			return err
		}
		return s.audit(tx, chat.Caller{Account: account, Origin: from}, "session.start", "", id)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	return token, nil
}

// addSession adds a session for an account, which counts as confirmed for a while, and marks its participants as joined.
func (s *Store) addSession(tx *change, account string, from chat.Origin, confirmed time.Duration) (token, id string, err error) {
	token, id = newSecret(), newID()
	now := s.now()
	err = tx.Exec(`INSERT INTO sessions (token, id, account, device, kind, address, created_at, used_at, confirmed_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
		hashSecret(token), id, account, from.Device, string(from.Kind), from.Address, now.UnixMilli(), now.Add(confirmed).UnixMilli())
	if err != nil {
		return "", "", err
	}
	return token, id, join(tx, account)
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
	return s.sessionsOf(ctx, c.Account, c.User, token)
}

// sessionsOf lists the sessions of an account that haven't expired.
func (s *Store) sessionsOf(ctx context.Context, account string, user bool, token string) ([]chat.Session, error) {
	limits, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	idle, absolute := sessionLimits(limits, user)
	return sqldb.List(ctx, s.db, sqldb.Into(func(d *chat.Session) []any {
		return []any{&d.ID, &d.Device, &d.Kind, &d.CreatedAt, &d.UsedAt, &d.Address, &d.Current}
	}), `
		SELECT id, device, kind, created_at, used_at, address, token = $2 FROM sessions
		WHERE account = $1 AND used_at > $3 AND created_at > $4 ORDER BY id DESC`,
		account, hashSecret(token), s.before(idle), s.before(absolute))
}

// RevokeSession ends one of the caller's sessions and forgets its device. It returns not_found.
func (s *Store) RevokeSession(ctx context.Context, c chat.Caller, id string) error {
	return s.change(ctx, func(tx *change) error {
		if _, err := tx.endSession(c.Account, id, s.ending(endedElsewhere)); err != nil {
			return err
		}
		return s.audit(tx, c, "session.revoke", "", id)
	})
}
