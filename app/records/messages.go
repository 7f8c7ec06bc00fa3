package records

import (
	"context"
	"errors"
	"fmt"

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
	id, err := uuid.Parse(message.ID)
	if err != nil {
		return result, chat.Errorf(chat.Malformed, "id", "A message's id must be a UUID.")
	}
	text, err := chat.ValidText(message.Text)
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
		return firstResult(tx.Tx, view, message, id.String(), text)
	}
	if err := view.writable(); err != nil {
		return result, err
	}

	m := chat.Message{ID: id.String(), Participant: message.Participant, Author: view.author, Text: text, WrittenAt: message.WrittenAt, SentAt: s.millis(), Version: view.version + 1}
	if m.WrittenAt == 0 {
		m.WrittenAt = m.SentAt
	}
	if err := tx.Queue(`UPDATE matters SET version = $2, active_at = $3 WHERE id = $1`, view.matter, m.Version, m.SentAt); err != nil {
		return result, err
	}
	err = tx.Queue(`INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, view.matter, m.Participant, m.Author, m.Text, m.WrittenAt, m.SentAt, m.Version)
	if err != nil {
		return result, err
	}
	if err := tx.setVisible(m.Participant, m.Version); err != nil {
		return result, err
	}
	result.Message = m
	mc := matterChange{matter: view.matter, version: m.Version}
	if message.SetStatus {
		if result.Status, err = setStatus(tx, c, view.matter, m, message.SawStatus, m.SentAt, m.Version); err != nil {
			return result, err
		}
	} else {
		mc.message = &LiveMessage{Message: m, By: chat.User{ID: c.Account, Name: c.Name}, To: view.account, After: view.visible}
	}
	tx.broadcast.matters = append(tx.broadcast.matters, mc)
	return result, nil
}

// firstResult returns the result of the first attempt to send a message. It returns id_taken if the id belongs to
// another message.
func firstResult(tx *sqldb.Tx, view chatView, message Outgoing, id, text string) (result SendResult, err error) {
	first, err := messageByID(tx, id)
	if err != nil {
		return result, err
	}
	if first.Participant != message.Participant || first.Author != view.author || first.Text != text {
		return result, chat.Errorf(chat.IDTaken, "id", "Another message already has this id.")
	}
	result.Message = first
	if message.SetStatus {
		result.Status, err = firstStatusResult(tx, first)
	}
	return result, err
}

func messageByID(tx *sqldb.Tx, id string) (chat.Message, error) {
	return scanMessage(tx.Row(`SELECT `+messageColumns+` FROM messages WHERE id = $1`, id).Scan)
}

// MarkRead moves the caller's read mark of a chat forward, never back. It returns not_found.
func (s *Store) MarkRead(ctx context.Context, c chat.Caller, participant string, upto int64) error {
	return s.change(ctx, func(tx *change) error {
		view, err := chatFor(tx.Tx, c, participant)
		if err != nil {
			return err
		}
		// A mark ahead of the newest message would hide the next ones.
		var newest int64
		if err := tx.Row(`SELECT coalesce(max(version), 0) FROM messages WHERE participant = $1`, participant).Scan(&newest); err != nil {
			return err
		}
		upto = min(upto, newest)
		var had int64
		err = tx.Row(`SELECT upto FROM reads WHERE participant = $1 AND reader = $2`, participant, view.author).Scan(&had)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		if upto <= had {
			return nil
		}
		v, err := tx.touch(view.matter)
		if err != nil {
			return err
		}
		err = tx.Exec(`
			INSERT INTO reads (participant, reader, matter, upto, at, version) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (participant, reader) DO UPDATE SET upto = excluded.upto, at = excluded.at, version = excluded.version`,
			participant, view.author, view.matter, upto, s.millis(), v)
		if err != nil || c.User {
			return err
		}
		return tx.setVisible(participant, v)
	})
}
