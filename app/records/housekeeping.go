package records

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"matterline/app/sqldb"
)

// Housekeeping removes old rows. Sessions, links and invitations are refused once they have expired, whether they are
// still there or not. Each transaction removes little, so that others don't wait.
//
// What is removed too early is lost, and the computer's clock may be wrong. So housekeeping has its own clock, which goes
// forward by at most housekeepingStep an hour and never beyond the computer's. If the computer's clock jumps ahead by
// years, nothing is lost that wouldn't be removed within days anyway, and the operator has time to notice. After a pause,
// housekeeping catches up slowly. Its clock never goes back: if the computer's is years behind for a minute, catching up
// would take years.

const (
	housekeepingInterval = time.Hour
	housekeepingStep     = 2 * time.Hour
	// sessionsKept is how long expired sessions are kept. Until then, they work again if the firm lets sessions last longer.
	sessionsKept = 30 * 24 * time.Hour
	// linksKept and invitationsKept are how long expired ones are kept. Until then, staff see that an invitation expired.
	// Used challenges are kept as long as links, so that a clock that goes back makes none valid again.
	linksKept = 30 * 24 * time.Hour
	// remindersKept is how long ended reminders are kept: longer than a reminder that was set before can still be due.
	remindersKept   = maxReminder + 30*24*time.Hour
	invitationsKept = 90 * 24 * time.Hour
	// coversKept is how long covers are kept that have ended.
	coversKept = 30 * 24 * time.Hour
	// removedAtOnce is how many rows one transaction removes.
	removedAtOnce = 200
)

// Removed counts what housekeeping removed.
type Removed struct{ Sessions, EndedSessions, Links, Invitations, AuditEntries int64 }

// Housekeep does the housekeeping every hour until ctx ends. Entries of the audit trail are removed when they are older
// than auditRetention, or never if it is 0. Several nodes may do this.
func (s *Store) Housekeep(ctx context.Context, auditRetention time.Duration, log *slog.Logger) {
	for ctx.Err() == nil {
		removed, err := s.Tidy(ctx, auditRetention)
		if err != nil && ctx.Err() == nil {
			log.Warn("housekeeping", "error", err)
		}
		if removed != (Removed{}) {
			log.Info("removed what is no longer needed", "sessions", removed.Sessions, "ended_sessions", removed.EndedSessions, "links", removed.Links, "invitations", removed.Invitations, "audit_entries", removed.AuditEntries)
		}
		wait(ctx, housekeepingInterval)
	}
}

// Tidy does the housekeeping once, unless a node has done it within the last hour.
func (s *Store) Tidy(ctx context.Context, auditRetention time.Duration) (removed Removed, err error) {
	now := s.now()
	var clock int64
	err = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`
			UPDATE housekeeping SET clock = CASE WHEN clock + $2 < $1 THEN clock + $2 WHEN clock < $1 THEN $1 ELSE clock END, ran_at = $1
			WHERE ran_at <= $3 OR ran_at > $1 RETURNING clock`,
			now.UnixMilli(), housekeepingStep.Milliseconds(), now.Add(time.Minute-housekeepingInterval).UnixMilli()).Scan(&clock)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		return removed, nil
	}
	if err != nil {
		return removed, err
	}
	clock = min(clock, now.UnixMilli())
	before := func(age time.Duration) int64 { return clock - age.Milliseconds() }
	var failed [10]error // one that fails doesn't keep the others from working
	removed.Sessions, failed[0] = s.removeSessions(ctx, before)
	removed.EndedSessions, failed[5] = s.remove(ctx, before(endedKept),
		`SELECT token FROM ended_sessions WHERE ended_at < $1 ORDER BY ended_at LIMIT $2`, `DELETE FROM ended_sessions WHERE token = $1 AND ended_at < $2`)
	removed.Links, failed[1] = s.remove(ctx, before(linksKept),
		`SELECT token FROM links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2`, `DELETE FROM links WHERE token = $1 AND expires_at < $2`)
	removed.Invitations, failed[2] = s.removeInvitations(ctx, before(invitationsKept))
	resets, err := s.remove(ctx, before(linksKept),
		`SELECT token FROM resets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2`, `DELETE FROM resets WHERE token = $1 AND expires_at < $2`)
	removed.Links, failed[3] = removed.Links+resets, err
	_, failed[6] = s.remove(ctx, before(linksKept),
		`SELECT challenge FROM used_challenges WHERE used_at < $1 ORDER BY used_at LIMIT $2`, `DELETE FROM used_challenges WHERE challenge = $1 AND used_at < $2`)
	_, failed[7] = s.remove(ctx, before(visitsKept),
		`SELECT nonce FROM used_visits WHERE used_at < $1 ORDER BY used_at LIMIT $2`, `DELETE FROM used_visits WHERE nonce = $1 AND used_at < $2`)
	failed[8] = s.db.Tx(ctx, func(tx *sqldb.Tx) error { // few: people set them one by one
		return tx.Exec(`DELETE FROM reminders WHERE due_at = 0 AND set_at < $1`, before(remindersKept))
	})
	_, failed[9] = s.remove(ctx, before(coversKept),
		`SELECT account FROM covers WHERE ends_at < $1 ORDER BY ends_at LIMIT $2`, `DELETE FROM covers WHERE account = $1 AND ends_at < $2`)
	if auditRetention > 0 {
		removed.AuditEntries, failed[4] = s.removeAuditEntries(ctx, before(auditRetention))
	}
	return removed, errors.Join(failed[:]...)
}

