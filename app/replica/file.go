package replica

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// File is a whole matter, or one chat of it, to save for the firm's records.
type File struct {
	ID, Reference, Title, Type string
	OpenedAt, ClosedAt         int64
	AssignedName               string
	// AsOf is when the copy was last complete, or 0.
	AsOf  int64
	Chats []FileChat
}

// FileChat is a whole chat with everyone's read marks.
type FileChat struct {
	Chat
	Reads []FileRead
}

// FileRead is one reader's read mark.
type FileRead struct {
	Reader, Name    string
	FromParticipant bool
	Upto            int64 // the version of the newest message read
	At              int64 // 0 while the portal doesn't have the mark
}

// MatterFile reads a matter with every chat in it. It returns not_found.
func (r *Replica) MatterFile(ctx context.Context, matter string) (f File, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err := unsentWhere(tx, `WHERE matter = $1 ORDER BY place`, id(matter)) // before the copy: see the package comment
		if err != nil {
			return err
		}
		if f, err = fileHead(tx, matter); err != nil {
			return err
		}
		chats, err := sqldb.All(tx, sqldb.Column[id], `SELECT p.id FROM matters x JOIN participants p ON p.matter = x.n WHERE x.id = $1 AND p.version <> 0 ORDER BY p.id`, id(matter))
		if err != nil {
			return err
		}
		return r.fileChats(tx, &f, chats, unsent)
	})
	return f, err
}

// ChatFile reads a whole chat. It returns not_found.
func (r *Replica) ChatFile(ctx context.Context, participant string) (f File, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err := unsentWhere(tx, `WHERE participant = $1 ORDER BY place`, id(participant)) // before the copy: see the package comment
		if err != nil {
			return err
		}
		c, err := findChat(tx, id(participant))
		if err != nil {
			return err
		}
		if f, err = fileHead(tx, string(c.matter)); err != nil {
			return err
		}
		return r.fileChats(tx, &f, []id{id(participant)}, unsent)
	})
	return f, err
}

func fileHead(tx *sqldb.Tx, matter string) (f File, err error) {
	f.ID = matter
	err = tx.Row(`
		SELECT x.reference, x.title, x.type, x.opened_at, x.closed_at, coalesce(u.name, ''), (SELECT as_of FROM about)
		FROM matters x LEFT JOIN users u ON u.n = x.assigned WHERE x.id = $1 AND x.info_version <> 0`, id(matter)).
		Scan(&f.Reference, &f.Title, &f.Type, &f.OpenedAt, &f.ClosedAt, &f.AssignedName, &f.AsOf)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrNotFound
	}
	return f, err
}

// fileChats reads whole chats, each with its part of the outbox.
func (r *Replica) fileChats(tx *sqldb.Tx, f *File, participants []id, unsent []Unsent) error {
	for _, participant := range participants {
		c := FileChat{Chat: Chat{Participant: string(participant)}}
		n, _, err := r.head(tx, &c.Chat)
		if err != nil {
			return err
		}
		if c.Statuses, err = statusesIn(tx, n); err != nil {
			return err
		}
		if c.Messages, err = r.messages(tx, &c.Chat, n, `ORDER BY m.version`); err != nil {
			return err
		}
		if c.Reads, err = r.fileReads(tx, c.Chat, n); err != nil {
			return err
		}
		c.markStatuses()
		var here []Unsent
		for _, u := range unsent {
			if u.Participant == c.Participant {
				here = append(here, u)
			}
		}
		r.addUnsent(&c.Chat, here)
		f.Chats = append(f.Chats, c)
	}
	return nil
}

// fileReads reads the read marks of a chat. The user's own may be ahead of the portal's.
func (r *Replica) fileReads(tx *sqldb.Tx, c Chat, n int64) ([]FileRead, error) {
	return sqldb.All(tx, func(scan sqldb.Scan) (m FileRead, err error) {
		var reader int64
		err = scan(&reader, scanID(&m.Reader), &m.Name, &m.Upto, &m.At)
		if m.FromParticipant = reader == 0; m.FromParticipant {
			m.Reader, m.Name = c.Participant, c.Name
		}
		if reader == r.me && c.ReadUpto > m.Upto {
			m.Upto, m.At = c.ReadUpto, 0
		}
		return m, err
	}, `
		SELECT d.reader, u.id, coalesce(u.name, ''), d.upto, d.at FROM reads d LEFT JOIN users u ON u.n = d.reader WHERE d.chat = $1
		UNION ALL
		SELECT u.n, u.id, u.name, $3, 0 FROM users u WHERE u.n = $2 AND $3 > 0 AND NOT EXISTS (SELECT 1 FROM reads WHERE chat = $1 AND reader = $2)
		ORDER BY 1`, n, r.me, c.ReadUpto)
}
