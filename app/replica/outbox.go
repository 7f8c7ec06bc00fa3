package replica

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Unsent is a message or decision in the outbox.
type Unsent struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"` // message, status or assign
	Matter      string `json:"matter"`
	Participant string `json:"participant"`
	// Text is a message's text. For a status it's the text of Message, which may be a colleague's. The outbox doesn't
	// store that, because it outlives the user's access to the matter.
	Text      string `json:"text"`
	SetStatus bool   `json:"set_status"`
	// Message is the message to make the current status. An empty one removes the status.
	Message      string `json:"message"`
	Assigned     string `json:"assigned"`
	AssignedName string `json:"assigned_name"`
	// Name and MatterTitle are the participant's and the matter's, while the user may see them. Only Outbox sets them.
	Name        string `json:"name"`
	MatterTitle string `json:"matter_title"`
	WrittenAt   int64  `json:"written_at"`
	// LeavesAt is when it leaves at the earliest.
	LeavesAt int64 `json:"leaves_at"`
	// State is waiting, sending or rejected. Code and Reason say why it was rejected.
	State  string `json:"state"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

const waiting = "waiting"

// unsentWhere reads a part of the outbox.
func unsentWhere(tx *sqldb.Tx, where string, args ...any) ([]Unsent, error) {
	return sqldb.All(tx, sqldb.Into(func(u *Unsent) []any {
		return []any{scanID(&u.ID), &u.Kind, scanID(&u.Matter), scanID(&u.Participant), &u.Text, &u.SetStatus, scanID(&u.Message), scanID(&u.Assigned), &u.WrittenAt, &u.LeavesAt, &u.State, &u.Code, &u.Reason}
	}), `SELECT id, kind, matter, participant, text, set_status, message, assigned, written_at, leaves_at, state, code, reason FROM own.outbox `+where, args...)
}

// Outbox returns everything that the portal hasn't confirmed, oldest first, including items of matters that the user
// can no longer see.
func (r *Replica) Outbox(ctx context.Context) (unsent []Unsent, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err = unsentWhere(tx, `ORDER BY place`)
		for i := range unsent {
			u := &unsent[i]
			if err == nil {
				err = ignoreNoRows(tx.Row(`SELECT title FROM matters WHERE id = $1 AND info_version <> 0`, id(u.Matter)).Scan(&u.MatterTitle))
			}
			if err == nil && u.Participant != "" {
				var n int64
				if err = ignoreNoRows(tx.Row(`SELECT n, name FROM participants WHERE id = $1`, id(u.Participant)).Scan(&n, &u.Name)); err == nil {
					err = u.readStatusText(tx, n)
				}
			}
		}
		return err
	})
	return unsent, err
}

// readStatusText sets Text to the text of Message, while the user may see that.
func (u *Unsent) readStatusText(tx *sqldb.Tx, chat int64) error {
	if u.Message == "" {
		return nil
	}
	return ignoreNoRows(tx.Row(`SELECT text FROM own.outbox WHERE id = $1 UNION ALL SELECT text FROM messages WHERE chat = $2 AND id = $1 LIMIT 1`,
		id(u.Message), chat).Scan(&u.Text))
}

// Backlog counts the outbox, without messages that can still be undone.
type Backlog struct {
	// Waiting counts what is still to be sent.
	Waiting int `json:"waiting"`
	// Refused counts what the portal rejected, except superseded statuses.
	Refused int `json:"refused"`
	// Undecided counts the chats with a superseded status, about which the user must decide.
	Undecided int `json:"undecided"`
}

// Backlog counts the outbox.
func (r *Replica) Backlog(ctx context.Context) (b Backlog, err error) {
	now := r.now().UnixMilli()
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`
			SELECT count(*) FILTER (WHERE state = 'sending' OR state = 'waiting' AND NOT (leaves_at > $1 AND leaves_at <= $2)),
				count(*) FILTER (WHERE state = 'rejected' AND code <> $3),
				count(DISTINCT participant) FILTER (WHERE state = 'rejected' AND code = $3)
			FROM own.outbox`, now, now+MaxUndo.Milliseconds(), string(chat.Superseded)).Scan(&b.Waiting, &b.Refused, &b.Undecided)
	})
	return b, err
}

// queue appends to the outbox. saw is the status that the writer of a status saw.
func queue(tx *sqldb.Tx, u Unsent, saw *id) error {
	return tx.Exec(`
		INSERT INTO own.outbox (place, id, kind, matter, participant, text, set_status, message, saw, assigned, written_at, leaves_at, state, code, reason)
		VALUES ((SELECT coalesce(max(place), 0) + 1 FROM own.outbox), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', '', '')`,
		id(u.ID), u.Kind, id(u.Matter), id(u.Participant), u.Text, u.SetStatus, id(u.Message), saw, id(u.Assigned), u.WrittenAt, u.LeavesAt)
}

