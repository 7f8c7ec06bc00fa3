package replica

import (
	"context"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Outgoing is a message to participants of one matter, each in their own chat.
type Outgoing struct {
	// Draft is the chat in which the message was written.
	Draft     string
	To        []string
	Text      string
	SetStatus bool
	// Undo is how long the message can be undone before it leaves, at most MaxUndo.
	Undo time.Duration
}

// MaxUndo limits how long a message can be undone, so that a clock that is set back doesn't hold messages back.
const MaxUndo = 10 * time.Second

var errNoRecipient = chat.Errorf(chat.NotFound, "to", "Choose who to send this to.")

// Send puts one message for each recipient into the outbox and clears the draft, in one transaction. It returns
// text_required, text_too_long, text_invalid and not_found, also for chats of more than one matter.
func (r *Replica) Send(ctx context.Context, o Outgoing) (messages []Message, err error) {
	text, err := chat.ValidText(o.Text)
	if err != nil {
		return nil, err
	}
	if len(o.To) == 0 {
		return nil, errNoRecipient
	}
	err = r.change(ctx, func(tx *sqldb.Tx) (matter id, err error) {
		messages = nil
		now := r.now()
		for _, participant := range o.To {
			c, err := findChat(tx, id(participant))
			if err == nil && matter != "" && c.matter != matter {
				err = chat.ErrNotFound
			}
			if err != nil {
				return "", err
			}
			matter = c.matter
			u := Unsent{ID: newID(), Kind: string(chat.SendMessage), Matter: string(matter), Participant: participant, Text: text, SetStatus: o.SetStatus, WrittenAt: now.UnixMilli(), State: waiting}
			if o.Undo > 0 {
				u.LeavesAt = now.Add(o.Undo).UnixMilli()
			}
			var saw *id
			if o.SetStatus {
				if saw, err = seenStatus(tx, c); err != nil {
					return "", err
				}
			}
			if err := queue(tx, u, saw); err != nil {
				return "", err
			}
			messages = append(messages, r.unsentMessage(u))
		}
		return matter, tx.Exec(`DELETE FROM own.drafts WHERE participant = $1`, id(o.Draft))
	})
	if err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	return messages, nil
}

// undoable reports whether something can still be undone, and so doesn't leave yet.
func (r *Replica) undoable(u Unsent) bool {
	now := r.now().UnixMilli()
	return u.State == waiting && u.LeavesAt > now && u.LeavesAt <= now+MaxUndo.Milliseconds()
}

// Held returns how long until the first message leaves that can still be undone, or 0 if there is none.
func (r *Replica) Held(ctx context.Context) (wait time.Duration, err error) {
	now := r.now().UnixMilli()
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		var leaves int64
		err := tx.Row(`SELECT coalesce(min(leaves_at), $1) FROM own.outbox WHERE state = 'waiting' AND leaves_at > $1 AND leaves_at <= $2`,
			now, now+MaxUndo.Milliseconds()).Scan(&leaves)
		wait = time.Duration(leaves-now) * time.Millisecond
		return err
	})
	return wait, err
}

// EndUndo ends the time in which messages can be undone, and reports whether there were any.
func (r *Replica) EndUndo(ctx context.Context) (some bool, err error) {
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.ExecCount(`UPDATE own.outbox SET leaves_at = 0 WHERE leaves_at > $1 AND state = 'waiting'`, r.now().UnixMilli())
		some = n > 0
		return err
	})
	return some, err
}

// someUnsent reports whether the outbox holds anything that the portal didn't reject.
const someUnsent = `SELECT EXISTS (SELECT 1 FROM own.outbox WHERE state <> 'rejected')`

// WaitSent waits until the outbox holds only what the portal rejected, or until ctx ends.
func (r *Replica) WaitSent(ctx context.Context) error {
	for {
		changed := r.nextChange()
		var unsent bool
		err := r.view(ctx, func(tx *sqldb.Tx) error { return tx.Row(someUnsent).Scan(&unsent) })
		if err != nil || !unsent {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
