package replica

import (
	"context"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Send says one thing in one chat, to leave at once: see Say.
func (r *Replica) Send(ctx context.Context, participant, text string, setStatus bool) (m Message, err error) {
	said, err := r.Say(ctx, Saying{Draft: participant, To: []string{participant}, Text: text, SetStatus: setStatus})
	if err != nil {
		return m, err
	}
	return said[0], nil
}

// Saying is what is said to participants of one matter, each in their own chat.
type Saying struct {
	// Draft is the chat in which it was written.
	Draft     string
	To        []string
	Text      string
	SetStatus bool
	// Undo is how long it can be undone before it leaves, at most MaxUndo.
	Undo time.Duration
}

// MaxUndo is how long what was said can be undone. A clock that is set back holds nothing back longer.
const MaxUndo = 10 * time.Second

// Say puts messages into the outbox and clears the draft, in one transaction. It returns text_required,
// text_too_long, text_invalid and not_found, also for chats of more than one matter.
func (r *Replica) Say(ctx context.Context, s Saying) (said []Message, err error) {
	text, err := chat.ValidText(s.Text)
	if err != nil {
		return nil, err
	}
	if len(s.To) == 0 {
		return nil, errNobody
	}
	err = r.change(ctx, func(tx *sqldb.Tx) (matter string, err error) {
		said = nil
		now := r.now()
		for _, participant := range s.To {
			c, err := findChat(tx, participant)
			if err == nil && matter != "" && c.matter != matter {
				err = chat.ErrNotFound
			}
			if err != nil {
				return "", err
			}
			matter = c.matter
			u := chat.Unsent{ID: newID(), Kind: chat.SayMessage, Matter: c.matter, Participant: participant, Text: text, SetStatus: s.SetStatus, WrittenAt: now.UnixMilli()}
			if s.SetStatus {
				if u.SawStatus, err = sawStatus(tx, c); err != nil {
					return "", err
				}
			}
			if err := queue(tx, u); err != nil {
				return "", err
			}
			m := Unsent{ID: u.ID, Text: text, SetStatus: s.SetStatus, WrittenAt: u.WrittenAt, State: "waiting"}
			if s.Undo > 0 {
				m.LeavesAt = now.Add(s.Undo).UnixMilli()
				if _, err := tx.Exec(`UPDATE own.outbox SET leaves_at = $2 WHERE id = $1`, key(u.ID), m.LeavesAt); err != nil {
					return "", err
				}
			}
			said = append(said, r.unsent(m))
		}
		_, err = tx.Exec(`DELETE FROM own.drafts WHERE participant = $1`, key(s.Draft))
		return matter, err
	})
	if err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	return said, nil
}

var errNobody = chat.Errorf(chat.NotFound, "to", "Choose whom to send this to.")

// held reports whether something can still be undone, and so does not leave yet.
func (r *Replica) held(u Unsent) bool {
	now := r.now().UnixMilli()
	return u.State == "waiting" && u.LeavesAt > now && u.LeavesAt <= now+MaxUndo.Milliseconds()
}

// LetGo has everything leave that could still be undone, and reports whether there was any.
func (r *Replica) LetGo(ctx context.Context) (some bool, err error) {
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		err := tx.Row(`UPDATE own.outbox SET leaves_at = 0 WHERE leaves_at > $1 AND state = 'waiting' RETURNING 1`, r.now().UnixMilli()).Scan(&some)
		return ignoreNone(err)
	})
	return some, err
}
