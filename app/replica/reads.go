package replica

import (
	"context"
	"encoding/json"
	"errors"
	"math"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// MarkRead moves the user's read mark of a chat forward, and ends the chat's reminder if it is due. It returns not_found.
func (r *Replica) MarkRead(ctx context.Context, participant string, upto int64) error {
	var c chatRef
	err := r.view(ctx, func(tx *sqldb.Tx) (err error) {
		c, err = findChat(tx, id(participant))
		return err
	})
	// While the matter is of an earlier epoch, the version would name another message.
	if err != nil || c.version == 0 {
		return err
	}
	if upto <= c.readUpto {
		return r.endDueReminder(ctx, c)
	}
	// The mark for the portal is stored first, so that the portal learns of every mark that the copy shows.
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`INSERT INTO own.reads (participant, upto) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET upto = $2 WHERE upto < $2`, c.participant, upto)
	})
	if err != nil {
		return err
	}
	err = r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		moved, err := r.moveReadMark(tx, c.participant, upto)
		if err != nil || !moved {
			return "", err
		}
		return c.matter, nil
	})
	if err != nil {
		return err
	}
	return r.endDueReminder(ctx, c)
}

// MarkReadUpTo moves the user's read mark of a chat forward to a message, which had this version when it was shown. The
// mark stays if the version now names another message: the portal's data was put back since. It returns not_found.
func (r *Replica) MarkReadUpTo(ctx context.Context, participant, message string, version int64) error {
	var same bool
	err := r.view(ctx, func(tx *sqldb.Tx) error {
		c, err := findChat(tx, id(participant))
		if err != nil {
			return err
		}
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM messages WHERE chat = $1 AND version = $2 AND id = $3)`, c.n, version, id(message)).Scan(&same)
	})
	if err != nil || !same {
		return err
	}
	return r.MarkRead(ctx, participant, version)
}

// maxReads limits how many read marks are sent at once.
const maxReads = 100

// UnsentReads returns up to 100 read marks that the portal doesn't have. It leaves out matters that are still to be pulled
// again: the versions may name other messages now.
func (r *Replica) UnsentReads(ctx context.Context) (reads []chat.Read, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		reads, err = sqldb.All(tx, func(scan sqldb.Scan) (m chat.Read, err error) {
			err = scan(scanID(&m.Participant), &m.Upto)
			m.Reader = r.user.ID
			return m, err
		}, `SELECT participant, upto FROM own.reads o
			WHERE NOT EXISTS (SELECT 1 FROM participants p JOIN matters x ON x.n = p.matter WHERE p.id = o.participant AND x.version = 0)
			ORDER BY n LIMIT $1`, maxReads)
		return err
	})
	return reads, err
}

// ConfirmReads removes read marks that the portal has now.
func (r *Replica) ConfirmReads(ctx context.Context, reads []chat.Read) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for _, m := range reads {
			if err := tx.Exec(`DELETE FROM own.reads WHERE participant = $1 AND upto <= $2`, id(m.Participant), m.Upto); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetCovers says who covers for whom. It changes what is new to the user.
func (r *Replica) SetCovers(covers []chat.Cover) { r.covers.Store(&covers) }

// coversByUser returns the covers by the user.
func (r *Replica) coversByUser() (by []chat.Cover) {
	if covers := r.covers.Load(); covers != nil {
		for _, c := range *covers {
			if c.By == r.user.ID {
				by = append(by, c)
			}
		}
	}
	return by
}

// coversFrom returns the time from which on the user covers for a colleague. If they don't, it is never.
func (r *Replica) coversFrom(colleague string) int64 {
	for _, c := range r.coversByUser() {
		if c.Account == colleague {
			return c.From
		}
	}
	return math.MaxInt64
}

// UnreadChats returns the chats with unread messages in matters that are assigned to the user or to a colleague for whom
// they cover, and all chats with reminders that are due. A reminder that isn't due hides its chat's messages that the user
// had seen. In a colleague's matter it counts only what the portal got during the cover.
func (r *Replica) UnreadChats(ctx context.Context) (chats []chat.UnreadChat, err error) {
	now := r.now().UnixMilli()
	scan := func(scan sqldb.Scan) (c chat.UnreadChat, err error) {
		m := &c.Newest
		var team string
		err = scan(scanID(&c.Matter), &c.Reference, &c.Title, scanID(&c.Assigned), &team, scanID(&c.Participant), &c.Name, &c.Unread, &c.ReminderAt,
			scanID(&m.ID), scanID(&m.Author), &m.Text, &m.WrittenAt, &m.SentAt, &m.Version, &c.Colleague, &c.Ended)
		m.Participant = c.Participant
		return c, errors.Join(err, json.Unmarshal([]byte(team), &c.Team))
	}
	const (
		matter   = `x.id, x.reference, x.title, v.id, x.team, p.id, p.name, `
		columns  = `m.id, coalesce(u.id, p.id), m.text, m.written_at, m.sent_at, m.version, coalesce(u.name, ''), x.closed_at <> 0 OR p.removed`
		reminded = `CASE WHEN d.due_at > 0 AND d.due_at <= $2 THEN d.due_at ELSE 0 END, `
		visible  = `x.info_version <> 0 AND p.version <> 0`
		shown    = ` AND x.unread > 0 AND ` + visible + ` AND (d.due_at IS NULL OR d.due_at <= $2 OR m.sent_at > d.seen_at)`
		covered  = `m.chat = p.n AND m.version > p.read_upto AND m.sent_at >= $4 AND m.sent_at < $5 AND (m.author = 0 OR m.author <> $1 AND ` + countsColleagues + `)`
	)
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		chats, err = sqldb.All(tx, scan, `
			SELECT `+matter+`p.unread, `+reminded+columns+`
			FROM matters x JOIN users v ON v.n = x.assigned JOIN participants p ON p.matter = x.n AND p.unread > 0
				JOIN messages m ON m.n = (SELECT n FROM messages WHERE chat = p.n AND version > p.read_upto AND (author = 0 OR author <> $1 AND `+countsColleagues+`) ORDER BY version DESC LIMIT 1)
				LEFT JOIN users u ON u.n = m.author LEFT JOIN own.reminders d ON d.participant = p.id
			WHERE x.assigned = $1`+shown, r.me, now)
		for _, c := range r.coversByUser() {
			if err != nil {
				return err
			}
			var theirs []chat.UnreadChat
			theirs, err = sqldb.All(tx, scan, `
				SELECT `+matter+`(SELECT count(*) FROM messages m WHERE `+covered+`), `+reminded+columns+`
				FROM users v JOIN matters x ON x.assigned = v.n JOIN participants p ON p.matter = x.n AND p.unread > 0
					JOIN messages m ON m.n = (SELECT n FROM messages m WHERE `+covered+` ORDER BY version DESC LIMIT 1)
					LEFT JOIN users u ON u.n = m.author LEFT JOIN own.reminders d ON d.participant = p.id
				WHERE v.id = $3`+shown, r.me, now, id(c.Account), c.From, c.Until)
			chats = append(chats, theirs...)
		}
		if err != nil {
			return err
		}
		unread := map[string]struct{}{}
		for _, c := range chats {
			unread[c.Participant] = struct{}{}
		}
		due, err := sqldb.All(tx, scan, `
			SELECT `+matter+`0, d.due_at, `+columns+`
			FROM own.reminders d JOIN participants p ON p.id = d.participant JOIN matters x ON x.n = p.matter LEFT JOIN users v ON v.n = x.assigned
				JOIN messages m ON m.n = p.newest LEFT JOIN users u ON u.n = m.author
			WHERE d.due_at > 0 AND d.due_at <= $1 AND `+visible, now)
		for _, c := range due {
			if _, both := unread[c.Participant]; !both {
				chats = append(chats, c)
			}
		}
		return err
	})
	return chats, err
}

// Notified returns the version of each chat up to which the user has had notifications.
func (r *Replica) Notified(ctx context.Context) (versions map[string]int64, err error) {
	versions = map[string]int64{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var participant string
			var version int64
			err := scan(scanID(&participant), &version)
			versions[participant] = version
			return err
		}, `SELECT participant, version FROM own.toasted`)
	})
	return versions, err
}

// SetNotified stores the version of each chat up to which the user has had notifications.
func (r *Replica) SetNotified(ctx context.Context, versions map[string]int64) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for participant, version := range versions {
			if err := tx.Exec(`INSERT INTO own.toasted (participant, version) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET version = max(version, $2)`, id(participant), version); err != nil {
				return err
			}
		}
		return nil
	})
}
