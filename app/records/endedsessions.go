package records

import (
	"context"
	"errors"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// A user's session that ends leaves a row in ended_sessions. By it, the device's next contact learns why its session
// ended, and whether to delete its copy. A device that is away for months learns it, too. The device's own sign-out
// leaves nothing: the device has no token any more. Sessions of participants leave nothing either, because browsers
// have no copy to delete.

// reason says why a session ended. Its values are stored.
type reason string

const (
	endedElsewhere  reason = "elsewhere"   // the same person ended it from another device
	endedByPassword reason = "password"    // the password was changed
	endedByFirm     reason = "firm"        // an admin ended it
	endedByLeaving  reason = "deactivated" // the user was deactivated
	endedByTime     reason = "expired"     // it wasn't used for too long
	endedByErasure  reason = "erased"      // the device deleted its copy
	endedByRestore  reason = "restored"    // the store was restored from a backup
)

// reasons are the sentences for people.
var reasons = map[reason]string{
	endedElsewhere:  "This device was signed out from another device. Sign in again.",
	endedByPassword: "Your password was changed. Sign in again.",
	endedByFirm:     "The firm has signed this device out. Sign in again.",
	endedByTime:     errExpired.Message,
	endedByRestore:  "The firm's portal was restored from a backup. Sign in again.",
}

// The sentences of a device that must delete its copy: of a user who was deactivated, and of one who may sign in again.
const (
	erasedByLeaving = "Your access was ended by the firm."
	erasedByFirm    = "Your firm asked this computer to delete its matters."
)

// endedKept is how long the portal knows of an ended session. It is as long as browsers keep a cookie, and longer than a
// laptop stays in a drawer.
const endedKept = 400 * 24 * time.Hour

// whyEnded explains that a token has no session. The error's Erase is set if its device must delete its copy, and Lock if
// the firm doesn't let it be read.
func (s *Store) whyEnded(ctx context.Context, token string) error {
	type end struct {
		why            reason
		erase, mayRead bool
	}
	e, err := sqldb.Get(ctx, s.db, sqldb.Into(func(e *end) []any { return []any{&e.why, &e.erase, &e.mayRead} }),
		`SELECT reason, erase, read_expired FROM ended_sessions CROSS JOIN firm_settings WHERE token = $1`, hashSecret(token))
	sentence, known := reasons[e.why]
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		return chat.ErrSignedOut
	case err != nil:
		return err
	case e.erase:
		sentence = erasedByFirm
		if e.why == endedByLeaving {
			sentence = erasedByLeaving
		}
		why := chat.Errorf(chat.SignedOut, "", "%s", sentence)
		why.Erase = hashSecret(token)
		return why
	case !known:
		sentence = chat.ErrSignedOut.Message
	}
	return mayReadEnded(e.mayRead, token, sentence)
}

// mayReadEnded is the error for a token whose session has ended. It says whether the device may still show its copy.
func mayReadEnded(mayRead bool, token, sentence string) error {
	why := chat.Errorf(chat.SignedOut, "", "%s", sentence)
	if !mayRead {
		why.Lock = hashSecret(token)
	}
	return why
}

// ending is the end of a session: why and when. With erase, its device must delete its copy.
type ending struct {
	why   reason
	at    int64
	erase bool
}

func (s *Store) ending(why reason) ending { return ending{why: why, at: s.millis()} }

// keepEnded keeps what remains of a session of an account, which is about to be deleted.
func (tx *change) keepEnded(account, id string, e ending) error {
	return tx.Exec(`
		INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at)
		SELECT s.token, s.id, s.account, s.device, s.known_device, CAST($3 AS TEXT), CAST($4 AS BOOLEAN), CAST($5 AS BIGINT), 0 FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.id = $1 AND s.account = $2 AND a.is_user ON CONFLICT (token) DO NOTHING`, id, account, string(e.why), e.erase, e.at)
}

// endSessions ends the sessions of an account, except the one with the hash of a token if that isn't empty.
func (tx *change) endSessions(account, except string, e ending) error {
	err := tx.Exec(`
		INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at)
		SELECT s.token, s.id, s.account, s.device, s.known_device, CAST($3 AS TEXT), false, CAST($4 AS BIGINT), 0 FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.account = $1 AND s.token <> $2 AND a.is_user ON CONFLICT (token) DO NOTHING`, account, except, string(e.why), e.at)
	if err != nil {
		return err
	}
	tx.broadcast.accounts = append(tx.broadcast.accounts, account)
	return tx.Exec(`DELETE FROM sessions WHERE account = $1 AND token <> $2`, account, except)
}

// EraseDevices signs a user out everywhere, and makes all their devices delete their copies. It returns not_found, and
// not_allowed to other users than admins.
func (s *Store) EraseDevices(ctx context.Context, c chat.Caller, user string) error {
	return s.asAdmin(ctx, c, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1 AND is_user`, user); err != nil {
			return err
		}
		if err := s.eraseDevices(tx, user, endedByFirm); err != nil {
			return err
		}
		tx.differs("erase", "false", "true")
		return s.audit(tx, c, "account.signout", "", user)
	})
}

// eraseDevices makes every device of a user delete its copy, also those that were signed out before. Their time begins
// anew, because the devices may be away.
func (s *Store) eraseDevices(tx *change, account string, why reason) error {
	e := s.ending(why)
	if err := tx.endSessions(account, "", e); err != nil {
		return err
	}
	return tx.Exec(`UPDATE ended_sessions SET erase = true, reason = $2, ended_at = $3 WHERE account = $1 AND erased_at = 0`, account, string(e.why), e.at)
}
