package records

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Two-step verification: to sign in, a user needs their password and a code. An authenticator app makes a new code every
// 30 seconds (TOTP, RFC 6238), and ten recovery codes stand in for the app. Each code works once. The app's secret isn't
// hashed, because the store computes the codes from it.

const (
	// codePeriod is how long the authenticator app shows a code, in seconds.
	codePeriod = 30
	// codeDrift is how many periods the clocks of the portal and of the phone may differ.
	codeDrift = 1
	// secretBytes is the length that RFC 4226 recommends.
	secretBytes = 20
	// longestIssuer keeps the QR code coarse enough for phones.
	longestIssuer = 30
)

var (
	errCodeRequired = chat.Errorf(chat.CodeRequired, "code", "Enter the code that your authenticator app shows.")
	errWrongCode    = chat.Errorf(chat.WrongCode, "code", "This code is wrong or too old. Enter the code that your authenticator app shows now, or a recovery code.")
	errUsedCode     = chat.Errorf(chat.WrongCode, "code", "This code has been used. Wait until your authenticator app shows the next one.")
	errNoSetUp      = chat.Errorf(chat.WrongCode, "code", "This QR code is no longer valid. Cancel, and set up two-step verification again.")
	errSetUpFirst   = chat.Errorf(chat.SetUpFirst, "", "Your firm requires two-step verification. Set it up to sign in.")
)

// TwoStepKey is what an authenticator app needs to make an account's codes.
type TwoStepKey struct {
	Secret string // in base32
	URI    string // otpauth://…, for a QR code
}

// StartTwoStep makes a new key for the caller's authenticator app. Nothing changes until ConfirmTwoStep. A caller who
// has an app already needs a code. It returns not_found to participants, wrong_password, code_required, wrong_code,
// too_many and busy.
func (s *Store) StartTwoStep(ctx context.Context, c chat.Caller, password, code string) (key TwoStepKey, err error) {
	if !c.User {
		return key, chat.ErrNotFound
	}
	err = s.withPassword(ctx, c, password, func(tx *change) (refusal, err error) {
		t, err := twoStepOf(tx, c.Account)
		if err != nil {
			return nil, err
		}
		if t.on() {
			if refusal, err := s.useCode(tx, c, t, code); refusal != nil || err != nil {
				return refusal, err
			}
		}
		key, err = s.newTwoStepKey(tx, c, t)
		return nil, err
	})
	return key, s.refuseCode(ctx, c.Account, c.Origin, err)
}

