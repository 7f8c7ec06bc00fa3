package records

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/sqldb"
)

var (
	errWrongPasskey  = chat.Errorf(chat.WrongPasskey, "", "This passkey doesn't work here. It may have been removed. Use your password instead.")
	errCopiedPasskey = chat.Errorf(chat.WrongPasskey, "", "This passkey may have been copied to another device, so it was refused. Sign in with your password, remove the passkey, and tell the firm.")
)

// Proof shows that the caller is still the person who signed in: their password, or the answer of one of their passkeys to
// the options from ProveOptions.
type Proof struct {
	Password, Passkey string
	Site              passkey.Site
}

// SignInOptions returns the options, in JSON, with which a browser asks for a passkey to sign in. It returns not_allowed
// where passkeys don't work.
func (s *Store) SignInOptions(site passkey.Site) (string, error) {
	if site == (passkey.Site{}) {
		return "", errNoPasskeys
	}
	return site.AnswerOptions(nil, s.newChallenge(toSignIn, ""))
}

// SignInByPasskey starts a session for the owner of a passkey, and returns its token. verifier is the desktop app's, with
// which users sign in, and empty for participants. A passkey has verified the person, so it needs no code of two-step
// verification. It returns wrong_passkey and not_allowed.
func (s *Store) SignInByPasskey(ctx context.Context, site passkey.Site, answer, verifier string, from chat.Origin) (token string, err error) {
	a, err := s.checkAnswer(ctx, site, toSignIn, codeChallenge(verifier), answer, from)
	if err == nil {
		err = s.checkOwner(a, verifier != "")
	}
	if err == nil {
		token, err = s.startSession(ctx, a.account, checked{passkey: a.passkey}, from, func(tx *change, _ bool) (refusal, err error) { return nil, s.useAnswer(tx, a) })
		if chat.CodeOf(err) == chat.WrongPassword { // the account isn't active
			err = errWrongPasskey
		}
	}
	return token, s.refuseWrong(ctx, a.account, from, err)
}

// checkOwner returns not_allowed if the owner of a passkey can't sign in with it in the app, or in a browser.
func (s *Store) checkOwner(a answered, inApp bool) error {
	switch {
	case a.user && !inApp:
		return errStaffsPasskey
	case !a.user && inApp:
		return errClientPasskey
	case a.user && s.noStaffPasswords:
		return errStaffPasskeys
	}
	return nil
}

// ProveOptions returns the options, in JSON, with which a browser asks for one of the caller's passkeys as proof. It
// returns not_found to users and without passkeys, and not_allowed where passkeys don't work.
func (s *Store) ProveOptions(ctx context.Context, c chat.Caller, site passkey.Site) (string, error) {
	if c.User {
		return "", chat.ErrNotFound
	}
	if err := s.mayHavePasskeys(c, site); err != nil {
		return "", err
	}
	keys, err := sqldb.List(ctx, s.db, sqldb.Into(keyFields), selectPasskeyKey, c.Account)
	if err != nil {
		return "", err
	}
	if len(keys) == 0 {
		return "", chat.ErrNotFound
	}
	return site.AnswerOptions(keys, s.newChallenge(toProve, c.Account))
}

// ChangePasswordByPasskey is ChangePassword for a participant who doesn't know the old password and proves who they are
// with a passkey. It returns not_found to users, wrong_passkey, weak_password, too_long, signed_out and busy.
func (s *Store) ChangePasswordByPasskey(ctx context.Context, c chat.Caller, token string, site passkey.Site, answer, new string) error {
	if c.User {
		return chat.ErrNotFound
	}
	if err := chat.ValidPassword(new); err != nil {
		return err
	}
	a, err := s.checkProof(ctx, c, site, answer)
	if err != nil {
		return err
	}
	if err := s.goodPassword(ctx, new, chooser{account: c.Account}); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, new)
	if err != nil {
		return err
	}
	if err := s.differsFromOld(ctx, c.Account, new); err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET password = $2, must_change = false WHERE id = $1 AND active`, c.Account, hash); err != nil {
			return err
		}
		if err := s.useAnswer(tx, a); err != nil {
			return err
		}
		tx.differs("passkey", "", a.name) // by which the password was changed
		return s.keepOnly(tx, c, token)
	})
}

// proven makes a change to the caller's own account after checking who they are. It returns wrong_password,
// wrong_passkey and busy.
func (s *Store) proven(ctx context.Context, c chat.Caller, proof Proof, do func(*change) error) error {
	if proof.Passkey == "" {
		return s.withPassword(ctx, c, proof.Password, func(tx *change) (refusal, err error) { return nil, do(tx) })
	}
	a, err := s.checkProof(ctx, c, proof.Site, proof.Passkey)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1`, c.Account); err != nil {
			return err
		}
		if err := s.useAnswer(tx, a); err != nil {
			return err
		}
		return do(tx)
	})
}

