package replica

import (
	"context"
	"errors"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Message is a message as the user sees it: sent, or still in the outbox.
type Message struct {
	ID              string `json:"id"`
	Author          string `json:"author"`
	AuthorName      string `json:"author_name"`
	Mine            bool   `json:"mine"`
	FromParticipant bool   `json:"from_participant"`
	Text            string `json:"text"`
	WrittenAt       int64  `json:"written_at"`
	SentAt          int64  `json:"sent_at"`
	Version         int64  `json:"version"`
	// Delivery is sent, waiting, sending or rejected.
	Delivery string `json:"delivery"`
	// Reason is why it was rejected.
	Reason string `json:"reason"`
	// Status is current, past, asked (for, when it is delivered) or empty.
	Status string `json:"status"`
}

// StatusPeriod is a time in which a message was the current status.
type StatusPeriod struct {
	Message   string `json:"message"`
	Text      string `json:"text"`
	SetByName string `json:"set_by_name"`
	SetAt     int64  `json:"set_at"`
	EndedAt   int64  `json:"ended_at"`
}

// Chat is a page of one chat, and all else that its screen shows.
type Chat struct {
	Matter        string         `json:"matter"`
	Participant   string         `json:"participant"`
	Name          string         `json:"name"`
	Role          string         `json:"role"`
	OtherSide     bool           `json:"other_side"`
	Joined        bool           `json:"joined"`
	Messages      []Message      `json:"messages"`
	More          bool           `json:"more"`
	ReadUpto      int64          `json:"read_upto"`
	TheirReadUpto int64          `json:"their_read_upto"`
	TheirReadAt   int64          `json:"their_read_at"`
	Statuses      []StatusPeriod `json:"statuses"`
	Draft         Draft          `json:"draft"`
}

// page is how many messages a Chat holds.
const page = 50

// Chat reads the newest page of a chat with what is unsent, or the page before a version. It returns
// not_found.
func (r *Replica) Chat(ctx context.Context, participant string, before int64) (c Chat, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if c, err = findChat(tx, participant); err != nil {
			return err
		}
		if c.Messages, err = r.sentIn(tx, participant, before); err != nil {
			return err
		}
		c.More = len(c.Messages) > page
		c.Messages = c.Messages[:min(page, len(c.Messages))]
		slices.Reverse(c.Messages)
		if before != 0 {
			return nil
		}
		unsent, err := r.unsentIn(tx, participant)
		if err != nil {
			return err
		}
		newest := int64(0)
		if len(c.Messages) > 0 {
			newest = c.Messages[len(c.Messages)-1].Version
		}
		c.Messages = append(c.Messages, unsent...)
		if err := r.readMarks(tx, &c, newest); err != nil {
			return err
		}
		if c.Statuses, err = statusesIn(tx, participant); err != nil {
			return err
		}
		c.Draft, err = draftOf(tx, participant)
		return err
	})
	return c, err
}

func findChat(tx *sqldb.Tx, participant string) (c Chat, err error) {
	c.Participant = participant
	err = tx.Row(`SELECT matter, name, role, other_side, joined FROM participants WHERE id = $1`, participant).
		Scan(&c.Matter, &c.Name, &c.Role, &c.OtherSide, &c.Joined)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrNotFound
	}
	return c, err
}

// sentIn reads a page of sent messages and one more, newest first.
func (r *Replica) sentIn(tx *sqldb.Tx, participant string, before int64) ([]Message, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return sqldb.All(tx, func(scan sqldb.Scan) (m Message, err error) {
		var set, stands bool
		err = scan(&m.ID, &m.Author, &m.AuthorName, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version, &set, &stands)
		m.Delivery, m.Mine, m.FromParticipant = "sent", m.Author == r.user.ID, m.Author == participant
		switch {
		case stands:
			m.Status = "current"
		case set:
			m.Status = "past"
		}
		return m, err
	}, `
		SELECT m.id, m.author, coalesce(u.name, p.name), m.text, m.written_at, m.sent_at, m.version,
			EXISTS (SELECT 1 FROM statuses s WHERE s.participant = m.participant AND s.message = m.id),
			EXISTS (SELECT 1 FROM statuses s WHERE s.participant = m.participant AND s.message = m.id AND s.ended_at = 0)
		FROM messages m JOIN participants p ON p.id = m.participant LEFT JOIN users u ON u.id = m.author
		WHERE m.participant = $1 AND m.version < $2 ORDER BY m.version DESC LIMIT $3`, participant, before, page+1)
}

// unsentIn reads a chat's outbox in the order of writing.
func (r *Replica) unsentIn(tx *sqldb.Tx, participant string) ([]Message, error) {
	return sqldb.All(tx, func(scan sqldb.Scan) (m Message, err error) {
		var setStatus bool
		err = scan(&m.ID, &m.Text, &m.WrittenAt, &setStatus, &m.Delivery, &m.Reason)
		m.Author, m.AuthorName, m.Mine = r.user.ID, r.user.Name, true
		if setStatus {
			m.Status = "asked"
		}
		return m, err
	}, `SELECT id, text, written_at, set_status, state, reason FROM outbox WHERE participant = $1 ORDER BY n`, participant)
}

// readMarks reads how far the user and the participant have read. In a matter that is not theirs a user
// without a mark has nothing new: nobody expects them to read it all.
func (r *Replica) readMarks(tx *sqldb.Tx, c *Chat, newest int64) error {
	var mine bool
	if err := tx.Row(`SELECT assigned = $2 FROM matters WHERE id = $1`, c.Matter, r.user.ID).Scan(&mine); err != nil {
		return err
	}
	if !mine {
		c.ReadUpto = newest
	}
	_, err := sqldb.All(tx, func(scan sqldb.Scan) (reader string, err error) {
		var upto, at int64
		err = scan(&reader, &upto, &at)
		if reader == c.Participant {
			c.TheirReadUpto, c.TheirReadAt = upto, at
		} else {
			c.ReadUpto = upto
		}
		return reader, err
	}, `SELECT reader, upto, at FROM reads WHERE participant = $1 AND reader IN ($1, $2)`, c.Participant, r.user.ID)
	return err
}

func statusesIn(tx *sqldb.Tx, participant string) ([]StatusPeriod, error) {
	return sqldb.All(tx, func(scan sqldb.Scan) (s StatusPeriod, err error) {
		err = scan(&s.Message, &s.Text, &s.SetByName, &s.SetAt, &s.EndedAt)
		return s, err
	}, `
		SELECT s.message, s.text, coalesce(u.name, ''), s.set_at, s.ended_at
		FROM statuses s LEFT JOIN users u ON u.id = s.set_by
		WHERE s.participant = $1 ORDER BY s.ended_at = 0 DESC, s.set_at DESC`, participant)
}
