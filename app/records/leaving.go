package records

import (
	"context"
	"errors"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// leaveAtOnce is how many matters one transaction changes.
const leaveAtOnce = 50

// makesLink makes a deactivation of the caller wait for the link that they make, which then ends. It returns signed_out
// if they have just been deactivated.
func (tx *change) makesLink(by chat.Caller) error {
	var active bool
	err := tx.Row(`SELECT active FROM accounts WHERE id = $1 FOR KEY SHARE OF accounts`, by.Account).Scan(&active)
	if errors.Is(err, sqldb.ErrNoRows) { // a command on the portal's own machine
		return nil
	}
	if err == nil && !active {
		err = chat.ErrSignedOut
	}
	return err
}

// leave takes a user who isn't active off all teams, and revokes the invitations that they made. It does nothing for an
// active user.
func (s *Store) leave(ctx context.Context, c chat.Caller, user string) error {
	if err := s.revokeInvitationsBy(ctx, c, user); err != nil {
		return err
	}
	return s.leaveTeams(ctx, c, user)
}

// revokeInvitationsBy revokes the invitations of a user who isn't active. They may have kept the links, and could join with
// them as someone outside the firm.
func (s *Store) revokeInvitationsBy(ctx context.Context, c chat.Caller, user string) error {
	for {
		revoked := 0
		err := s.asAdmin(ctx, c, func(tx *change) (err error) {
			revoked, err = s.revokeInvitations(tx, c, `
				SELECT i.participant, p.matter, i.token FROM invitations i JOIN participants p ON p.id = i.participant
				WHERE i.made_by = $1 AND EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND NOT active) ORDER BY p.matter, p.id LIMIT $2`, user, leaveAtOnce)
			return err
		})
		if err != nil || revoked < leaveAtOnce {
			return err
		}
	}
}

// revokeInvitationsOutside revokes a matter's invitations that were made by users who can't see the matter. They may have
// kept the links.
func (s *Store) revokeInvitationsOutside(tx *change, c chat.Caller, matter string) error {
	_, err := s.revokeInvitations(tx, c, `
		SELECT i.participant, p.matter, i.token FROM participants p JOIN invitations i ON i.participant = p.id JOIN accounts a ON a.id = i.made_by
		WHERE p.matter = $1 AND NOT a.is_admin AND NOT EXISTS (SELECT 1 FROM matters m WHERE m.id = p.matter AND m.assigned = a.id)
			AND NOT EXISTS (SELECT 1 FROM team t WHERE t.matter = p.matter AND t.account = a.id)
		ORDER BY p.id`, matter)
	return err
}

// revokeInvitations revokes the invitations that a query finds: their participant, matter and token. Users see that these
// participants aren't invited.
func (s *Store) revokeInvitations(tx *change, c chat.Caller, query string, args ...any) (revoked int, err error) {
	type invitation struct{ participant, matter, token string }
	found, err := sqldb.All(tx.Tx, sqldb.Into(func(i *invitation) []any { return []any{&i.participant, &i.matter, &i.token} }), query, args...)
	if err != nil {
		return 0, err
	}
	for _, i := range found {
		at, err := tx.touch(i.matter)
		if err != nil {
			return 0, err
		}
		if err := tx.Exec(`DELETE FROM invitations WHERE participant = $1 AND token = $2`, i.participant, i.token); err != nil {
			return 0, err
		}
		if err := tx.Exec(`UPDATE participants SET version = $2 WHERE id = $1`, i.participant, at.Version); err != nil {
			return 0, err
		}
	}
	for _, i := range found { // last: see audit
		if err := s.audit(tx, c, "participant.uninvite", i.matter, i.participant); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}

// leaveTeams takes a user who isn't active off all teams, so that they get no matter back by them when they return. It does
// nothing for an active user.
func (s *Store) leaveTeams(ctx context.Context, c chat.Caller, user string) error {
	for {
		left := 0
		err := s.asAdmin(ctx, c, func(tx *change) error {
			matters, err := sqldb.All(tx.Tx, sqldb.Column[string], `
				SELECT matter FROM team WHERE account = $1 AND EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND NOT active) ORDER BY matter LIMIT $2`, user, leaveAtOnce)
			if err != nil {
				return err
			}
			left = len(matters)
			var changed []chat.Matter
			for _, matter := range matters {
				before, err := tx.leaveTeam(matter, user)
				if err != nil {
					return err
				}
				changed = append(changed, before)
			}
			for _, before := range changed { // last: see audit
				after := before
				after.Team = slices.DeleteFunc(slices.Clone(before.Team), func(id string) bool { return id == user })
				noteMatter(tx, before, after)
				if err := s.audit(tx, c, "matter.team", before.ID, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || left < leaveAtOnce {
			return err
		}
	}
}

// leaveTeam takes a user off a matter's team, and returns the matter as it was.
func (tx *change) leaveTeam(matter, user string) (before chat.Matter, err error) {
	if before, _, err = matterFor(tx.Tx, Program, matter); err != nil {
		return before, err
	}
	if before.Team, err = teamOf(tx.Tx, matter); err != nil {
		return before, err
	}
	at, err := tx.touch(matter)
	if err != nil {
		return before, err
	}
	if err := tx.Exec(`DELETE FROM team WHERE account = $1 AND matter = $2`, user, matter); err != nil {
		return before, err
	}
	return before, tx.stampInfo(before, at)
}
