package records

import (
	"context"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// atOnce is a single statement that does what send does for a message that the caller may send, that wasn't sent before
// and that doesn't set the status. It returns what the chat was before, or nothing if it changes nothing. Messages share
// a transaction, so it doesn't wait for a matter that another transaction changes.
const atOnce = `
	WITH chat AS (
		SELECT m.id, m.version, m.mark, coalesce(p.account, '') AS account, p.seen, p.mark AS seen_mark
		FROM matters m JOIN participants p ON p.matter = m.id
		WHERE p.id = $1 AND NOT p.removed AND m.closed_at = 0
			AND CASE WHEN $3 THEN $4 OR m.assigned = $2 OR EXISTS (SELECT 1 FROM team t WHERE t.account = $2 AND t.matter = m.id) ELSE p.account = $2 END
			AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $5)
		FOR UPDATE OF m, p SKIP LOCKED
	), matter AS (
		UPDATE matters SET version = chat.version + 1, mark = $6, active_at = $7 FROM chat WHERE matters.id = chat.id
	), participant AS (
		UPDATE participants SET seen = chat.seen + 1, mark = $6 FROM chat WHERE participants.id = $1
	), message AS (
		INSERT INTO messages (id, matter, participant, author, text, written_at, sent_at, version, chat_version, mark)
		SELECT $5, id, $1, $8, $9, $10, $7, version + 1, seen + 1, $6 FROM chat
	)
	SELECT id, version, mark, account, seen, seen_mark FROM chat`

// sendAtOnce sends a message with a single statement, on an engine that can. It reports false if it didn't send it.
// send then finds out why.
func (s *Store) sendAtOnce(ctx context.Context, c chat.Caller, message Outgoing) (result SendResult, sent bool, err error) {
	id, idErr := parseID(message.ID)
	text, textErr := chat.ValidText(message.Text)
	if idErr != nil || textErr != nil || message.SetStatus {
		return result, false, nil
	}
	now := s.millis()
	m := chat.Message{ID: id.String(), Participant: message.Participant, Author: c.Account, Text: text, WrittenAt: chat.WrittenAt(message.WrittenAt, now), SentAt: now}
	if !c.User {
		m.Author = message.Participant
	}
	err = s.changeIn(ctx, s.db.Share, func(tx *change) error {
		sent = false
		var view chatView
		mark := newMark()
		written := func(scan sqldb.Scan) error {
			err := scan(&view.matter, &view.at.Version, &view.at.Mark, &view.account, &view.chatAt.Version, &view.chatAt.Mark)
			if err == nil {
				sent, m.Version = true, view.at.Version+1
				result.Message = tx.sent(c, m, view, mark, true)
			}
			return err
		}
		return tx.QueueRow(written, atOnce,
			m.Participant, c.Account, c.User, c.Admin, m.ID, mark, m.SentAt, m.Author, m.Text, m.WrittenAt)
	})
	if errors.Is(err, sqldb.ErrDuplicate) { // another request sent the same message at the same time
		return SendResult{}, false, nil
	}
	if err != nil {
		return SendResult{}, false, fmt.Errorf("send message: %w", err)
	}
	return result, sent, nil
}
