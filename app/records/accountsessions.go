package records

import (
	"context"
	"strconv"

	"matterline/app/chat"
)

// AccountSessions lists the sessions of any account, newest first. token marks the caller's current one. It returns
// not_found, and not_allowed to other users than admins.
func (s *Store) AccountSessions(ctx context.Context, c chat.Caller, account, token string) ([]chat.Session, error) {
	if err := onlyAdmins(c); err != nil {
		return nil, err
	}
	user, err := s.isUser(ctx, account)
	if err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, account, user, token)
}

// EndAccountSession ends a session of any account and forgets its device. With erase, a user's device must delete its copy,
// also if its session has just ended in another way. It returns not_found, and not_allowed to other users than admins.
func (s *Store) EndAccountSession(ctx context.Context, c chat.Caller, account, id string, erase bool) error {
	return s.asAdmin(ctx, c, func(tx *change) error {
		e := s.ending(endedByFirm)
		e.erase = erase
		device, err := tx.endSession(account, id, e)
		if erase && chat.CodeOf(err) == chat.NotFound {
			device, err = tx.eraseEnded(account, id)
		}
		if err != nil {
			return err
		}
		tx.differs("device", device, "")
		tx.differs("erase", "false", strconv.FormatBool(erase))
		return s.audit(tx, c, "account.signout", "", account)
	})
}

// eraseEnded makes the device of a session that has ended delete its copy, and returns its name. It returns not_found.
func (tx *change) eraseEnded(account, id string) (device string, err error) {
	err = tx.Row(`UPDATE ended_sessions SET erase = true WHERE id = $1 AND account = $2 AND NOT erase RETURNING device`, id, account).Scan(&device)
	return device, notFound(err)
}

// endSession ends a session of an account, forgets its device and returns the device's name. It returns not_found.
func (tx *change) endSession(account, id string, e ending) (device string, err error) {
	if err := tx.keepEnded(account, id, e); err != nil {
		return "", err
	}
	var known string
	err = tx.Row(`DELETE FROM sessions WHERE id = $1 AND account = $2 RETURNING device, known_device`, id, account).Scan(&device, &known)
	if err != nil {
		return "", notFound(err)
	}
	tx.broadcast.accounts = append(tx.broadcast.accounts, account)
	return device, tx.Exec(`DELETE FROM known_devices WHERE account = $1 AND secret = $2`, account, known)
}
