package replica

import (
	"context"
	"errors"
	"math"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Message is a message as the user sees it: sent or still in the outbox.
type Message struct {
	ID         string `json:"id"`
	Author     string `json:"author"`
	AuthorName string `json:"author_name"`
	// AuthorDetail belongs beside the name, because someone else's name looks the same. Otherwise it is empty.
	AuthorDetail    string `json:"author_detail"`
	Mine            bool   `json:"mine"`
	FromParticipant bool   `json:"from_participant"`
	Text            string `json:"text"`
	WrittenAt       int64  `json:"written_at"`
	SentAt          int64  `json:"sent_at"`
	Version         int64  `json:"version"`
	// Delivery is sent, waiting, sending or rejected.
	Delivery string `json:"delivery"`
	// LeavesAt is when the time to undo the message ends, or 0.
	LeavesAt int64 `json:"leaves_at"`
	// Code and Reason say why it was rejected.
	Code   string `json:"code"`
	Reason string `json:"reason"`
	// Status is current, past, asked (unsent, and becomes the status when sent) or empty.
	Status string `json:"status"`
}

// Chat is a page of one chat, with everything else that its screen shows. Only a page with the chat's end includes
// the outbox.
type Chat struct {
	Matter      string    `json:"matter"`
	Participant string    `json:"participant"`
	Name        string    `json:"name"`
	Role        string    `json:"role"`
	OtherSide   bool      `json:"other_side"`
	Joined      bool      `json:"joined"`
	Removed     bool      `json:"removed"`   // whether their access has ended
	ClosedAt    int64     `json:"closed_at"` // when the matter was closed, or 0
	Messages    []Message `json:"messages"`
	// More and Newer report whether there are older and newer messages.
	More          bool           `json:"more"`
	Newer         bool           `json:"newer"`
	ReadUpto      int64          `json:"read_upto"`
	TheirReadUpto int64          `json:"their_read_upto"`
	TheirReadAt   int64          `json:"their_read_at"`
	Statuses      []StatusPeriod `json:"statuses"`
	// Decisions are the unconfirmed decisions about the status, oldest first.
	Decisions []Unsent `json:"decisions"`
	Draft     Draft    `json:"draft"`
	// ReminderAt is when the chat reminds the user, or 0.
	ReminderAt int64 `json:"reminder_at"`
}

// page is how many messages a Chat has at most.
const page = 50

// Chat reads the newest page of a chat, or the page before a version. It returns not_found.
func (r *Replica) Chat(ctx context.Context, participant string, before int64) (Chat, error) {
	if before == 0 {
		return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
			return r.older(tx, n, c, math.MaxInt64, page)
		}, true)
	}
	return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
		c.Newer = true
		return r.older(tx, n, c, before, page)
	}, false)
}

// ChatAround reads the page of a chat with a version in its middle. It returns not_found.
func (r *Replica) ChatAround(ctx context.Context, participant string, version int64) (Chat, error) {
	return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
		return r.around(tx, n, c, version)
	}, true)
}

func (r *Replica) around(tx *sqldb.Tx, n int64, c *Chat, version int64) error {
	if err := r.newer(tx, n, c, version-1, page/2); err != nil {
		return err
	}
	return r.older(tx, n, c, version, page-len(c.Messages))
}

// ChatAfter reads the page of a chat after a version. It returns not_found.
func (r *Replica) ChatAfter(ctx context.Context, participant string, version int64) (Chat, error) {
	return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
		c.More = true
		return r.newer(tx, n, c, version, page)
	}, true)
}

// chat reads a chat with the messages that read adds. With whole, it also adds what the user hasn't sent.
func (r *Replica) chat(ctx context.Context, participant string, read func(tx *sqldb.Tx, n int64, c *Chat) error, whole bool) (c Chat, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		c = Chat{Participant: participant, Messages: []Message{}, Decisions: []Unsent{}}
		unsent, err := unsentWhere(tx, `WHERE participant = $1 ORDER BY place`, id(participant)) // before the copy: see the package comment
		if err != nil {
			return err
		}
		n, assigned, err := r.head(tx, &c)
		if err != nil {
			return err
		}
		if c.Statuses, err = statusesIn(tx, n); err != nil {
			return err
		}
		if err := read(tx, n, &c); err != nil {
			return err
		}
		c.markStatuses()
		if !whole {
			return nil
		}
		if assigned != r.user.ID && c.ReadUpto == 0 {
			c.ReadUpto = r.readUnlessMarked(assigned, c.Messages)
		}
		for i := range unsent {
			if err := unsent[i].readStatusText(tx, n); err != nil {
				return err
			}
		}
		r.addUnsent(&c, unsent)
		return nil
	})
	return c, err
}

// readUnlessMarked returns how far a chat counts as read by a user without a read mark, in a colleague's matter: they aren't
// expected to read it all. What came while they cover for the colleague is new.
func (r *Replica) readUnlessMarked(assigned string, messages []Message) (upto int64) {
	from := r.coversFrom(assigned)
	for i, m := range messages {
		if i == 0 {
			upto = max(0, m.Version-1)
		}
		if m.SentAt >= from {
			break
		}
		upto = m.Version
	}
	return upto
}