// Take returns up to limit items to send now, oldest first, and marks them as sending: from then on the portal may
// have them, and they can't be undone. Taken items are returned again until they are settled. A message that can still
// be undone holds back the later items of its chat. A message that was confirmed waits for its matter to be pulled.
func (r *Replica) Take(ctx context.Context, limit int) (unsent []chat.Unsent, err error) {
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		now := r.now().UnixMilli()
		unsent, err = sqldb.All(tx, func(scan sqldb.Scan) (u chat.Unsent, err error) {
			var kind, saw string
			var seen bool
			err = scan(scanID(&u.ID), &kind, scanID(&u.Matter), scanID(&u.Participant), &u.Text, &u.SetStatus, scanID(&u.Message), scanID(&saw), &seen, scanID(&u.Assigned), &u.WrittenAt)
			u.Kind = chat.Kind(kind)
			if seen {
				u.SawStatus = &saw
			}
			return u, err
		}, `SELECT id, kind, matter, participant, text, set_status, message, saw, saw IS NOT NULL, assigned, written_at FROM own.outbox o
			WHERE state <> 'rejected' AND NOT EXISTS (SELECT 1 FROM own.outbox held WHERE held.participant = o.participant AND held.place <= o.place
				AND held.state = 'waiting' AND held.leaves_at > $2 AND held.leaves_at <= $3)
				AND NOT EXISTS (SELECT 1 FROM own.said WHERE id = o.id)
			ORDER BY place LIMIT $1`, limit, now, now+MaxUndo.Milliseconds())
		if err != nil {
			return err
		}
		for _, u := range unsent {
			if err := tx.Exec(`UPDATE own.outbox SET state = 'sending' WHERE id = $1 AND state = 'waiting'`, id(u.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return unsent, err
}

// Confirm stores a message as the portal sent it, and removes it from the outbox. superseded reports that the message
// should have become the current status and didn't. Then a rejected decision takes its place in the outbox, until
// UseMine or Remove.
func (r *Replica) Confirm(ctx context.Context, m chat.Message, superseded bool) error {
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		c, err := findChat(tx, id(m.Participant))
		switch {
		case errors.Is(err, chat.ErrNotFound): // the matter is gone, or hasn't arrived yet
			if err := keepUntilPulled(tx, m); err != nil {
				return "", err
			}
			return removeSent(tx, id(m.ID), superseded)
		case err != nil:
			return "", err
		case c.version == 0: // of an earlier epoch: the message comes with its matter, and stays on screen until then
			return "", keepUntilPulled(tx, m)
		}
		u, err := r.newUpdate(tx, c.matter)
		if err != nil {
			return "", err
		}
		// The copy has every message up to its version. If this one isn't there, or its version names another message, the
		// portal was put back to an earlier state, before or after this answer, and the device hasn't noticed yet.
		stored := false
		if m.Version > c.version {
			stored, err = u.message(m)
		}
		if err == nil && !stored {
			stored, err = u.has(c.n, m)
		}
		if err != nil || !stored {
			return "", errors.Join(err, keepUntilPulled(tx, m))
		}
		if err := tx.Exec(`UPDATE matters SET confirmed = $2 WHERE n = $1 AND confirmed < $2`, u.matter, m.Version); err != nil {
			return "", err
		}
		if err := u.count(); err != nil {
			return "", err
		}
		_, err = removeSent(tx, id(m.ID), superseded)
		return c.matter, err
	})
}

// removeSent removes a sent message from the outbox and returns its matter, or an empty one if it wasn't there. A
// superseded status leaves a rejected decision in its place.
func removeSent(tx *sqldb.Tx, message id, superseded bool) (matter id, err error) {
	if superseded {
		err = tx.Row(`UPDATE own.outbox SET id = $2, kind = 'status', message = $1, text = '', set_status = 0, state = 'rejected', code = $3, reason = $4 WHERE id = $1 RETURNING matter`,
			message, id(newID()), string(chat.Superseded), supersededReason).Scan(&matter)
	} else {
		err = tx.Row(`DELETE FROM own.outbox WHERE id = $1 RETURNING matter`, message).Scan(&matter)
	}
	return matter, ignoreNoRows(err)
}

// Settle removes a decision that the portal accepted.
func (r *Replica) Settle(ctx context.Context, decision string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (matter id, err error) {
		err = tx.Row(`DELETE FROM own.outbox WHERE id = $1 RETURNING matter`, id(decision)).Scan(&matter)
		return matter, ignoreNoRows(err)
	})
}

// Reject stores why the portal rejected an item. The item stays until its writer edits or removes it.
func (r *Replica) Reject(ctx context.Context, item string, why *chat.Error) error {
	return r.change(ctx, func(tx *sqldb.Tx) (matter id, err error) {
		err = tx.Row(`UPDATE own.outbox SET state = 'rejected', code = $2, reason = $3 WHERE id = $1 RETURNING matter`, id(item), string(why.Code), why.Message).Scan(&matter)
		if err == nil && why.Code != chat.Superseded {
			err = inheritSeen(tx, id(item))
		}
		return matter, ignoreNoRows(err)
	})
}

// Remove removes an item from the outbox. It returns not_found, also for an item that the portal may have.
func (r *Replica) Remove(ctx context.Context, item string) error {
	_, err := r.takeBack(ctx, id(item), false)
	return err
}

// Edit moves an unsent message's text to the beginning of its chat's draft. It returns not_found, also for a message
// that the portal may have.
func (r *Replica) Edit(ctx context.Context, message string) (Draft, error) {
	return r.takeBack(ctx, id(message), true)
}

var errAlreadySent = chat.Errorf(chat.NotFound, "", "This message has already been sent.")

func (r *Replica) takeBack(ctx context.Context, item id, edit bool) (d Draft, err error) {
	err = r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		unsent, err := unsentWhere(tx, `WHERE id = $1 AND state <> 'sending'`, item)
		if err != nil {
			return "", err
		}
		if len(unsent) == 0 || edit && unsent[0].Kind != string(chat.SendMessage) {
			return "", errAlreadySent
		}
		u := unsent[0]
		if err := inheritSeen(tx, item); err != nil {
			return "", err
		}
		if err := tx.Exec(`DELETE FROM own.outbox WHERE id = $1`, item); err != nil || !edit {
			return id(u.Matter), err
		}
		before, err := draftOf(tx, id(u.Participant))
		if err != nil {
			return "", err
		}
		d = Draft{Text: u.Text, SetStatus: u.SetStatus}
		if before.Text != "" {
			d.Text += "\n" + before.Text
		}
		return id(u.Matter), saveDraft(tx, id(u.Participant), d)
	})
	return d, err
}
