package replica

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// MarkRead moves the user's read mark of a chat forward, here and, when the syncer has said so, at the
// portal. It returns not_found.
func (r *Replica) MarkRead(ctx context.Context, participant string, upto int64) error {
	var c chatAt
	err := r.view(ctx, func(tx *sqldb.Tx) (err error) {
		c, err = findChat(tx, participant)
		return err
	})
	// In an earlier epoch the version would be another's.
	if err != nil || upto <= c.readUpto || c.version == 0 {
		return err
	}
	// It is kept first: what the copy shows as read, the portal must come to know.
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO own.reads (participant, upto) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET upto = $2 WHERE upto < $2`, key(participant), upto)
		return err
	})
	if err != nil {
		return err
	}
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		moved, err := r.readTo(tx, participant, upto)
		if err != nil || !moved {
			return "", err
		}
		return c.matter, nil
	})
}

// maxReads is how many read marks are told at once.
const maxReads = 100

// WaitingReads are the read marks that the portal does not know of, at most 100.
func (r *Replica) WaitingReads(ctx context.Context) (reads []chat.Read, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		reads, err = sqldb.All(tx, func(scan sqldb.Scan) (m chat.Read, err error) {
			err = scan(id(&m.Participant), &m.Upto)
			m.Reader = r.user.ID
			return m, err
		}, `SELECT participant, upto FROM own.reads ORDER BY n LIMIT $1`, maxReads)
		return err
	})
	return reads, err
}

// ConfirmReads notes that the portal knows of read marks.
func (r *Replica) ConfirmReads(ctx context.Context, reads []chat.Read) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for _, m := range reads {
			if _, err := tx.Exec(`DELETE FROM own.reads WHERE participant = $1 AND upto <= $2`, key(m.Participant), m.Upto); err != nil {
				return err
			}
		}
		return nil
	})
}

// News are the chats of matters assigned to the user that hold what they have not read and did not write.
func (r *Replica) News(ctx context.Context) (news []chat.News, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		news, err = sqldb.All(tx, func(scan sqldb.Scan) (n chat.News, err error) {
			m := &n.Newest
			err = scan(id(&n.Matter), &n.Reference, &n.Title, id(&n.Participant), &n.Name, &n.Unread,
				id(&m.ID), id(&m.Author), &m.Text, &m.WrittenAt, &m.SentAt, &m.Version)
			n.Assigned, m.Participant = r.user.ID, n.Participant
			return n, err
		}, `
			SELECT x.id, x.reference, x.title, p.id, p.name, p.unread, m.id, coalesce(u.id, p.id), m.text, m.written_at, m.sent_at, m.version
			FROM matters x JOIN participants p ON p.matter = x.n AND p.unread > 0
				JOIN messages m ON m.n = (SELECT n FROM messages WHERE chat = p.n AND version > p.read_upto AND (author = 0 OR author <> $1 AND `+colleaguesCount+`) ORDER BY version DESC LIMIT 1)
				LEFT JOIN users u ON u.n = m.author
			WHERE x.assigned = $1 AND x.unread > 0 AND x.info_version <> 0 AND p.version <> 0`, r.me)
		return err
	})
	return news, err
}

// Toasted is the version of each chat up to which the user was told of it in a toast.
func (r *Replica) Toasted(ctx context.Context) (toasted map[string]int64, err error) {
	toasted = map[string]int64{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		_, err := sqldb.All(tx, func(scan sqldb.Scan) (participant string, err error) {
			var version int64
			err = scan(id(&participant), &version)
			toasted[participant] = version
			return participant, err
		}, `SELECT participant, version FROM own.toasted`)
		return err
	})
	return toasted, err
}

// SetToasted notes that the user was told of a chat up to a version.
func (r *Replica) SetToasted(ctx context.Context, versions map[string]int64) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for participant, version := range versions {
			_, err := tx.Exec(`INSERT INTO own.toasted (participant, version) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET version = max(version, $2)`, key(participant), version)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