// ConfirmTwoStep turns two-step verification on with a code from the app that has the new key. It replaces an earlier app
// and earlier recovery codes, and returns new ones. It returns not_found to participants, and wrong_code.
func (s *Store) ConfirmTwoStep(ctx context.Context, c chat.Caller, code string) (recovery []string, err error) {
	if !c.User {
		return nil, chat.ErrNotFound
	}
	err = s.change(ctx, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1`, c.Account); err != nil {
			return err
		}
		t, err := twoStepOf(tx, c.Account)
		if err != nil {
			return err
		}
		recovery, err = s.confirmTwoStep(tx, c, t, code)
		return err
	})
	return recovery, s.refuseCode(ctx, c.Account, c.Origin, err)
}

// EndTwoStep turns the caller's two-step verification off. It returns not_found to participants, wrong_password,
// code_required, wrong_code, too_many, busy, and not_allowed if the firm requires it.
func (s *Store) EndTwoStep(ctx context.Context, c chat.Caller, password, code string) error {
	if !c.User {
		return chat.ErrNotFound
	}
	err := s.withPassword(ctx, c, password, func(tx *change) (refusal, err error) {
		t, err := twoStepOf(tx, c.Account)
		if err != nil || !t.on() {
			return nil, err
		}
		if t.required {
			return chat.Errorf(chat.NotAllowed, "", "Your firm requires two-step verification. To use another phone, set it up again."), nil
		}
		if refusal, err := s.useCode(tx, c, t, code); refusal != nil || err != nil {
			return refusal, err
		}
		return nil, s.removeTwoStep(tx, c, c.Account)
	})
	return s.refuseCode(ctx, c.Account, c.Origin, err)
}

// NewRecoveryCodes replaces the caller's recovery codes, and returns the new ones. It returns not_found to participants,
// wrong_password, code_required, wrong_code, too_many, busy, and not_allowed without two-step verification.
func (s *Store) NewRecoveryCodes(ctx context.Context, c chat.Caller, password, code string) (recovery []string, err error) {
	err = s.withPassword(ctx, c, password, func(tx *change) (refusal, err error) {
		t, err := twoStepOf(tx, c.Account)
		if err != nil {
			return nil, err
		}
		if !t.on() {
			return chat.Errorf(chat.NotAllowed, "", "Two-step verification is off, so there are no recovery codes."), nil
		}
		if refusal, err := s.useCode(tx, c, t, code); refusal != nil || err != nil {
			return refusal, err
		}
		if recovery, err = tx.replaceRecoveryCodes(c.Account); err != nil {
			return nil, err
		}
		tx.differences = nil // which codes there were no longer matters
		tx.differs("recovery_codes", "", strconv.Itoa(len(recovery)))
		return nil, s.audit(tx, c, "account.two-step", "", c.Account)
	})
	return recovery, s.refuseCode(ctx, c.Account, c.Origin, err)
}

// SavedRecoveryCodes notes that the caller has saved their recovery codes. Until then, the app asks: the answer with the
// codes may have been lost. It returns not_found to participants.
func (s *Store) SavedRecoveryCodes(ctx context.Context, c chat.Caller) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`UPDATE two_step SET unsaved = false WHERE account = $1`, c.Account)
	})
}

// RemoveTwoStep turns off the two-step verification of another user, who has lost their phone. It returns not_found, and
// not_allowed to other users than admins and for the caller's own, and confirm_first.
func (s *Store) RemoveTwoStep(ctx context.Context, c chat.Caller, account string) error {
	return s.asAdmin(ctx, c, func(tx *change) error {
		if account == c.Account {
			return chat.Errorf(chat.NotAllowed, "", "Turn off your own two-step verification in the settings.")
		}
		if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1 AND is_user`, account); err != nil {
			return err
		}
		t, err := twoStepOf(tx, account)
		if err != nil || !t.on() && t.pending == "" {
			return err
		}
		if err := s.mustBeConfirmed(tx, c); err != nil {
			return err
		}
		return s.removeTwoStep(tx, c, account)
	})
}

// SetUpTwoStep makes a new key for a user whom the firm doesn't let sign in without two-step verification, and who has
// none yet. SignIn confirms it. It returns wrong_password, busy, and not_allowed if the person can sign in without.
func (s *Store) SetUpTwoStep(ctx context.Context, email, password string, from chat.Origin) (key TwoStepKey, err error) {
	account, hash, err := s.checkAccount(ctx, email, password)
	if err == nil {
		err = s.change(ctx, func(tx *change) error {
			var user bool
			err := tx.Row(`UPDATE accounts SET active = true WHERE id = $1 AND active AND password = $2 RETURNING is_user`, account, hash).Scan(&user)
			if errors.Is(err, sqldb.ErrNoRows) {
				return errWrongPassword
			}
			if err != nil {
				return err
			}
			if user && s.noStaffPasswords {
				return errStaffPasswords
			}
			t, err := twoStepOf(tx, account)
			if err != nil {
				return err
			}
			if !user || !t.required || t.on() {
				return chat.Errorf(chat.NotAllowed, "", "Sign in first. You can set up two-step verification in the settings.")
			}
			key, err = s.newTwoStepKey(tx, chat.Caller{Account: account, Origin: from}, t)
			return err
		})
	}
	return key, s.refuseWrong(ctx, account, from, err)
}

