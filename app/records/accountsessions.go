package records

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// AccountSessions lists the sessions of any account, newest first, and then those that ended on devices that may still
// have a copy. token marks the caller's current one. It returns not_found, and not_allowed to other users than admins.
func (s *Store) AccountSessions(ctx context.Context, c chat.Caller, account, token string) ([]chat.Session, error) {
	if err := onlyAdmins(c); err != nil {
		return nil, err
	}
	user, err := s.isUser(ctx, account)
	if err != nil {
		return nil, err
	}
	sessions, err := s.sessionsOf(ctx, account, user, token)
	if err != nil || !user { // browsers have no copy
		return sessions, err
	}
	ended, err := s.endedOf(ctx, account)
	return append(sessions, ended...), err
}

// endedDevice is a session that ended, and its device.
type endedDevice struct {
	chat.Session
	known string // the device, if it is known
}

// endedOf lists the sessions of a user that ended or expired on devices that may still have a copy, newest first. A device
// that has signed in again isn't among them: its new session stands for it.
func (s *Store) endedOf(ctx context.Context, account string) ([]chat.Session, error) {
	limits, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	idle, absolute := sessionLimits(limits, true)
	all, err := sqldb.List(ctx, s.db, sqldb.Into(func(d *endedDevice) []any {
		return []any{&d.ID, &d.Device, &d.known, &d.CreatedAt, &d.UsedAt, &d.Address}
	}), `
		SELECT id, device, known_device, created_at, used_at, address FROM sessions s
		WHERE account = $1 AND (used_at <= $2 OR created_at <= $3)
			AND NOT EXISTS (SELECT 1 FROM sessions n WHERE n.account = $1 AND n.known_device = s.known_device AND s.known_device <> '' AND n.created_at > s.created_at)`,
		account, s.before(idle), s.before(absolute))
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].EndedAt = min(all[i].UsedAt+idle.Milliseconds(), all[i].CreatedAt+absolute.Milliseconds())
	}
	kept, err := sqldb.List(ctx, s.db, sqldb.Into(func(d *endedDevice) []any { return []any{&d.ID, &d.Device, &d.known, &d.EndedAt, &d.Erase} }),
		`SELECT id, device, known_device, ended_at, erase FROM ended_sessions WHERE account = $1 AND erased_at = 0 AND NOT returned`, account)
	if err != nil {
		return nil, err
	}
	all = append(all, kept...)
	slices.SortStableFunc(all, func(a, b endedDevice) int { return cmp.Compare(b.EndedAt, a.EndedAt) })
	var ended []chat.Session
	seen := map[string]bool{}
	for _, d := range all {
		if seen[d.known] {
			continue
		}
		seen[d.known] = d.known != ""
		d.Kind = chat.DesktopSession // only the desktop app has a copy
		ended = append(ended, d.Session)
	}
	return ended, nil
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
