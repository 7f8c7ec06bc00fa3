package records

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// maxWrongPINs is how many wrong PINs end an invitation link.
const maxWrongPINs = 5

// pinLength is how many digits a PIN has.
const pinLength = 6

// wholePIN reports whether a folded text may be a PIN.
func wholePIN(pin string) bool {
	return len(pin) == pinLength && strings.Trim(pin, "0123456789") == ""
}

// newPIN makes the PIN of an invitation.
func newPIN() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // never fails
	}
	return fmt.Sprintf("%06d", n)
}

// hashPIN hashes a PIN with the secret of its link, which the store doesn't have. Without it, the few possible PINs can't
// be tried.
func hashPIN(secret, pin string) string { return hashSecret(secret + " " + pin) }

// checkInvitation checks an invitation link and its PIN, if it has one, and returns the participant's name. It returns
// link_expired, required, malformed and wrong_pin, and records refusals in the audit trail. After too many wrong PINs, the
// link no longer works.
func (s *Store) checkInvitation(ctx context.Context, secret, pin string, from chat.Origin) (name string, err error) {
	type invitation struct{ pin, name string }
	i, err := sqldb.Get(ctx, s.db, sqldb.Into(func(i *invitation) []any { return []any{&i.pin, &i.name} }), `
		SELECT i.pin, p.name FROM invitations i JOIN participants p ON p.id = i.participant
		WHERE i.token = $1 AND i.expires_at > $2 AND i.blocked_at = 0`, hashSecret(secret), s.millis())
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return "", s.refuse(ctx, "", from, errLinkExpired)
	case err != nil || i.pin == "":
		return i.name, err
	case pin == "":
		return "", chat.Errorf(chat.Required, "pin", "Enter the PIN that the firm told you.")
	case !wholePIN(pin): // a slip of the finger, and no guess
		return "", chat.Errorf(chat.Malformed, "pin", "The PIN has %d digits.", pinLength)
	}
	var refusal error
	err = s.change(ctx, func(tx *change) error {
		refusal, err = s.checkPIN(tx, secret, pin, from)
		return err
	})
	if err == nil && errors.Is(refusal, errLinkExpired) {
		return "", s.refuse(ctx, "", from, refusal)
	}
	if err == nil {
		err = refusal
	}
	return i.name, err
}

// checkPIN locks an invitation and checks its PIN. It counts a wrong one, and returns why it refuses it. Several tries at
// the same time count one after the other.
func (s *Store) checkPIN(tx *change, secret, pin string, from chat.Origin) (refusal, err error) {
	var stored, participant, matter string
	var wrong int
	token := hashSecret(secret)
	err = tx.Row(`
		SELECT i.pin, i.wrong_pins, i.participant, p.matter FROM invitations i JOIN participants p ON p.id = i.participant
		WHERE i.token = $1 AND i.expires_at > $2 AND i.blocked_at = 0 FOR UPDATE OF i`, token, s.millis()).Scan(&stored, &wrong, &participant, &matter)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return errLinkExpired, nil
	case err != nil:
		return nil, err
	case subtle.ConstantTimeCompare([]byte(stored), []byte(hashPIN(secret, pin))) == 1:
		return nil, nil
	}
	wrong++
	switch left := maxWrongPINs - wrong; left {
	case 0:
		refusal = errLastPIN
		if err := s.blockInvitation(tx, token, participant, matter); err != nil {
			return nil, err
		}
	case 1:
		refusal = chat.Errorf(chat.WrongPIN, "pin", "Wrong PIN. You have one more attempt.")
	default:
		refusal = chat.Errorf(chat.WrongPIN, "pin", "Wrong PIN. You have %d more attempts.", left)
	}
	if err := tx.Exec(`UPDATE invitations SET wrong_pins = $2 WHERE token = $1`, token, wrong); err != nil {
		return nil, err
	}
	return refusal, s.audit(tx, chat.Caller{Origin: from}, "participant.wrong_pin", matter, participant)
}

// blockInvitation ends an invitation link after too many wrong tries. Users see it.
func (s *Store) blockInvitation(tx *change, token, participant, matter string) error {
	at, err := tx.touch(matter)
	if err != nil {
		return err
	}
	if err := tx.Exec(`UPDATE invitations SET blocked_at = $2 WHERE token = $1`, token, s.millis()); err != nil {
		return err
	}
	return tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, participant, at.Version)
}

var errLastPIN = chat.Errorf(chat.LinkExpired, "link", "Wrong PIN. After %d wrong PINs, this link no longer works. Ask the firm for a new one.", maxWrongPINs)
