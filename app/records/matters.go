package records

import (
	"context"
	"fmt"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// AddMatter opens a matter and returns its id. It returns sqldb.ErrDuplicate for a reference that is taken.
func (s *Store) AddMatter(ctx context.Context, m chat.Matter) (id string, err error) {
	id = newID()
	err = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO matters (id, reference, title, type, opened_at, assigned, info_version, version) VALUES ($1, $2, $3, $4, $5, $6, 1, 1)`,
			id, m.Reference, m.Title, m.Type, m.OpenedAt, m.Assigned)
		if err != nil {
			return err
		}
		for _, account := range m.Team {
			if _, err := tx.Exec(`INSERT INTO team (account, matter) VALUES ($1, $2)`, account, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("add matter %s: %w", m.Reference, err)
	}
	s.committed(id)
	return id, nil
}

// AddParticipant puts a person on a matter's portal and returns the participant's id. account may be
// empty: then they have been invited and have not joined yet.
func (s *Store) AddParticipant(ctx context.Context, p chat.Participant, account string) (id string, err error) {
	id = newID()
	err = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		v, err := touch(tx, p.Matter)
		if err != nil {
			return err
		}
		var nullable any
		if account != "" {
			nullable = account
		}
		_, err = tx.Exec(`INSERT INTO participants (id, matter, account, name, role, other_side, joined, version, seen) VALUES ($1, $2, $3, $4, $5, $6, false, $7, $7)`,
			id, p.Matter, nullable, p.Name, p.Role, p.OtherSide, v)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add participant %s: %w", p.Name, err)
	}
	s.committed(p.Matter)
	return id, nil
}

// Heads are the matters a caller may see, each with the newest version of anything they may see in it.
func (s *Store) Heads(ctx context.Context, c chat.Caller) (heads []chat.Head, err error) {
	query := `
		SELECT matter, max(seen) FROM participants WHERE account = $1 GROUP BY matter ORDER BY matter`
	switch {
	case c.Admin:
		query = `SELECT id, version FROM matters WHERE $1 <> '' ORDER BY id`
	case c.User:
		query = `
			SELECT id, version FROM matters WHERE assigned = $1
			UNION
			SELECT m.id, m.version FROM team t JOIN matters m ON m.id = t.matter WHERE t.account = $1
			ORDER BY 1`
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		heads, err = sqldb.All(tx, func(scan sqldb.Scan) (h chat.Head, err error) {
			err = scan(&h.Matter, &h.Version)
			return h, err
		}, query, c.Account)
		return err
	})
	if heads == nil {
		heads = []chat.Head{}
	}
	return heads, err
}

// matterFor reads a matter for a user. It returns not_found.
func matterFor(tx *sqldb.Tx, c chat.Caller, id string) (m chat.Matter, version int64, err error) {
	m.ID = id
	err = tx.Row(`SELECT reference, title, type, opened_at, assigned, info_version, version FROM matters WHERE id = $1`, id).
		Scan(&m.Reference, &m.Title, &m.Type, &m.OpenedAt, &m.Assigned, &m.Version, &version)
	if err != nil {
		return m, 0, notFound(err)
	}
	m.Team, err = sqldb.All(tx, sqldb.Column[string], `SELECT account FROM team WHERE matter = $1 ORDER BY account`, id)
	if err == nil && c.User && !c.MaySee(m) {
		err = chat.ErrNotFound
	}
	return m, version, err
}

// chatFor finds the matter of a chat that the caller may see, and whom they write as there. It returns
// not_found.
func chatFor(tx *sqldb.Tx, c chat.Caller, participant string) (matter, author string, err error) {
	if !c.User {
		err = tx.Row(`SELECT matter FROM participants WHERE id = $1 AND account = $2`, participant, c.Account).Scan(&matter)
		return matter, participant, notFound(err)
	}
	if err := tx.Row(`SELECT matter FROM participants WHERE id = $1`, participant).Scan(&matter); err != nil {
		return "", "", notFound(err)
	}
	_, _, err = matterFor(tx, c, matter)
	return matter, c.Account, err
}