// removeSessions removes sessions that expired long ago. One that is idle goes by the longer of the firm's limits.
func (s *Store) removeSessions(ctx context.Context, before func(time.Duration) int64) (removed int64, err error) {
	limits, err := s.settings(ctx)
	if err != nil {
		return 0, err
	}
	idle, absolute := sessionLimits(limits, true)
	clientIdle, _ := sessionLimits(limits, false)
	unused, err := s.remove(ctx, before(max(idle, clientIdle)+sessionsKept),
		`SELECT token FROM sessions WHERE used_at < $1 ORDER BY used_at LIMIT $2`, `
		INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at)
		SELECT s.token, s.id, s.account, s.device, s.known_device, 'expired', false, s.used_at, 0 FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.token = $1 AND s.used_at < $2 AND a.is_user ON CONFLICT (token) DO NOTHING`,
		`DELETE FROM sessions WHERE token = $1 AND used_at < $2`)
	if err != nil {
		return unused, err
	}
	old, err := s.remove(ctx, before(absolute+sessionsKept),
		`SELECT token FROM sessions WHERE created_at < $1 ORDER BY created_at LIMIT $2`, `
		INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at)
		SELECT s.token, s.id, s.account, s.device, s.known_device, 'expired', false, s.used_at, 0 FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE s.token = $1 AND s.created_at < $2 AND a.is_user ON CONFLICT (token) DO NOTHING`,
		`DELETE FROM sessions WHERE token = $1 AND created_at < $2`)
	return unused + old, err
}

// remove removes the rows before a time by the given statements. find selects the keys of up to $2 of them.
func (s *Store) remove(ctx context.Context, before int64, find string, remove ...string) (removed int64, err error) {
	for {
		keys, err := sqldb.List(ctx, s.db, sqldb.Column[string], find, before, removedAtOnce)
		if err != nil || len(keys) == 0 {
			return removed, err
		}
		err = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
			for _, key := range keys {
				for _, statement := range remove {
					if err := tx.Queue(statement, key, before); err != nil { // it may be in use again
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return removed, err
		}
		removed += int64(len(keys))
	}
}

// removeInvitations removes invitations that expired before a time. Users see them, so each is a change of its matter.
func (s *Store) removeInvitations(ctx context.Context, before int64) (removed int64, err error) {
	expired, err := sqldb.List(ctx, s.db, sqldb.Column[string], `SELECT participant FROM invitations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2`, before, removedAtOnce)
	if err != nil {
		return 0, err
	}
	for _, participant := range expired {
		err := s.change(ctx, func(tx *change) error {
			var matter string
			err := tx.Row(`DELETE FROM invitations WHERE participant = $1 AND expires_at < $2 RETURNING (SELECT matter FROM participants p WHERE p.id = participant)`,
				participant, before).Scan(&matter)
			if err != nil {
				return err
			}
			at, err := tx.touch(matter)
			if err != nil {
				return err
			}
			return tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, participant, at.Version)
		})
		if errors.Is(err, sqldb.ErrNoRows) {
			continue // there is a new one
		}
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
