package records

import (
	"context"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// leaveAtOnce is how many teams one transaction changes.
const leaveAtOnce = 50

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
