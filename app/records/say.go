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
	// SawStatus is the message that the writer saw as the current status, empty for none, nil for whichever
	// stands: if another stands now, the message is sent and does not take its place.
	SawStatus *string
}

// Said is what became of a Saying: the message as it was sent, or why it was not.
type Said struct {
	Message chat.Message
	// Status says whether the message became the status, if that was asked.
	Status chat.StatusResult
	Err    error
}

// Say sends messages, in order, and returns one result for each: one that cannot be sent holds back no
// other. The same id again returns the first result. The results' errors are text_required, text_too_long,
// text_invalid, malformed, not_found, id_taken, removed and matter_closed; Say's own means that nothing was sent.
func (s *Store) Say(ctx context.Context, c chat.Caller, sayings []Saying) ([]Said, error) {
	results := make([]Said, len(sayings))
	say := func(tx *change) error {
		for i, saying := range sayings {
			said, err := s.say(tx, c, saying)
			said.Err = err
			results[i] = said
			var refused *chat.Error
			if err != nil && !errors.As(err, &refused) {
				return fmt.Errorf("say: %w", err)
			}
		}
		return nil
	}
	err := s.change(ctx, say)
	if errors.Is(err, sqldb.ErrDuplicate) { // a message came in by another way at the same moment: now it is there
		err = s.change(ctx, say)
	}
	if err != nil {
		return nil, err
	}
	return results, nil
}

// say checks everything before it writes anything, so that a refusal leaves nothing behind.
func (s *Store) say(tx *change, c chat.Caller, saying Saying) (said Said, err error) {
	id, err := uuid.Parse(saying.ID)
	if err != nil {
		return said, chat.Errorf(chat.Malformed, "id", "A message's id must be a UUID.")
	}
	text, err := chat.ValidText(saying.Text)
	if err != nil {
		return said, err
	}
	r, err := roomForMessage(tx.Tx, c, saying.Participant, id.String())
	if err != nil {
		return said, err
	}
	if saying.SetStatus && !c.User {
		return said, chat.Errorf(chat.Malformed, "set_status", "Only the firm sets the status.")
	}
	if r.sent {
		return saidBefore(tx.Tx, r, saying, id.String(), text)
	}
	if err := r.writable(); err != nil {
		return said, err
	}

	m := chat.Message{ID: id.String(), Participant: saying.Participant, Author: r.author, Text: text, WrittenAt: saying.WrittenAt, SentAt: s.millis(), Version: r.version + 1}
	if m.WrittenAt == 0 {
		m.WrittenAt = m.SentAt
	}
	if err := tx.Queue(`UPDATE matters SET version = $2, active_at = $3 WHERE id = $1`, r.matter, m.Version, m.SentAt); err != nil {
		return said, err
	}
	err = tx.Queue(`INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, r.matter, m.Participant, m.Author, m.Text, m.WrittenAt, m.SentAt, m.Version)
	if err != nil {
		return said, err
	}
	if err := tx.seen(m.Participant, m.Version); err != nil {
		return said, err
	}
	said.Message = m
	news := commit{matter: r.matter, version: m.Version}
	if saying.SetStatus {
		if said.Status, err = setStatus(tx, c, r.matter, m, saying.SawStatus, m.SentAt, m.Version); err != nil {
			return said, err
		}
	} else {
		news.spoken = &Spoken{Message: m, By: chat.User{ID: c.Account, Name: c.Name}, To: r.account, After: r.seen}
	}
	tx.news.matters = append(tx.news.matters, news)
	return said, nil
}

// saidBefore returns what the first attempt to send a message came to. It returns id_taken if that was
// another message.
func saidBefore(tx *sqldb.Tx, r room, saying Saying, id, text string) (said Said, err error) {
	first, err := messageByID(tx, id)
	if err != nil {
		return said, err
	}
	if first.Participant != saying.Participant || first.Author != r.author || first.Text != text {
		return said, chat.Errorf(chat.IDTaken, "id", "Another message already has this id.")
	}
	said.Message = first
	if saying.SetStatus {
		said.Status, err = becameStatus(tx, first)
	}
	return said, err
}

func messageByID(tx *sqldb.Tx, id string) (chat.Message, error) {
	return scanMessage(tx.Row(`SELECT `+messageColumns+` FROM messages WHERE id = $1`, id).Scan)
}

// MarkRead moves the caller's read mark of a chat forward; a mark that is further already stays. It
// returns not_found.
func (s *Store) MarkRead(ctx context.Context, c chat.Caller, participant string, upto int64) error {
	return s.change(ctx, func(tx *change) error {
		r, err := roomFor(tx.Tx, c, participant)
		if err != nil {
			return err
		}
		// Nobody has read what has not been written: a mark ahead of the chat would hide what comes.
		var newest int64
		if err := tx.Row(`SELECT coalesce(max(version), 0) FROM messages WHERE participant = $1`, participant).Scan(&newest); err != nil {
			return err
		}
		upto = min(upto, newest)
		var had int64
		err = tx.Row(`SELECT upto FROM reads WHERE participant = $1 AND reader = $2`, participant, r.author).Scan(&had)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		if upto <= had {
			return nil
		}
		v, err := tx.touch(r.matter)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`
			INSERT INTO reads (participant, reader, matter, upto, at, version) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (participant, reader) DO UPDATE SET upto = excluded.upto, at = excluded.at, version = excluded.version`,
			participant, r.author, r.matter, upto, s.millis(), v)
		if err != nil || c.User {
			return err
		}
		return tx.seen(participant, v)
	})
}
