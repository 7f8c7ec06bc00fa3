package records

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// validMatter returns required, too_long and text_invalid.
func validMatter(m chat.Matter) (_ chat.Matter, err error) {
	for _, field := range []struct {
		name  string
		value *string
	}{{"reference", &m.Reference}, {"title", &m.Title}, {"type", &m.Type}} {
		if *field.value, err = chat.ValidName(field.name, *field.value); err != nil {
			return m, err
		}
	}
	return m, nil
}

// OpenMatter opens a matter and returns its id. It is assigned to the caller if m names no assigned user. It
// returns not_found to a participant and for an unknown user, required, too_long, text_invalid and taken.
func (s *Store) OpenMatter(ctx context.Context, c chat.Caller, m chat.Matter) (id string, err error) {
	if !c.User {
		return "", chat.ErrNotFound
	}
	if m, err = validMatter(m); err != nil {
		return "", err
	}
	if m.Assigned == "" {
		m.Assigned = c.Account
	}
	m.OpenedAt = s.millis()
	err = s.change(ctx, func(tx *change) error {
		if err := checkReference(tx.Tx, m.Reference); err != nil {
			return err
		}
		if id, err = addMatter(tx, m); err != nil {
			return err
		}
		noteMatter(tx, chat.Matter{}, m)
		return s.audit(tx, c, "matter.open", id, m.Assigned)
	})
	return id, err
}

// noteMatter notes what changed in a matter for the audit trail.
func noteMatter(tx *change, from, to chat.Matter) {
	tx.differs("reference", from.Reference, to.Reference)
	tx.differs("title", from.Title, to.Title)
	tx.differs("type", from.Type, to.Type)
	tx.differs("assigned", from.Assigned, to.Assigned)
	tx.differs("team", strings.Join(from.Team, " "), strings.Join(sorted(to.Team), " "))
}

