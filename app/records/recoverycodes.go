package records

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Recovery codes are for people who have lost something else. A user's stand in for their authenticator app. A
// participant's let them choose a new password. Each works once.

// recoveryCodes is how many recovery codes a person gets.
const recoveryCodes = 10

// The same answer for an email without an account, so that nobody learns which emails have one.
var errWrongRecovery = chat.Errorf(chat.WrongCode, "code", "Wrong email or recovery code. Each code works once.")

// MakeRecoveryCodes makes a participant's recovery codes, with which they can choose a new password. Earlier ones stop
// working. It returns not_found to users, whose codes belong to two-step verification, not_allowed while
// their password is one that someone else chose, wrong_password, wrong_passkey and busy.
func (s *Store) MakeRecoveryCodes(ctx context.Context, c chat.Caller, proof Proof) (codes []string, err error) {
	if c.User {
		return nil, chat.ErrNotFound
	}
	err = s.proven(ctx, c, proof, func(tx *change) error {
		if err := tx.mustBeOwnPassword(c.Account); err != nil {
			return err
		}
		had, err := tx.countRecoveryCodes(c.Account)
		if err != nil {
			return err
		}
		if codes, err = tx.replaceRecoveryCodes(c.Account); err != nil {
			return err
		}
		tx.differs("recovery_codes", strconv.Itoa(had), strconv.Itoa(len(codes)))
		return s.audit(tx, c, "account.recovery-codes", "", c.Account)
	})
	return codes, err
}

// Recover sets a participant's new password with a recovery code, signs them out everywhere else, soon forgets their
// devices and signs them in. It returns wrong_code, weak_password, too_long, not_allowed and busy.
func (s *Store) Recover(ctx context.Context, email, code, password string, from chat.Origin) (token string, err error) {
	if err := chat.ValidPassword(password); err != nil { // whatever the email
		return "", err
	}
	if err := checkKind(false, from.Kind); err != nil {
		return "", err
	}
	from.Device = chat.DeviceName(from.Device)
	account, right, err := s.readRecoveryCode(ctx, email, code)
	if err != nil {
		return "", err
	}
	if !right {
		return "", s.refuse(ctx, account, from, errWrongRecovery)
	}
	if err := s.goodPassword(ctx, password, chooser{account: account}); err != nil {
		return "", err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	if err := s.differsFromOld(ctx, account, password); err != nil {
		return "", err
	}
	err = s.change(ctx, func(tx *change) error {
		set, err := tx.ExecCount(`UPDATE accounts SET password = $2, must_change = false WHERE id = $1 AND active AND NOT is_user`, account, hash)
		if err != nil {
			return err
		}
		used, err := tx.useRecoveryCode(account, foldCode(code))
		if err != nil {
			return err
		}
		if set == 0 || !used {
			return errWrongRecovery
		}
		if err := tx.Exec(`DELETE FROM resets WHERE account = $1`, account); err != nil {
			return err
		}
		if err := tx.endSessions(account, "", s.ending(endedByPassword)); err != nil {
			return err
		}
		if err := s.forgetDevices(tx, account, ""); err != nil {
			return err
		}
		var session string
		if token, session, err = s.addSession(tx, account, from, 0); err != nil {
			return err
		}
		c := chat.Caller{Account: account, Origin: from}
		if err := s.audit(tx, c, "account.recover", "", account); err != nil {
			return err
		}
		return s.audit(tx, c, "session.start", "", session)
	})
	if chat.CodeOf(err) == chat.WrongCode {
		err = s.refuse(ctx, account, from, err)
	}
	return token, err
}

// readRecoveryCode reports whether an email and a recovery code belong together, and whose they are. account is empty if no
// account has the email.
func (s *Store) readRecoveryCode(ctx context.Context, email, code string) (account string, right bool, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		var active bool
		account, _, active, err = accountByEmail(tx, email)
		if err != nil || !active {
			return err
		}
		return tx.Row(`SELECT NOT is_user AND EXISTS (SELECT 1 FROM recovery_codes r WHERE r.code = $2 AND r.account = a.id) FROM accounts a WHERE a.id = $1`,
			account, hashSecret(foldCode(code))).Scan(&right)
	})
	if chat.CodeOf(err) == chat.NotFound {
		err = nil
	}
	return account, right, err
}

// replaceRecoveryCodes makes new recovery codes for an account. The earlier ones stop working.
func (tx *change) replaceRecoveryCodes(account string) (codes []string, err error) {
	for _, statement := range []string{`DELETE FROM recovery_codes WHERE account = $1`, `UPDATE two_step SET unsaved = true WHERE account = $1`} {
		if err := tx.Exec(statement, account); err != nil {
			return nil, err
		}
	}
	for range recoveryCodes {
		made := newRecoveryCode()
		codes = append(codes, made)
		if err := tx.Queue(`INSERT INTO recovery_codes (code, account) VALUES ($1, $2)`, hashSecret(foldCode(made)), account); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// useRecoveryCode uses up a recovery code of an account, unless it is wrong.
func (tx *change) useRecoveryCode(account, folded string) (right bool, err error) {
	n, err := tx.ExecCount(`DELETE FROM recovery_codes WHERE code = $1 AND account = $2`, hashSecret(folded), account)
	if err != nil || n == 0 {
		return false, err
	}
	left, err := tx.countRecoveryCodes(account)
	tx.differs("recovery_codes", strconv.Itoa(left+1), strconv.Itoa(left))
	return true, err
}

func (tx *change) countRecoveryCodes(account string) (n int, err error) {
	err = tx.Row(`SELECT count(*) FROM recovery_codes WHERE account = $1`, account).Scan(&n)
	return n, err
}

// foldCode is a code, or a PIN, without what people type or paste around it. The keyboards of some languages type digits of
// their own.
func foldCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(asciiDigit(r))
	}, norm.NFKC.String(typed))
}

// asciiDigit returns the ASCII form of a digit, and other characters as they are. Each script's digits are in a row,
// from 0 to 9.
func asciiDigit(r rune) rune {
	for _, row := range unicode.Nd.R16 {
		if first := rune(row.Lo); first <= r && r <= rune(row.Hi) {
			return '0' + (r-first)%10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if first := rune(row.Lo); first <= r && r <= rune(row.Hi) {
			return '0' + (r-first)%10
		}
	}
	return r
}

// newRecoveryCode makes a random code of 80 bits, in groups that are easy to type.
func newRecoveryCode() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:16]}, "-")
}
