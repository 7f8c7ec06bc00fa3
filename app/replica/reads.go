package replica

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// MarkRead moves the user's read mark of a chat forward, here and, when the syncer has said so, at the
// portal. It returns not_found.
func (r *Replica) MarkRead(ctx context.Context, participant string, upto int64) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		c, err := findChat(tx, participant)
		if err != nil {
			return "", err
		}
		n, err := tx.Exec(`
			INSERT INTO reads (participant, reader, upto, at, confirmed) VALUES ($1, $2, $3, $4, 0)
			ON CONFLICT (participant, reader) DO UPDATE SET upto = $3, at = $4 WHERE upto < $3`,
			participant, r.user.ID, upto, r.now().UnixMilli())
		if err != nil || n == 0 {
			return "", err
		}
		return c.Matter, nil
	})
}

// WaitingReads are the read marks that the portal does not know of.
func (r *Replica) WaitingReads(ctx context.Context) (reads []chat.Read, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		reads, err = sqldb.All(tx, func(scan sqldb.Scan) (m chat.Read, err error) {
			err = scan(&m.Participant, &m.Reader, &m.Upto)
			return m, err
		}, `SELECT participant, reader, upto FROM reads WHERE confirmed < upto LIMIT 100`)
		return err
	})
	return reads, err
}

// ConfirmReads notes that the portal knows of read marks.
func (r *Replica) ConfirmReads(ctx context.Context, reads []chat.Read) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		for _, m := range reads {
			if _, err := tx.Exec(`UPDATE reads SET confirmed = max(confirmed, $3) WHERE participant = $1 AND reader = $2`, m.Participant, m.Reader, m.Upto); err != nil {
				return err
			}
		}
		return nil
	})
}

// News are the chats of matters assigned to the user that hold what they have not read and did not write.
func (r *Replica) News(ctx context.Context) (news []chat.News, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		news, err = sqldb.All(tx, func(scan sqldb.Scan) (n chat.News, err error) {
			m := &n.Newest
			err = scan(&n.Matter, &n.Reference, &n.Title, &n.Assigned, &n.Participant, &n.Name, &n.Unread,
				&m.ID, &m.Author, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version)
			m.Participant = n.Participant
			return n, err
		}, `
			SELECT x.id, x.reference, x.title, x.assigned, p.id, p.name, count(*),
				m.id, m.author, m.text, m.written_at, m.sent_at, max(m.version) -- SQLite takes the other columns from the row with the maximum
			FROM matters x JOIN participants p ON p.matter = x.id
				LEFT JOIN reads r ON r.participant = p.id AND r.reader = $1
				JOIN messages m ON m.participant = p.id AND m.version > coalesce(r.upto, 0) AND m.author <> $1
			WHERE x.assigned = $1
			GROUP BY p.id`, r.user.ID)
		return err
	})
	return news, err
}

// Toasted is the version of each chat up to which the user was told of it in a toast.
func (r *Replica) Toasted(ctx context.Context) (toasted map[string]int64, err error) {
	toasted = map[string]int64{}
	err = r.db.View(ctx, func(tx *sqldb.Tx) error {
		_, err := sqldb.All(tx, func(scan sqldb.Scan) (id string, err error) {
			var version int64
			err = scan(&id, &version)
			toasted[id] = version
			return id, err
		}, `SELECT participant, version FROM toasted`)
		return err
	})
	return toasted, err
}

// SetToasted notes that the user was told of a chat up to a version.
func (r *Replica) SetToasted(ctx context.Context, versions map[string]int64) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		for participant, version := range versions {
			_, err := tx.Exec(`INSERT INTO toasted (participant, version) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET version = max(version, $2)`, participant, version)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