// secondStep checks the second step of a user's sign-in, and notes in in what it brings. If the firm requires two-step
// verification and the code is that of the app that is being set up, it turns it on. It refuses with code_required,
// wrong_code, too_many and set_up_first.
func (s *Store) secondStep(tx *change, c chat.Caller, code string, in *SignedIn) (refusal, err error) {
	t, err := twoStepOf(tx, c.Account)
	switch {
	case err != nil:
		return nil, err
	case t.on():
		if refusal, err := s.useCode(tx, c, t, code); refusal != nil || err != nil {
			return refusal, err
		}
		in.WrongCodes, err = tellWrongCodes(tx, c.Account, t)
		return nil, err
	case !t.required:
		return nil, nil
	case t.pending == "" || code == "":
		return errSetUpFirst, nil
	}
	in.RecoveryCodes, err = s.confirmTwoStep(tx, c, t, code)
	return nil, err
}

// withPassword makes a change to the caller's own account after checking their password. What do counted before it refuses
// stays. It returns wrong_password, busy, and what do returns.
func (s *Store) withPassword(ctx context.Context, c chat.Caller, password string, do func(*change) (refusal, err error)) error {
	if c.User && s.noStaffPasswords {
		return errStaffPasswords
	}
	hash, err := s.checkOwnPassword(ctx, c, "password", password)
	if err != nil {
		return err
	}
	var refusal error
	err = s.change(ctx, func(tx *change) error {
		n, err := tx.ExecCount(`UPDATE accounts SET active = active WHERE id = $1 AND password = $2`, c.Account, hash)
		if err != nil {
			return err
		}
		if n == 0 { // the password has just been changed
			return chat.Errorf(chat.WrongPassword, "password", "Wrong password.")
		}
		refusal, err = do(tx)
		return err
	})
	if err == nil {
		err = refusal
	}
	return err
}

// refuseCode records a code that was wrong, or that wasn't taken, in the audit trail, and returns the error.
func (s *Store) refuseCode(ctx context.Context, account string, from chat.Origin, err error) error {
	switch chat.CodeOf(err) {
	case chat.WrongCode, chat.TooMany:
		return s.refuse(ctx, account, from, err)
	}
	return err
}

// twoStep is what the store knows of an account's authenticator app.
type twoStep struct {
	secret, pending string
	used            int64 // the period of the newest code that was used
	required        bool  // by the firm
	wrong, untold   int64 // wrong codes in a row, and since the last sign-in
	lockedUntil     int64 // when codes from the app are taken again
}

// on reports whether signing in needs a code.
func (t twoStep) on() bool { return t.secret != "" }

// twoStepOf reads an account's two-step verification.
func twoStepOf(tx *change, account string) (t twoStep, err error) {
	err = tx.Row(`
		SELECT firm_settings.two_step, coalesce(two_step.secret, ''), coalesce(two_step.pending, ''), coalesce(two_step.used_step, 0),
			coalesce(two_step.wrong_codes, 0), coalesce(two_step.untold, 0), coalesce(two_step.locked_until, 0)
		FROM firm_settings LEFT JOIN two_step ON two_step.account = $1`, account).Scan(&t.required, &t.secret, &t.pending, &t.used, &t.wrong, &t.untold, &t.lockedUntil)
	return t, err
}

// newTwoStepKey makes a new key for the caller's authenticator app.
func (s *Store) newTwoStepKey(tx *change, c chat.Caller, t twoStep) (key TwoStepKey, err error) {
	var firm, email string
	if err := tx.Row(`SELECT name, (SELECT email FROM accounts WHERE id = $1) FROM firm`, c.Account).Scan(&firm, &email); err != nil {
		return key, err
	}
	made, err := totp.Generate(totp.GenerateOpts{Issuer: issuer(firm), AccountName: email, SecretSize: secretBytes})
	if err != nil {
		return key, err
	}
	key = TwoStepKey{Secret: made.Secret(), URI: made.URL()}
	if err := tx.Exec(`
		INSERT INTO two_step (account, secret, used_step, pending) VALUES ($1, '', 0, $2)
		ON CONFLICT (account) DO UPDATE SET pending = excluded.pending`, c.Account, key.Secret); err != nil {
		return key, err
	}
	was := "off"
	if t.on() {
		was = "on"
	}
	tx.differs("two_step", was, was+", with a new key to confirm")
	return key, s.audit(tx, c, "account.two-step", "", c.Account)
}

