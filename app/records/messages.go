package records

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Outgoing is a message to send.
type Outgoing struct {
	ID          string // made by the device before the first attempt
	Participant string
	Text        string
	WrittenAt   int64
	SetStatus   bool
	// SawStatus is the message that the writer saw as the current status, or empty for none. If the current
	// status differs, the message is sent but doesn't become the status. nil means any.
	SawStatus *string
}

// SendResult is the result for one Outgoing: the message as sent, or an error.
type SendResult struct {
	Message chat.Message
	// Status says whether the message became the status, if SetStatus asked for it.
	Status chat.StatusResult
	Err    error
}

// Send sends messages in order and returns one result for each. A message that is refused doesn't hold back the
// others. Sending the same id again returns the first result. The results' errors are text_required,
// text_too_long, text_invalid, malformed, not_found, id_taken, removed and matter_closed. If Send itself returns an
// error, no message was sent.
func (s *Store) Send(ctx context.Context, c chat.Caller, messages []Outgoing) ([]SendResult, error) {
	if len(messages) == 1 && s.db.WithWrites() {
		result, sent, err := s.sendAtOnce(ctx, c, messages[0])
		if sent || err != nil {
			return []SendResult{result}, err
		}
	}
	results := make([]SendResult, len(messages))
	send := func(tx *change) error {
		for i, message := range messages {
			result, err := s.send(tx, c, message)
			result.Err = err
			results[i] = result
			if _, refused := errors.AsType[*chat.Error](err); err != nil && !refused {
				return fmt.Errorf("send messages: %w", err)
			}
		}
		return nil
	}
	err := s.change(ctx, send)
	if errors.Is(err, sqldb.ErrDuplicate) { // another request sent the same message at the same time
		err = s.change(ctx, send)
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// send checks everything before it writes anything, so that a refused message leaves nothing behind.
func (s *Store) send(tx *change, c chat.Caller, message Outgoing) (result SendResult, err error) {
	id, err := parseID(message.ID)
	if err != nil {
		return result, err
	}
	view, err := chatForSending(tx.Tx, c, message.Participant, id.String())
	if err != nil {
		return result, err
	}
	if message.SetStatus && !c.User {
		return result, chat.Errorf(chat.Malformed, "set_status", "Only the firm can set the status.")
	}
	if view.sent {
		return firstResult(tx.Tx, view, message, id.String())
	}
	text, err := chat.ValidText(message.Text)
	if err != nil {
		return result, err
	}
	if err := view.writable(); err != nil {
		return result, err
	}

	v := versions{view.at.Version + 1, view.chatAt.Version + 1}
	mark := newMark()
	now := s.millis()
	m := chat.Message{ID: id.String(), Participant: message.Participant, Author: view.author, Text: text, WrittenAt: chat.WrittenAt(message.WrittenAt, now), SentAt: now, Version: v.matter}
	if err := tx.Queue(`UPDATE matters SET version = $2, mark = $3, active_at = $4 WHERE id = $1`, view.matter, v.matter, mark, m.SentAt); err != nil {
		return result, err
	}
	err = tx.Queue(`INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version, chat_version, mark) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		m.ID, view.matter, m.Participant, m.Author, m.Text, m.WrittenAt, m.SentAt, v.matter, v.chat, mark)
	if err != nil {
		return result, err
	}
	if err := tx.Queue(`UPDATE participants SET seen = $2, mark = $3 WHERE id = $1`, m.Participant, v.chat, mark); err != nil {
		return result, err
	}
	if message.SetStatus {
		if result.Status, err = setStatus(tx, c, view.matter, m, message.SawStatus, m.SentAt, v); err != nil {
			return result, err
		}
	}
	result.Message = tx.sent(c, m, view, mark, !message.SetStatus)
	return result, nil
}

// sent notes a message for the broadcast, and returns it with its version for the caller. view is the chat before it. A
// message that is the only change is passed on whole.
func (tx *change) sent(c chat.Caller, m chat.Message, view chatView, mark string, only bool) chat.Message {
	changed := matterChange{matter: view.matter, at: Position{m.Version, mark}, since: view.at.Version, onlyMessages: only}
	if only {
		live := LiveMessage{Message: m, Mark: mark, After: view.at, To: view.account, ChatAfter: view.chatAt}
		if c.User {
			live.By, live.ByAlike = chat.User{ID: c.Account, Name: c.Name, Email: c.Email}, c.Alike
		}
		changed.messages = []LiveMessage{live}
	}
	tx.broadcast.matters.add(changed)
	if !c.User {
		m.Version = view.chatAt.Version + 1
	}
	return m
}

// liveMessages reads the messages of a change that consists of them, as the node that sent them told its own watches. It
// returns nil if the store no longer has these.
func liveMessages(tx *sqldb.Tx, c matterChange) ([]LiveMessage, error) {
	messages, err := sqldb.All(tx, scanLiveMessage, liveMessageQuery, c.matter, c.since, c.at.Version, marksKept)
	if err != nil || !c.consistsOf(messages) {
		return nil, err
	}
	return messages, nil
}

// liveMessageQuery finds each message with the mark of the change before it, in the matter and in the chat. That change
// was a message, or its mark is kept with the others.
const liveMessageQuery = `
	SELECT m.id, m.participant, m.author, m.text, m.written_at, m.sent_at, m.version, m.mark, m.chat_version,
		coalesce(p.account, ''), coalesce(a.name, ''), coalesce(a.email, ''), coalesce(a.alike, false),
		coalesce(
			(SELECT b.mark FROM messages b WHERE b.matter = m.matter AND b.version = m.version - 1),
			(SELECT k.mark FROM marks k WHERE k.counter = m.matter AND k.slot = (m.version - 1) % $4 AND k.version = m.version - 1), ''),
		coalesce(
			(SELECT b.mark FROM messages b WHERE b.participant = m.participant AND b.chat_version = m.chat_version - 1),
			(SELECT k.mark FROM marks k WHERE k.counter = m.participant AND k.slot = (m.chat_version - 1) % $4 AND k.version = m.chat_version - 1), '')
	FROM messages m JOIN participants p ON p.id = m.participant LEFT JOIN accounts a ON a.id = m.author
	WHERE m.matter = $1 AND m.version > $2 AND m.version <= $3 ORDER BY m.version`

func scanLiveMessage(scan sqldb.Scan) (m LiveMessage, err error) {
	err = scan(&m.ID, &m.Participant, &m.Author, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version, &m.Mark, &m.ChatAfter.Version,
		&m.To, &m.By.Name, &m.By.Email, &m.ByAlike, &m.After.Mark, &m.ChatAfter.Mark)
	m.WrittenAt = chat.WrittenAt(m.WrittenAt, m.SentAt)
	if !m.FromParticipant() {
		m.By.ID = m.Author
	}
	m.After.Version, m.ChatAfter.Version = m.Version-1, m.ChatAfter.Version-1
	return m, err
}

// firstResult returns the result of the first attempt to send a message. It returns id_taken if the id belongs to
// another message.
func firstResult(tx *sqldb.Tx, view chatView, message Outgoing, id string) (result SendResult, err error) {
	first, err := messageByID(tx, id, view.prefix)
	if err != nil {
		return result, err
	}
	if first.Participant != message.Participant || first.Author != view.author || !sameText(first.Text, message.Text) {
		return result, chat.Errorf(chat.IDTaken, "id", "Another message already has this id.")
	}
	result.Message = first
	if message.SetStatus {
		result.Status, err = firstStatusResult(tx, first)
	}
	return result, err
}

// sameText reports whether a stored message has the text of one to send. Text that was stored before ValidText
// normalized it is normalized here, or is the same without that if ValidText would refuse it now.
func sameText(stored, text string) bool {
	valid, err := chat.ValidText(text)
	if err != nil {
		return stored == strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	}
	before, err := chat.ValidText(stored)
	return err == nil && before == valid
}

// parseID reads an id that a device made: a UUID in its usual form, in any case.
func parseID(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != len(uuid.Nil.String()) {
		return parsed, chat.Errorf(chat.Malformed, "id", "The id must be a UUID.")
	}
	return parsed, nil
}

// messageByID reads a message with the version in the column that starts with a prefix.
func messageByID(tx *sqldb.Tx, id, prefix string) (chat.Message, error) {
	return scanMessage(tx.Row(`SELECT `+messageColumns+`, `+prefix+`version FROM messages WHERE id = $1`, id).Scan)
}

// MarkRead moves the caller's read mark of a chat forward, never back. It returns not_found.
func (s *Store) MarkRead(ctx context.Context, c chat.Caller, participant string, upto int64) error {
	return s.change(ctx, func(tx *change) error {
		view, err := chatFor(tx.Tx, c, participant)
		if err != nil {
			return err
		}
		// The mark moves to a message, in both its versions. A mark ahead of the newest message would hide the next ones.
		var read versions
		err = tx.Row(`SELECT version, chat_version FROM messages WHERE participant = $1 AND `+view.prefix+`version <= $2 ORDER BY chat_version DESC LIMIT 1`,
			participant, upto).Scan(&read.matter, &read.chat)
		if errors.Is(err, sqldb.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		var had int64
		err = tx.Row(`SELECT upto FROM reads WHERE participant = $1 AND reader = $2`, participant, view.author).Scan(&had)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		if read.matter <= had {
			return nil
		}
		at, err := tx.touch(view.matter)
		if err != nil {
			return err
		}
		v := versions{matter: at.Version}
		if !c.User { // a participant sees only their own
			if v, err = tx.show(participant, at); err != nil {
				return err
			}
		}
		return tx.Exec(`
			INSERT INTO reads (participant, reader, matter, upto, chat_upto, at, version, chat_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (participant, reader) DO UPDATE SET upto = excluded.upto, chat_upto = excluded.chat_upto, at = excluded.at,
				version = excluded.version, chat_version = excluded.chat_version`,
			participant, view.author, view.matter, read.matter, read.chat, s.millis(), v.matter, v.chat)
	})
}
