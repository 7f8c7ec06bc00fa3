package records

import (
	"context"
	"errors"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

const (
	// maxKnownDevices bounds how many devices the portal knows of an account. The least recently used one is forgotten.
	maxKnownDevices = 20
	// knownAfterPassword is how long the portal knows an account's devices after its password was replaced. Without this time,
	// guesses of others would keep the account's owner from signing in again. A stranger who has one of the devices knows the
	// old password at most, and gets few attempts.
	knownAfterPassword = 24 * time.Hour
)

// KnownDevice reports whether an account has signed in before on the device with a secret. The secret can't be used to
// sign in.
func (s *Store) KnownDevice(ctx context.Context, account, secret string) (bool, error) {
	return sqldb.Get(ctx, s.db, sqldb.Column[bool], `SELECT EXISTS (SELECT 1 FROM known_devices WHERE secret = $1 AND account = $2 AND (forgotten_at = 0 OR forgotten_at > $3))`,
		hashSecret(secret), account, s.millis())
}

// forgetDevices has an account's devices forgotten after knownAfterPassword, except one. A sign-in on a device makes it
// known for longer again.
func (s *Store) forgetDevices(tx *change, account, except string) error {
	return tx.Exec(`UPDATE known_devices SET forgotten_at = $3 WHERE account = $1 AND secret <> $2 AND forgotten_at = 0`,
		account, except, s.now().Add(knownAfterPassword).UnixMilli())
}

// RememberDevice makes the device of a session a known device of its account, and returns the secret for the device to
// keep. This is the device's present secret, if the portal gave it out. It returns signed_out.
func (s *Store) RememberDevice(ctx context.Context, token, present string) (secret string, err error) {
	err = s.change(ctx, func(tx *change) error {
		var ours bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM known_devices WHERE secret = $1)`, hashSecret(present)).Scan(&ours); err != nil {
			return err
		}
		if secret = present; !ours {
			secret = newSecret()
		}
		var account string
		err := tx.Row(`UPDATE sessions SET known_device = $2 WHERE token = $1 RETURNING account`, hashSecret(token), hashSecret(secret)).Scan(&account)
		if errors.Is(err, sqldb.ErrNoRows) {
			return chat.ErrSignedOut
		}
		if err != nil {
			return err
		}
		if ours {
			if err := s.endEarlier(tx, account, token, secret); err != nil {
				return err
			}
		}
		if err := tx.Exec(`UPDATE ended_sessions SET returned = true WHERE account = $1 AND known_device = $2`, account, hashSecret(present)); err != nil {
			return err
		}
		if err := tx.Exec(`INSERT INTO known_devices (secret, account, used_at) VALUES ($1, $2, $3)
			ON CONFLICT (secret, account) DO UPDATE SET used_at = excluded.used_at, forgotten_at = 0`, hashSecret(secret), account, s.millis()); err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM known_devices WHERE account = $1 AND (forgotten_at > 0 AND forgotten_at <= $3 OR secret NOT IN
			(SELECT secret FROM known_devices WHERE account = $1 ORDER BY used_at DESC, secret LIMIT $2))`, account, maxKnownDevices, s.millis())
	})
	return secret, err
}

// endEarlier ends the sessions that an account had on a device before it signed in there again. The device has
// forgotten their tokens, and people would see it several times in the list of their devices. A session that may be in
// use, such as in another tab of the browser, stays until a later sign-in.
func (s *Store) endEarlier(tx *change, account, token, device string) error {
	earlier, err := sqldb.All(tx.Tx, sqldb.Column[string], `SELECT id FROM sessions WHERE account = $1 AND known_device = $2 AND token <> $3 AND used_at < $4 ORDER BY id`,
		account, hashSecret(device), hashSecret(token), s.before(2*useNoted))
	if err != nil {
		return err
	}
	for _, id := range earlier {
		if _, err := tx.endSession(account, id, s.ending(endedElsewhere)); err != nil {
			return err
		}
	}
	for _, id := range earlier { // last: see audit
		if err := s.audit(tx, chat.Caller{Account: account}, "session.end", "", id); err != nil {
			return err
		}
	}
	return nil
}
