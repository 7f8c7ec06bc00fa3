package records

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Saying is a message on its way into the store.
type Saying struct {
	ID          string // made by the device before the first attempt
	Participant string
	Text        string
	WrittenAt   int64
	SetStatus   bool
}

// Said is what became of a Saying: the message as it was sent, or why it was not.
type Said struct {
	Message chat.Message
	Err     error
}

// Say sends messages, in order, and returns one result for each: one that cannot be sent holds back no
// other. The same id again returns the first result. The results' errors are text_required, text_too_long,
// text_invalid, malformed, not_found and id_taken; Say's own means that nothing was sent.
func (s *Store) Say(ctx context.Context, c chat.Caller, sayings []Saying) ([]Said, error) {
	results := make([]Said, len(sayings))
	var touched []string
	err := s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		for i, saying := range sayings {
			m, matter, err := s.say(tx, c, saying)
			results[i] = Said{m, err}
			var refused *chat.Error
			if err != nil && !errors.As(err, &refused) {
				return fmt.Errorf("say: %w", err)
			}
			if err == nil {
				touched = append(touched, matter)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.committed(touched...)
	return results, nil
}

// say checks everything before it writes anything, so that a refusal leaves nothing behind.
func (s *Store) say(tx *sqldb.Tx, c chat.Caller, saying Saying) (m chat.Message, matter string, err error) {
	id, err := uuid.Parse(saying.ID)
	if err != nil {
		return m, "", chat.Errorf(chat.Malformed, "id", "A message's id must be a UUID.")
	}
	text, err := chat.ValidText(saying.Text)
	if err != nil {
		return m, "", err
	}
	matter, author, err := chatFor(tx, c, saying.Participant)
	if err != nil {
		return m, "", err
	}
	if saying.SetStatus && !c.User {
		return m, "", chat.Errorf(chat.Malformed, "set_status", "Only the firm sets the status.")
	}
	m, err = scanMessage(tx.Row(`SELECT `+messageColumns+` FROM messages WHERE id = $1`, id.String()).Scan)
	if err == nil {
		if m.Participant != saying.Participant || m.Author != author || m.Text != text {
			return chat.Message{}, "", chat.Errorf(chat.IDTaken, "id", "Another message already has this id.")
		}
		return m, matter, nil
	}
	if !errors.Is(err, sqldb.ErrNoRows) {
		return m, "", err
	}

	v, err := touch(tx, matter)
	if err != nil {
		return m, "", err
	}
	m = chat.Message{ID: id.String(), Participant: saying.Participant, Author: author, Text: text, WrittenAt: saying.WrittenAt, SentAt: s.millis(), Version: v}
	if m.WrittenAt == 0 {
		m.WrittenAt = m.SentAt
	}
	_, err = tx.Exec(`INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, matter, m.Participant, m.Author, m.Text, m.WrittenAt, m.SentAt, v)
	if err != nil {
		return m, "", err
	}
	if saying.SetStatus {
		if err := setStatus(tx, matter, m); err != nil {
			return m, "", err
		}
	}
	return m, matter, seen(tx, m.Participant, v)
}

// setStatus makes a message the current status of its chat, from when it was sent.
func setStatus(tx *sqldb.Tx, matter string, m chat.Message) error {
	_, err := tx.Exec(`UPDATE statuses SET ended_at = $2, version = $3 WHERE participant = $1 AND ended_at = 0`, m.Participant, m.SentAt, m.Version)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO statuses (id, matter, participant, message, set_by, set_at, ended_at, version) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
		newID(), matter, m.Participant, m.ID, m.Author, m.SentAt, m.Version)
	return err
}

// MarkRead moves the caller's read mark of a chat forward; a mark that is further already stays. It
// returns not_found.
func (s *Store) MarkRead(ctx context.Context, c chat.Caller, participant string, upto int64) error {
	var matter string
	err := s.db.Tx(ctx, func(tx *sqldb.Tx) (err error) {
		var reader string
		if matter, reader, err = chatFor(tx, c, participant); err != nil {
			return err
		}
		// Nobody has read what has not been written: a mark ahead of the chat would hide what comes.
		var newest int64
		if err := tx.Row(`SELECT coalesce(max(version), 0) FROM messages WHERE participant = $1`, participant).Scan(&newest); err != nil {
			return err
		}
		upto = min(upto, newest)
		var had int64
		err = tx.Row(`SELECT upto FROM reads WHERE participant = $1 AND reader = $2`, participant, reader).Scan(&had)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		if upto <= had {
			matter = ""
			return nil
		}
		v, err := touch(tx, matter)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`
			INSERT INTO reads (participant, reader, matter, upto, at, version) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (participant, reader) DO UPDATE SET upto = excluded.upto, at = excluded.at, version = excluded.version`,
			participant, reader, matter, upto, s.millis(), v)
		if err != nil || c.User {
			return err
		}
		return seen(tx, participant, v)
	})
	if err == nil && matter != "" {
		s.committed(matter)
	}
	return err
}
