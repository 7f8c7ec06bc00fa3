// Package replicatest reads a whole replica, for tests.
package replicatest

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"matterline/app/chat"
	"matterline/app/replica"
	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
)

// Dump reads the whole copy in a replica's folder, by matter: the changes that the portal sends for each matter from
// the beginning.
func Dump(ctx context.Context, dir string) (pages map[string]chat.Changes, err error) {
	db, err := sqlite.OpenReadOnly(filepath.Join(dir, "copy.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	pages = map[string]chat.Changes{}
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		matters, err := sqldb.All(tx, sqldb.Column[int64], `SELECT n FROM matters`)
		if err != nil {
			return err
		}
		for _, n := range matters {
			page, err := dump(tx, n)
			if err != nil {
				return err
			}
			pages[page.Matter] = page
		}
		return nil
	})
	return pages, err
}

// Kept returns the ids of the user's messages that a replica keeps until their matters are pulled.
func Kept(ctx context.Context, dir string) (ids []string, err error) {
	db, err := sqlite.OpenReadOnly(filepath.Join(dir, "own.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		ids, err = sqldb.All(tx, sqldb.Into(func(message *string) []any { return []any{(*replica.ID)(message)} }), `SELECT id FROM said`)
		return err
	})
	return ids, err
}

func dump(tx *sqldb.Tx, matter int64) (page chat.Changes, err error) {
	m := &chat.Matter{}
	var team string
	err = tx.Row(`SELECT x.version, x.mark, x.id, x.reference, x.title, x.type, x.opened_at, x.closed_at, u.id, x.team, x.info_version
		FROM matters x LEFT JOIN users u ON u.n = x.assigned WHERE x.n = $1`, matter).
		Scan(&page.Version, &page.Mark, (*replica.ID)(&m.ID), &m.Reference, &m.Title, &m.Type, &m.OpenedAt, &m.ClosedAt, (*replica.ID)(&m.Assigned), &team, &m.Version)
	if err != nil {
		return page, err
	}
	page.Matter = m.ID
	if m.Version != 0 {
		page.Info = m
		if err := json.Unmarshal([]byte(team), &m.Team); err != nil {
			return page, err
		}
	}
	page.Participants, err = sqldb.All(tx, sqldb.Into(func(p *chat.Participant) []any {
		return []any{(*replica.ID)(&p.ID), (*replica.ID)(&p.Matter), &p.Name, &p.Role, &p.OtherSide, &p.Joined, &p.Removed, &p.InvitedUntil, &p.LinkBlocked, (*replica.ID)(&p.Account), &p.Email, &p.ResetAt, (*replica.ID)(&p.ResetBy), &p.Version}
	}), `SELECT p.id, x.id, p.name, p.role, p.other_side, p.joined, p.removed, p.invited_until, p.link_blocked, p.account, p.email, p.reset_at, p.reset_by, p.version
		FROM participants p JOIN matters x ON x.n = p.matter WHERE p.matter = $1 ORDER BY p.version, p.n`, matter)
	if err != nil {
		return page, err
	}
	page.Messages, err = sqldb.All(tx, sqldb.Into(func(m *chat.Message) []any {
		return []any{(*replica.ID)(&m.ID), (*replica.ID)(&m.Participant), (*replica.ID)(&m.Author), &m.Text, &m.WrittenAt, &m.SentAt, &m.Version}
	}), `SELECT m.id, p.id, coalesce(u.id, p.id), m.text, m.written_at, m.sent_at, m.version
		FROM participants p JOIN messages m ON m.chat = p.n LEFT JOIN users u ON u.n = m.author WHERE p.matter = $1 ORDER BY m.version`, matter)
	if err != nil {
		return page, err
	}
	page.Statuses, err = sqldb.All(tx, sqldb.Into(func(s *chat.Status) []any {
		return []any{(*replica.ID)(&s.ID), (*replica.ID)(&s.Participant), (*replica.ID)(&s.Message), &s.Text, (*replica.ID)(&s.SetBy), &s.SetAt, &s.EndedAt, &s.Version}
	}), `SELECT s.id, p.id, m.id, m.text, u.id, s.set_at, s.ended_at, s.version
		FROM participants p JOIN statuses s ON s.chat = p.n JOIN messages m ON m.n = s.message LEFT JOIN users u ON u.n = s.set_by
		WHERE p.matter = $1 ORDER BY s.version, s.n`, matter)
	if err != nil {
		return page, err
	}
	page.Reads, err = sqldb.All(tx, sqldb.Into(func(m *chat.Read) []any {
		return []any{(*replica.ID)(&m.Participant), (*replica.ID)(&m.Reader), &m.Upto, &m.At, &m.Version}
	}), `SELECT p.id, coalesce(u.id, p.id), d.upto, d.at, d.version
		FROM participants p JOIN reads d ON d.chat = p.n LEFT JOIN users u ON u.n = d.reader WHERE p.matter = $1 ORDER BY d.version`, matter)
	if err != nil {
		return page, err
	}
	page.Users, err = usersIn(tx, page)
	return page, err
}

// usersIn returns the users that the rows of a page refer to.
func usersIn(tx *sqldb.Tx, page chat.Changes) ([]chat.User, error) {
	all, err := sqldb.All(tx, sqldb.Into(func(u *chat.User) []any { return []any{(*replica.ID)(&u.ID), &u.Name} }), `SELECT id, name FROM users`)
	refersTo := map[string]bool{}
	if page.Info != nil && page.Info.Assigned != "" {
		refersTo[page.Info.Assigned] = true
		for _, user := range page.Info.Team {
			refersTo[user] = true
		}
	}
	for _, m := range page.Messages {
		refersTo[m.Author] = true
	}
	for _, s := range page.Statuses {
		refersTo[s.SetBy] = true
	}
	for _, r := range page.Reads {
		refersTo[r.Reader] = true
	}
	users := slices.DeleteFunc(all, func(u chat.User) bool { return !refersTo[u.ID] })
	slices.SortFunc(users, func(a, b chat.User) int { return strings.Compare(a.ID, b.ID) })
	return users, err
}