// checkProof checks the answer of one of the caller's passkeys to the options from ProveOptions.
func (s *Store) checkProof(ctx context.Context, c chat.Caller, site passkey.Site, text string) (answered, error) {
	a, err := s.checkAnswer(ctx, site, toProve, c.Account, text, c.Origin)
	if err == nil && a.account != c.Account {
		err = errWrongPasskey
	}
	if chat.CodeOf(err) == chat.WrongPasskey {
		err = s.refuse(ctx, c.Account, c.Origin, err)
	}
	return a, err
}

// answered is a passkey that has answered a challenge.
type answered struct {
	passkey, account, name string
	user                   bool // whether the account is a user's
	challenge              []byte
	counter                int64
}

// checkAnswer checks the answer of anyone's passkey to a challenge that was made for a purpose and for someone. It returns
// not_allowed where passkeys don't work, and wrong_passkey.
func (s *Store) checkAnswer(ctx context.Context, site passkey.Site, p purpose, whom, text string, from chat.Origin) (a answered, err error) {
	if site == (passkey.Site{}) {
		return a, errNoPasskeys
	}
	read, err := passkey.ReadAnswer(text)
	if err != nil {
		return a, errWrongPasskey
	}
	if err := s.checkChallenge(read.Challenge, p, whom); err != nil {
		return a, err
	}
	type row struct {
		answered
		key passkey.Key
	}
	r, err := sqldb.Get(ctx, s.db, sqldb.Into(func(r *row) []any {
		return append([]any{&r.passkey, &r.account, &r.name, &r.user}, keyFields(&r.key)...)
	}), `SELECT p.id, p.account, p.name, a.is_user, p.credential, p.public_key, p.counter, p.synced FROM passkeys p JOIN accounts a ON a.id = p.account WHERE p.credential = $1`, read.ID)
	if errors.Is(err, sqldb.ErrNoRows) {
		return a, errWrongPasskey
	}
	if err != nil {
		return a, fmt.Errorf("find a passkey: %w", err)
	}
	a = r.answered
	a.challenge = read.Challenge
	a.counter, err = site.Check(read, a.account, r.key)
	switch {
	case errors.Is(err, passkey.ErrCopied):
		return a, s.refuseCopied(ctx, a, r.key.Counter, from)
	case err != nil:
		return a, errWrongPasskey
	}
	return a, nil
}

// refuseCopied records that a passkey's counter didn't grow. The passkey stays, and its counter too: the device that has
// the higher one goes on working, and the other is refused.
func (s *Store) refuseCopied(ctx context.Context, a answered, had int64, from chat.Origin) error {
	err := s.change(ctx, func(tx *change) error {
		tx.differs("passkey", "", a.name)
		// Also if they are the same.
		tx.differences = append(tx.differences, chat.AuditChange{Field: "counter", From: strconv.FormatInt(had, 10), To: strconv.FormatInt(a.counter, 10)})
		return s.audit(tx, chat.Caller{Account: a.account, Origin: from}, "passkey.copied", "", a.account)
	})
	if err != nil {
		return err
	}
	return errCopiedPasskey
}

// useAnswer uses up an answer, in the transaction of what it is for. It returns wrong_passkey if it has been used, or
// if the passkey has just been removed or used with a higher counter.
func (s *Store) useAnswer(tx *change, a answered) error {
	if err := s.useChallenge(tx, a.challenge); err != nil {
		return err
	}
	n, err := tx.ExecCount(`UPDATE passkeys SET counter = $2, used_at = $3 WHERE id = $1 AND (counter < $2 OR counter = 0 AND $2 = 0)`, a.passkey, a.counter, s.millis())
	if err == nil && n == 0 {
		err = errWrongPasskey
	}
	return err
}
