package records

import "context"

// Withdrawn counts what NewEpoch withdrew.
type Withdrawn struct{ Resets, Links, Invitations, SetUps, Sessions int }

// NewEpoch marks the store as restored from a backup. Devices pull everything again and resend what the store has lost.
// Running portals keep the old epoch until they are restarted.
//
// What may have been used or withdrawn since the backup doesn't come back: links for passwords, links for signing in, open
// invitations, authenticator apps that are being set up, and confirmations. With endSessions, all sessions end, too.
func (s *Store) NewEpoch(ctx context.Context, endSessions bool) (w Withdrawn, err error) {
	epoch := newID()
	err = s.change(ctx, func(tx *change) error {
		w = Withdrawn{}
		if err := tx.Exec(`UPDATE firm SET epoch = $1`, epoch); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE sessions SET confirmed_until = 0`); err != nil {
			return err
		}
		for _, remove := range []struct {
			count     *int
			statement string
		}{
			{&w.Resets, `DELETE FROM resets WHERE true`},
			{&w.Links, `DELETE FROM links WHERE true`},
			{&w.SetUps, `DELETE FROM two_step WHERE secret = ''`},
			{&w.SetUps, `UPDATE two_step SET pending = '' WHERE pending <> ''`},
		} {
			n, err := tx.ExecCount(remove.statement)
			if err != nil {
				return err
			}
			*remove.count += int(n)
		}
		w.Invitations, err = s.revokeInvitations(tx, Program, `
			SELECT i.participant, p.matter, i.token FROM invitations i JOIN participants p ON p.id = i.participant
			WHERE i.expires_at > $1 AND i.blocked_at = 0 ORDER BY p.matter, i.participant`, s.millis())
		if err != nil {
			return err
		}
		if endSessions {
			if w.Sessions, err = s.endAllSessions(tx); err != nil {
				return err
			}
		}
		return s.audit(tx, Program, "firm.epoch", "", "")
	})
	if err == nil {
		s.epoch.Store(&epoch)
	}
	return w, err
}

// endAllSessions signs everyone out.
func (s *Store) endAllSessions(tx *change) (ended int, err error) {
	e := s.ending(endedByRestore)
	err = tx.Exec(`
		INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at)
		SELECT s.token, s.id, s.account, s.device, s.known_device, CAST($1 AS TEXT), false, CAST($2 AS BIGINT), 0 FROM sessions s JOIN accounts a ON a.id = s.account
		WHERE a.is_user ON CONFLICT (token) DO NOTHING`, string(e.why), e.at)
	if err != nil {
		return 0, err
	}
	n, err := tx.ExecCount(`DELETE FROM sessions WHERE true`)
	if err != nil {
		return 0, err
	}
	tx.differs("sessions", "open", "ended")
	return int(n), s.audit(tx, Program, "account.signout", "", "")
}
