package records

import (
	"context"

	"matterline/app/sqldb"
)

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
		if w.Invitations, err = s.withdrawInvitations(tx); err != nil {
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

// withdrawInvitations withdraws the invitations that still work. Users see that their participants aren't invited.
func (s *Store) withdrawInvitations(tx *change) (withdrawn int, err error) {
	type invitation struct{ participant, matter string }
	open, err := sqldb.All(tx.Tx, sqldb.Into(func(i *invitation) []any { return []any{&i.participant, &i.matter} }), `
		SELECT i.participant, p.matter FROM invitations i JOIN participants p ON p.id = i.participant
		WHERE i.expires_at > $1 AND i.blocked_at = 0 ORDER BY p.matter, i.participant`, s.millis())
	if err != nil {
		return 0, err
	}
	for _, i := range open {
		at, err := tx.touch(i.matter)
		if err != nil {
			return 0, err
		}
		if err := tx.Exec(`DELETE FROM invitations WHERE participant = $1`, i.participant); err != nil {
			return 0, err
		}
		if err := tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, i.participant, at.Version); err != nil {
			return 0, err
		}
	}
	for _, i := range open { // last: see audit
		if err := s.audit(tx, Program, "participant.uninvite", i.matter, i.participant); err != nil {
			return 0, err
		}
	}
	return len(open), nil
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