// sorted returns ids in order, each once.
func sorted(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// teamWithout returns a team without the assigned user, sorted.
func teamWithout(team []string, assigned string) []string {
	return sorted(slices.DeleteFunc(slices.Clone(team), func(id string) bool { return id == assigned }))
}

// AddMatter adds a matter without checking a caller or its fields, and returns its id. It returns taken.
func (s *Store) AddMatter(ctx context.Context, m chat.Matter) (id string, err error) {
	err = s.change(ctx, func(tx *change) error {
		id, err = addMatter(tx, m)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add matter %s: %w", m.Reference, err)
	}
	return id, nil
}

func addMatter(tx *change, m chat.Matter) (id string, err error) {
	if err := checkActiveUsers(tx.Tx, append(slices.Clone(m.Team), m.Assigned)...); err != nil {
		return "", err
	}
	id = newID()
	first := Position{1, newMark()}
	err = tx.Exec(`INSERT INTO matters (id, reference, title, type, opened_at, closed_at, active_at, assigned, info_version, access_version, version, mark) VALUES ($1, $2, $3, $4, $5, 0, $5, $6, 1, 1, 1, $7)`,
		id, m.Reference, m.Title, m.Type, m.OpenedAt, m.Assigned, first.Mark)
	if err != nil {
		return "", referenceTaken(err)
	}
	if err := tx.keepMark(id, first); err != nil {
		return "", err
	}
	tx.broadcast.matters.add(matterChange{matter: id, at: first, access: first.Version, usersOnly: true})
	return id, setTeam(tx, id, m.Team)
}

func referenceTaken(err error) error {
	if errors.Is(err, sqldb.ErrDuplicate) {
		return chat.Errorf(chat.Taken, "reference", "This reference is already in use.")
	}
	return err
}

// checkReference returns taken if a matter has this reference, in any case and normal form.
func checkReference(tx *sqldb.Tx, reference string) error {
	ids, err := references(tx)
	if err == nil && ids[chat.FoldName(reference)] != "" {
		err = referenceTaken(sqldb.ErrDuplicate)
	}
	return err
}

// references returns the ids of all matters by their references, as they are and folded.
func references(tx *sqldb.Tx) (ids map[string]string, err error) {
	ids = map[string]string{}
	err = sqldb.Each(tx, func(scan sqldb.Scan) error {
		var id, reference string
		err := scan(&id, &reference)
		if folded := chat.FoldName(reference); ids[folded] == "" {
			ids[folded] = id
		}
		ids[reference] = id // also if another reference folds to it
		return err
	}, `SELECT id, reference FROM matters ORDER BY id`)
	return ids, err
}

// checkActiveUsers returns not_found if one of the ids isn't an active user's. A deactivation at the same time waits, and
// then finds what the user was given. Nothing else waits.
func checkActiveUsers(tx *sqldb.Tx, ids ...string) error {
	for _, id := range sorted(ids) {
		var one int
		if err := tx.Row(`SELECT 1 FROM accounts WHERE id = $1 AND is_user AND active FOR KEY SHARE OF accounts`, id).Scan(&one); err != nil {
			return notFound(err)
		}
	}
	return nil
}

// EditMatter changes a matter's reference, title and type. It returns not_found, required, too_long,
// text_invalid and taken.
func (s *Store) EditMatter(ctx context.Context, c chat.Caller, m chat.Matter) error {
	m, err := validMatter(m)
	if err != nil {
		return err
	}
	return s.changeMatter(ctx, c, m.ID, "matter.edit", "", func(tx *change, was chat.Matter) error {
		now := was
		now.Reference, now.Title, now.Type = m.Reference, m.Title, m.Type
		noteMatter(tx, was, now)
		if chat.FoldName(m.Reference) != chat.FoldName(was.Reference) {
			if err := checkReference(tx.Tx, m.Reference); err != nil {
				return err
			}
		}
		err := tx.Exec(`UPDATE matters SET reference = $2, title = $3, type = $4 WHERE id = $1`, m.ID, m.Reference, m.Title, m.Type)
		return referenceTaken(err)
	})
}

// SetClosed closes or reopens a matter. It returns not_found and not_allowed.
func (s *Store) SetClosed(ctx context.Context, c chat.Caller, matter string, closed bool) error {
	action, at := "matter.reopen", int64(0)
	if closed {
		action, at = "matter.close", s.millis()
	}
	return s.manageMatter(ctx, c, matter, action, "", func(tx *change, _ chat.Matter) error {
		return tx.Exec(`UPDATE matters SET closed_at = $2 WHERE id = $1`, matter, at)
	})
}

// Assign assigns a matter to a user. The previous assigned user joins its team. It returns not_found and not_allowed.
func (s *Store) Assign(ctx context.Context, c chat.Caller, matter, user string) error {
	return s.manageMatter(ctx, c, matter, "matter.assign", user, func(tx *change, m chat.Matter) error {
		if err := checkActiveUsers(tx.Tx, user); err != nil {
			return err
		}
		if user == m.Assigned {
			return nil
		}
		if err := tx.Exec(`UPDATE matters SET assigned = $2 WHERE id = $1`, matter, user); err != nil {
			return err
		}
		now := m
		now.Assigned, now.Team = user, teamWithout(append(slices.Clone(m.Team), m.Assigned), user)
		noteMatter(tx, m, now)
		return setTeam(tx, matter, now.Team)
	})
}

// SetTeam replaces a matter's team, and revokes the invitations of users who can no longer see the matter. Deactivated users
// may stay on it, but not join. It returns not_found and not_allowed.
func (s *Store) SetTeam(ctx context.Context, c chat.Caller, matter string, team []string) error {
	return s.manageMatter(ctx, c, matter, "matter.team", "", func(tx *change, m chat.Matter) error {
		added := slices.DeleteFunc(slices.Clone(team), func(id string) bool { return slices.Contains(m.Team, id) })
		if err := checkActiveUsers(tx.Tx, added...); err != nil {
			return err
		}
		if err := setTeam(tx, matter, team); err != nil {
			return err
		}
		if err := s.revokeInvitationsOutside(tx, c, matter); err != nil {
			return err
		}
		now := m
		now.Team = team
		noteMatter(tx, m, now)
		return nil
	})
}

func setTeam(tx *change, matter string, team []string) error {
	if err := tx.Queue(`DELETE FROM team WHERE matter = $1`, matter); err != nil {
		return err
	}
	for _, account := range sorted(team) {
		if err := tx.Queue(`INSERT INTO team (account, matter) VALUES ($1, $2)`, account, matter); err != nil {
			return err
		}
	}
	return nil
}

var errNotManager = chat.Errorf(chat.NotAllowed, "", "Only the assigned user or an admin can reassign, close or reopen this matter, or change its team.")

// manageMatter is changeMatter for what only the assigned user and admins may do, and the team if the firm lets it. It
// returns not_allowed to others who may see the matter.
func (s *Store) manageMatter(ctx context.Context, c chat.Caller, matter, action, subject string, edit func(*change, chat.Matter) error) error {
	return s.changeMatter(ctx, c, matter, action, subject, func(tx *change, m chat.Matter) error {
		if m.Assigned != c.Account && !c.Admin {
			settings, err := readSettings(tx.Tx)
			if err != nil {
				return err
			}
			if !settings.TeamManages {
				return errNotManager
			}
		}
		return edit(tx, m)
	})
}

// changeMatter changes a matter's own row or who may see it. Its participants get a new version if they see a difference.
func (s *Store) changeMatter(ctx context.Context, c chat.Caller, matter, action, subject string, edit func(*change, chat.Matter) error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.change(ctx, func(tx *change) error {
		at, err := tx.touch(matter) // first: it waits for a change of the team at the same time
		if err != nil {
			return err
		}
		m, _, err := matterFor(tx.Tx, c, matter)
		if err != nil {
			return err
		}
		if m.Team, err = teamOf(tx.Tx, matter); err != nil {
			return err
		}
		if err := edit(tx, m); err != nil {
			return err
		}
		if err := tx.stampInfo(m, at); err != nil {
			return err
		}
		return s.audit(tx, c, action, matter, subject)
	})
}

// stampInfo stamps a matter's own row after a change. before is the matter before it, with its team.
func (tx *change) stampInfo(before chat.Matter, at Position) error {
	if err := tx.Queue(`UPDATE matters SET info_version = $2 WHERE id = $1`, before.ID, at.Version); err != nil {
		return err
	}
	after, _, err := matterFor(tx.Tx, Program, before.ID)
	if err != nil {
		return err
	}
	if after.Team, err = teamOf(tx.Tx, before.ID); err != nil {
		return err
	}
	if after.Assigned != before.Assigned || !slices.Equal(after.Team, before.Team) {
		if err := tx.changeAccess(before.ID, at); err != nil {
			return err
		}
	}
	after.Version = before.Version
	if reflect.DeepEqual(after.ForParticipant(), before.ForParticipant()) {
		return nil
	}
	return tx.showInfo(before.ID, at)
}

// Heads returns the matters that a caller may see, each with the newest version of anything they may see in it.
func (s *Store) Heads(ctx context.Context, c chat.Caller) ([]chat.Head, error) {
	query := `
		SELECT matter, seen, mark, false, 0 FROM participants WHERE account = $1 AND NOT removed ORDER BY matter`
	switch {
	case c.Admin:
		query = `SELECT id, version, mark, assigned = $1, active_at FROM matters ORDER BY id`
	case c.User:
		query = `
			SELECT id, version, mark, true, active_at FROM matters WHERE assigned = $1
			UNION ALL
			SELECT m.id, m.version, m.mark, false, m.active_at FROM team t JOIN matters m ON m.id = t.matter WHERE t.account = $1 AND m.assigned <> $1
			ORDER BY 1`
	}
	return sqldb.List(ctx, s.db, sqldb.Into(func(h *chat.Head) []any { return []any{&h.Matter, &h.Version, &h.Mark, &h.Mine, &h.ActiveAt} }), query, c.Account)
}

// Totals returns the totals of all matters, which are those of an admin's heads.
func (s *Store) Totals(ctx context.Context) (chat.Totals, error) {
	return sqldb.Get(ctx, s.db, sqldb.Into(func(t *chat.Totals) []any { return []any{&t.Matters, &t.Versions} }),
		`SELECT count(*), CAST(coalesce(sum(version), 0) AS BIGINT) FROM matters`)
}

// matterFor reads a matter without its team, and checks that a user may see it. For a participant the caller
// must check that. It returns not_found.
func matterFor(tx *sqldb.Tx, c chat.Caller, id string) (m chat.Matter, at Position, err error) {
	var onTeam bool
	err = tx.Row(`
		SELECT id, reference, title, type, opened_at, closed_at, assigned, info_version, version, mark,
			EXISTS (SELECT 1 FROM team WHERE account = $2 AND matter = id)
		FROM matters WHERE id = $1`, id, c.Account).
		Scan(&m.ID, &m.Reference, &m.Title, &m.Type, &m.OpenedAt, &m.ClosedAt, &m.Assigned, &m.Version, &at.Version, &at.Mark, &onTeam)
	if err == nil && c.User && !c.MaySee(m.Assigned, onTeam) {
		err = chat.ErrNotFound
	}
	return m, at, notFound(err)
}

func teamOf(tx *sqldb.Tx, matter string) ([]string, error) {
	return sqldb.All(tx, sqldb.Column[string], `SELECT account FROM team WHERE matter = $1 ORDER BY account`, matter)
}