// head reads a chat without its messages, and returns its number and the matter's assigned user.
func (r *Replica) head(tx *sqldb.Tx, c *Chat) (n int64, assigned string, err error) {
	err = tx.Row(`
		SELECT p.n, x.id, p.name, p.role, p.other_side, p.joined, p.removed, x.closed_at, v.id, p.read_upto,
			coalesce(t.upto, 0), coalesce(t.at, 0), coalesce(d.text, ''), coalesce(d.set_status, 0),
			coalesce((SELECT due_at FROM own.reminders WHERE participant = p.id), 0)
		FROM participants p JOIN matters x ON x.n = p.matter LEFT JOIN users v ON v.n = x.assigned
			LEFT JOIN reads t ON t.chat = p.n AND t.reader = 0 LEFT JOIN own.drafts d ON d.participant = p.id
		WHERE p.id = $1 AND p.version <> 0 AND x.info_version <> 0`, id(c.Participant)).
		Scan(&n, scanID(&c.Matter), &c.Name, &c.Role, &c.OtherSide, &c.Joined, &c.Removed, &c.ClosedAt, scanID(&assigned), &c.ReadUpto,
			&c.TheirReadUpto, &c.TheirReadAt, &c.Draft.Text, &c.Draft.SetStatus, &c.ReminderAt)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrNotFound
	}
	return n, assigned, err
}

// older prepends up to limit messages before a version.
func (r *Replica) older(tx *sqldb.Tx, n int64, c *Chat, version int64, limit int) error {
	found, err := r.messages(tx, c, n, `AND m.version < $2 ORDER BY m.version DESC LIMIT $3`, version, limit+1)
	if err != nil {
		return err
	}
	c.More = len(found) > limit
	found = found[:min(limit, len(found))]
	slices.Reverse(found)
	c.Messages = append(found, c.Messages...)
	return nil
}

// newer appends up to limit messages after a version.
func (r *Replica) newer(tx *sqldb.Tx, n int64, c *Chat, version int64, limit int) error {
	found, err := r.messages(tx, c, n, `AND m.version > $2 ORDER BY m.version LIMIT $3`, version, limit+1)
	if err != nil {
		return err
	}
	c.Newer = len(found) > limit
	c.Messages = append(c.Messages, found[:min(limit, len(found))]...)
	return nil
}

// messages reads messages of the chat with number n, which is $1 in the query.
func (r *Replica) messages(tx *sqldb.Tx, c *Chat, n int64, where string, args ...any) ([]Message, error) {
	var matter int64
	if err := tx.Row(`SELECT matter FROM participants WHERE n = $1`, n).Scan(&matter); err != nil {
		return nil, err
	}
	people, err := r.namesakesIn(tx, matter)
	if err != nil {
		return nil, err
	}
	authors := map[int64]author{} // a chat has few
	return sqldb.All(tx, func(scan sqldb.Scan) (m Message, err error) {
		var number int64
		err = scan(scanID(&m.ID), &number, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version)
		by, known := authors[number]
		if !known && err == nil {
			by, err = r.author(tx, c, n, number, people)
			authors[number] = by
		}
		m.WrittenAt = chat.WrittenAt(m.WrittenAt, m.SentAt) // older portals passed on any claim
		m.Author, m.AuthorName, m.AuthorDetail = by.ID, by.Name, by.detail
		m.FromParticipant, m.Mine, m.Delivery = number == 0, number == r.me, "sent"
		return m, err
	}, `SELECT m.id, m.author, m.text, m.written_at, m.sent_at, m.version FROM messages m WHERE m.chat = $1 `+where, append([]any{n}, args...)...)
}

// author is who wrote a message.
type author struct {
	chat.User
	detail string
}

// author finds the author with a number: a user, or with 0 the participant of the chat with number n.
func (r *Replica) author(tx *sqldb.Tx, c *Chat, n, number int64, people namesakes) (by author, err error) {
	otherwise := "user of the firm"
	switch number {
	case r.me:
		return author{User: r.user}, nil
	case 0:
		by.ID, by.Name, otherwise = c.Participant, c.Name, c.Role
		err = tx.Row(`SELECT email FROM participants WHERE n = $1`, n).Scan(&by.Email)
	default:
		err = tx.Row(`SELECT id, name, email FROM users WHERE n = $1`, number).Scan(scanID(&by.ID), &by.Name, &by.Email)
	}
	by.detail = people.detail(by.Name, by.Email, otherwise)
	return by, err
}

// addUnsent adds the chat's outbox: decisions, and messages if the page has the chat's end.
func (r *Replica) addUnsent(c *Chat, unsent []Unsent) {
	for _, u := range unsent {
		switch {
		case u.Kind == string(chat.SetStatus):
			c.Decisions = append(c.Decisions, u)
		case c.Newer || slices.ContainsFunc(c.Messages, func(m Message) bool { return m.ID == u.ID }): // it was just confirmed
		default:
			c.Messages = append(c.Messages, r.unsentMessage(u))
		}
	}
}

// unsentMessage makes a Message of one in the outbox.
func (r *Replica) unsentMessage(u Unsent) Message {
	m := Message{ID: u.ID, Author: r.user.ID, AuthorName: r.user.Name, Mine: true, Text: u.Text, WrittenAt: u.WrittenAt, Delivery: u.State, Code: u.Code, Reason: u.Reason}
	if r.undoable(u) {
		m.LeavesAt = u.LeavesAt
	}
	if u.SetStatus {
		m.Status = "asked"
	}
	return m
}

// chatRef identifies a chat in the copy.
type chatRef struct {
	n                   int64
	participant, matter id
	// version is the matter's, or 0 while the matter is of an earlier epoch.
	version, readUpto int64
}

// findChat finds a chat. It returns not_found.
func findChat(tx *sqldb.Tx, participant id) (c chatRef, err error) {
	c.participant = participant
	err = tx.Row(`SELECT p.n, x.id, x.version, p.read_upto FROM participants p JOIN matters x ON x.n = p.matter WHERE p.id = $1`, participant).
		Scan(&c.n, &c.matter, &c.version, &c.readUpto)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrNotFound
	}
	return c, err
}
