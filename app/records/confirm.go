package records

import (
	"context"
	"errors"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// An admin's stolen session must not become a lasting way in. So what gives someone a way in, or takes a protection away,
// needs a session whose user has just shown who they are: by signing in, or by confirming it with their password. The
// session's row says until when that counts, so it counts on all nodes.

const (
	// signInConfirms is how long a sign-in counts.
	signInConfirms = 10 * time.Minute
	// confirmLasts is how long Confirm counts.
	confirmLasts = 5 * time.Minute
)

var (
	errConfirmFirst = chat.Errorf(chat.ConfirmFirst, "password", "Confirm it's you: enter your password.")
	errConfirmThere = chat.Errorf(chat.ConfirmFirst, "provider", "Confirm it's you: sign in with your firm's account.")
	errConfirmKey   = chat.Errorf(chat.ConfirmFirst, "passkey", "Confirm it's you: use a passkey.")
	errSignInAgain  = chat.Errorf(chat.ConfirmFirst, "", "This needs a sign-in from the last 10 minutes. Sign out, sign in again, and repeat it.")
)

// Confirm confirms the caller's session for a while by their password, and a code if they use two-step verification. It
// returns not_found to participants, wrong_password, code_required, wrong_code, too_many, signed_out and
// busy.
func (s *Store) Confirm(ctx context.Context, c chat.Caller, password, code string) error {
	if !c.User {
		return chat.ErrNotFound
	}
	err := s.withPassword(ctx, c, password, func(tx *change) (refusal, err error) {
		t, err := twoStepOf(tx, c.Account)
		if err != nil {
			return nil, err
		}
		if t.on() {
			if refusal, err := s.useCode(tx, c, t, code); refusal != nil || err != nil {
				return refusal, err
			}
		}
		return nil, s.confirm(tx, c)
	})
	return s.refuseCode(ctx, c.Account, c.Origin, err)
}

// confirm confirms the caller's session. It returns signed_out if the session has ended.
func (s *Store) confirm(tx *change, c chat.Caller) error {
	n, err := tx.ExecCount(`UPDATE sessions SET confirmed_until = $3 WHERE id = $1 AND account = $2`, c.Session, c.Account, s.now().Add(confirmLasts).UnixMilli())
	if err != nil {
		return err
	}
	if n == 0 {
		return chat.ErrSignedOut
	}
	return s.audit(tx, c, "session.confirm", "", c.Session)
}

// mustBeConfirmed returns confirm_first if the caller has to confirm who they are. The error's field says how: with their
// password, at the firm's identity provider, or with a passkey, which a caller who has one can always use. If it is empty,
// they have to sign in again. It returns signed_out if the
// session has ended. Commands on the portal's own machine have no session, and needn't confirm.
func (s *Store) mustBeConfirmed(tx *change, c chat.Caller) error {
	if c.Session == "" {
		return nil
	}
	var until int64
	var password, linked, passkeys bool
	err := tx.Row(`
		SELECT s.confirmed_until, a.password <> '', EXISTS (SELECT 1 FROM provider_accounts p WHERE p.account = a.id AND p.issuer = $3),
			EXISTS (SELECT 1 FROM passkeys k WHERE k.account = a.id)
		FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.id = $1 AND s.account = $2`,
		c.Session, c.Account, s.provider).Scan(&until, &password, &linked, &passkeys)
	left := time.Duration(until-s.millis()) * time.Millisecond
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return chat.ErrSignedOut
	case err != nil:
		return err
	case left > 0 && left <= signInConfirms: // more means that the clock was ahead
		return nil
	case password && !s.noStaffPasswords:
		return errConfirmFirst
	case linked:
		return errConfirmThere
	case passkeys && !s.noStaffPasswords:
		return errConfirmKey
	}
	return errSignInAgain
}