// issuer is the firm's name as authenticator apps show it. A colon would separate it from the email.
func issuer(firm string) string {
	name := []rune(strings.ReplaceAll(firm, ":", " "))
	return cmp.Or(strings.TrimSpace(string(name[:min(len(name), longestIssuer)])), "Matterline")
}

// confirmTwoStep makes the key that is being set up the account's, if the code is right, and returns recovery codes.
func (s *Store) confirmTwoStep(tx *change, c chat.Caller, t twoStep, code string) (recovery []string, err error) {
	if t.pending == "" {
		return nil, errNoSetUp
	}
	step, right := s.periodOf(t.pending, foldCode(code))
	if !right {
		return nil, errWrongCode
	}
	if err := tx.Exec(`UPDATE two_step SET secret = $2, used_step = $3, pending = '' WHERE account = $1`, c.Account, t.pending, step); err != nil {
		return nil, err
	}
	if recovery, err = tx.replaceRecoveryCodes(c.Account); err != nil {
		return nil, err
	}
	if t.on() {
		tx.differs("two_step", "on", "on with another app")
	} else {
		tx.differs("two_step", "off", "on")
	}
	return recovery, s.audit(tx, c, "account.two-step", "", c.Account)
}

// removeTwoStep turns off an account's two-step verification.
func (s *Store) removeTwoStep(tx *change, by chat.Caller, account string) error {
	for _, statement := range []string{`DELETE FROM recovery_codes WHERE account = $1`, `DELETE FROM two_step WHERE account = $1`} {
		if err := tx.Exec(statement, account); err != nil {
			return err
		}
	}
	tx.differs("two_step", "on", "off")
	return s.audit(tx, by, "account.two-step", "", account)
}

// useCode uses up a code of the caller's account, whose row the transaction has locked. It counts a wrong one: a refusal
// must not undo the transaction. It refuses with code_required, wrong_code and too_many.
func (s *Store) useCode(tx *change, c chat.Caller, t twoStep, code string) (refusal, err error) {
	code = foldCode(code)
	if code == "" {
		return errCodeRequired, nil
	}
	if refusal = s.checkLock(t, code); refusal != nil {
		return refusal, nil
	}
	if step, right := s.periodOf(t.secret, code); right {
		// Of several uses at once, the first changes the row.
		n, err := tx.ExecCount(`UPDATE two_step SET used_step = $2, wrong_codes = 0, locked_until = 0 WHERE account = $1 AND used_step < $2`, c.Account, step)
		if err == nil && n == 0 {
			refusal = errUsedCode // nothing was guessed, so it doesn't count
		}
		return refusal, err
	}
	right, err := tx.useRecoveryCode(c.Account, code)
	if err != nil {
		return nil, err
	}
	if !right && s.lockLeft(t) > 0 {
		return errWrongCode, nil // recovery codes can't be guessed, and a longer lock would only hurt the user
	}
	if !right {
		return errWrongCode, s.countWrong(tx, c, t)
	}
	return nil, tx.unlockCodes(c.Account)
}

// periodOf returns the period in which an app with a secret shows a code, if that is now or almost now.
func (s *Store) periodOf(secret, code string) (period int64, right bool) {
	now := s.now().Unix() / codePeriod
	for period := now + codeDrift; period >= now-codeDrift; period-- {
		shown, err := hotp.GenerateCode(secret, uint64(period))
		if err == nil && subtle.ConstantTimeCompare([]byte(shown), []byte(code)) == 1 {
			return period, true
		}
	}
	return 0, false
}
