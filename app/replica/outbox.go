package replica

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Unsent is one thing in the outbox, and how it stands.
type Unsent struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"` // message, status or assign
	Matter      string `json:"matter"`
	Participant string `json:"participant"`
	// Text is what a message says. That of a message that is to be the status may be a colleague's, so it is not
	// kept in the outbox, which outlives the user's sight of the matter; it is read where it is shown.
	Text      string `json:"text"`
	SetStatus bool   `json:"set_status"`
	// Message is to be the status; empty takes the status down.
	Message      string `json:"message"`
	Assigned     string `json:"assigned"`
	AssignedName string `json:"assigned_name"`
	// Name and MatterTitle are the participant's and the matter's, as long as the user may see them; Outbox alone
	// tells them.
	Name        string `json:"name"`
	MatterTitle string `json:"matter_title"`
	WrittenAt   int64  `json:"written_at"`
	// LeavesAt is when it leaves at the earliest.
	LeavesAt int64 `json:"leaves_at"`
	// State is waiting, sending or rejected: then Code and Reason say why.
	State  string `json:"state"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// unsentWhere reads what is in the outbox, in the order of writing.
func unsentWhere(tx *sqldb.Tx, where string, args ...any) ([]Unsent, error) {
	return sqldb.All(tx, func(scan sqldb.Scan) (u Unsent, err error) {
		err = scan(id(&u.ID), &u.Kind, id(&u.Matter), id(&u.Participant), &u.Text, &u.SetStatus, id(&u.Message), id(&u.Assigned), &u.WrittenAt, &u.LeavesAt, &u.State, &u.Code, &u.Reason)
		return u, err
	}, `SELECT id, kind, matter, participant, text, set_status, message, assigned, written_at, leaves_at, state, code, reason FROM own.outbox `+where, args...)
}

// Outbox is everything that the portal has not confirmed, in the order of writing, also for matters that the
// user can no longer see.
func (r *Replica) Outbox(ctx context.Context) (unsent []Unsent, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		unsent, err = unsentWhere(tx, `ORDER BY place`)
		for i := range unsent {
			u := &unsent[i]
			if err == nil {
				err = ignoreNone(tx.Row(`SELECT title FROM matters WHERE id = $1 AND info_version <> 0`, key(u.Matter)).Scan(&u.MatterTitle))
			}
			if err == nil && u.Participant != "" {
				var n int64
				if err = ignoreNone(tx.Row(`SELECT n, name FROM participants WHERE id = $1`, key(u.Participant)).Scan(&n, &u.Name)); err == nil {
					err = u.readText(tx, n)
				}
			}
		}
		return err
	})
	return unsent, err
}

// readText reads the text of the message that is to be the status of a chat, if the user may see it.
func (u *Unsent) readText(tx *sqldb.Tx, chat int64) error {
	if u.Message == "" {
		return nil
	}
	return ignoreNone(tx.Row(`SELECT text FROM own.outbox WHERE id = $1 UNION ALL SELECT text FROM messages WHERE chat = $2 AND id = $1 LIMIT 1`,
		key(u.Message), chat).Scan(&u.Text))
}

// Backlog is how much is in the outbox; what can still be undone is not counted.
type Backlog struct {
	// Waiting is how much waits to be sent.
	Waiting int `json:"waiting"`
	// Refused is how much the portal did not take.
	Refused int `json:"refused"`
	// Undecided is of how many chats the user is to say which status stands.
	Undecided int `json:"undecided"`
}

// Backlog counts what is in the outbox.
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

// WaitSent waits until the outbox holds only what the portal rejected, or until ctx ends.
func (r *Replica) WaitSent(ctx context.Context) error {
	for {
		changed := r.nextChange()
		var unsent bool
		err := r.view(ctx, func(tx *sqldb.Tx) error {
			return tx.Row(`SELECT EXISTS (SELECT 1 FROM own.outbox WHERE state <> 'rejected')`).Scan(&unsent)
		})
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

// queue puts something at the end of the outbox.
func queue(tx *sqldb.Tx, u chat.Unsent) error {
	var saw any
	if u.SawStatus != nil {
		saw = key(*u.SawStatus)
	}
	_, err := tx.Exec(`
		INSERT INTO own.outbox (place, id, kind, matter, participant, text, set_status, message, saw, assigned, written_at, state, code, reason)
		VALUES ((SELECT coalesce(max(place), 0) + 1 FROM own.outbox), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', '', '')`,
		key(u.ID), string(u.Kind), key(u.Matter), key(u.Participant), u.Text, u.SetStatus, key(u.Message), saw, key(u.Assigned), u.WrittenAt)
	return err
}

// Take returns what is to be sent now, at most limit things in the order of writing, and marks it: from here
// on the portal may have it, so that it can no longer be taken back. What can still be undone holds back what
// was said after it in its chat, and nothing else. What was taken before and is not settled
// yet comes again, in its place.
func (r *Replica) Take(ctx context.Context, limit int) (unsent []chat.Unsent, err error) {
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		now := r.now().UnixMilli()
		unsent, err = sqldb.All(tx, func(scan sqldb.Scan) (u chat.Unsent, err error) {
			var kind, saw string
			var seen bool
			err = scan(id(&u.ID), &kind, id(&u.Matter), id(&u.Participant), &u.Text, &u.SetStatus, id(&u.Message), id(&saw), &seen, id(&u.Assigned), &u.WrittenAt)
			u.Kind = chat.Kind(kind)
			if seen {
				u.SawStatus = &saw
			}
			return u, err
		}, `SELECT id, kind, matter, participant, text, set_status, message, saw, saw IS NOT NULL, assigned, written_at FROM own.outbox o
			WHERE state <> 'rejected' AND NOT EXISTS (SELECT 1 FROM own.outbox held WHERE held.participant = o.participant AND held.place <= o.place
				AND held.state = 'waiting' AND held.leaves_at > $2 AND held.leaves_at <= $3)
			ORDER BY place LIMIT $1`, limit, now, now+MaxUndo.Milliseconds())
		if err != nil {
			return err
		}
		for _, u := range unsent {
			if _, err := tx.Exec(`UPDATE own.outbox SET state = 'sending' WHERE id = $1 AND state = 'waiting'`, key(u.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return unsent, err
}

// Confirm writes a message as the portal sent it; it leaves the outbox. If it was to be the current status and
// was superseded, the decision stays in its place, refused: UseMine or Remove.
func (r *Replica) Confirm(ctx context.Context, m chat.Message, superseded bool) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		c, err := findChat(tx, m.Participant)
		switch {
		case errors.Is(err, chat.ErrNotFound): // forgotten or not pulled yet: it was delivered all the same
			return "", confirmed(tx, m.ID, superseded)
		case err != nil:
			return "", err
		case c.version == 0: // of an earlier epoch, so that it has no place to stand yet: it comes with its matter
			return "", nil
		}
		a, err := r.applying(tx, c.matter)
		if err != nil {
			return "", err
		}
		if err := a.message(m); err != nil {
			return "", err
		}
		if err := a.count(); err != nil {
			return "", err
		}
		return c.matter, confirmed(tx, m.ID, superseded)
	})
}

// confirmed takes a message that was sent out of the outbox, but for the decision if that was superseded.
func confirmed(tx *sqldb.Tx, message string, superseded bool) (err error) {
	if superseded {
		_, err = tx.Exec(`UPDATE own.outbox SET id = $2, kind = 'status', message = $1, text = '', set_status = 0, state = 'rejected', code = $3, reason = $4 WHERE id = $1`,
			key(message), key(newID()), string(chat.Superseded), supersededReason)
	} else {
		_, err = tx.Exec(`DELETE FROM own.outbox WHERE id = $1`, key(message))
	}
	return err
}

// Settle takes out of the outbox what the portal has accepted.
func (r *Replica) Settle(ctx context.Context, id string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		var matter stored
		err := tx.Row(`DELETE FROM own.outbox WHERE id = $1 RETURNING matter`, key(id)).Scan(&matter)
		return string(matter), ignoreNone(err)
	})
}

// Reject notes why the portal does not take something. It stays until its writer edits or removes it.
func (r *Replica) Reject(ctx context.Context, id string, why *chat.Error) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		var matter stored
		err := tx.Row(`UPDATE own.outbox SET state = 'rejected', code = $2, reason = $3 WHERE id = $1 RETURNING matter`, key(id), string(why.Code), why.Message).Scan(&matter)
		if err == nil && why.Code != chat.Superseded {
			err = passOn(tx, id)
		}
		return string(matter), ignoreNone(err)
	})
}

func ignoreNone(err error) error {
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil
	}
	return err
}

// Remove takes something out of the outbox. It returns not_found, also for what the portal may have by now.
func (r *Replica) Remove(ctx context.Context, id string) error {
	_, err := r.takeBack(ctx, id, false)
	return err
}

// Edit takes an unsent message out of the outbox and puts its text into the chat's draft, in front of what
// is there. It returns not_found, also for what the portal may have by now.
func (r *Replica) Edit(ctx context.Context, id string) (Draft, error) {
	return r.takeBack(ctx, id, true)
}

var errOnItsWay = chat.Errorf(chat.NotFound, "", "This is on its way already and can no longer be taken back.")

func (r *Replica) takeBack(ctx context.Context, id string, edit bool) (d Draft, err error) {
	err = r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		unsent, err := unsentWhere(tx, `WHERE id = $1 AND state <> 'sending'`, key(id))
		if err != nil {
			return "", err
		}
		if len(unsent) == 0 || edit && unsent[0].Kind != string(chat.SayMessage) {
			return "", errOnItsWay
		}
		u := unsent[0]
		if err := passOn(tx, id); err != nil {
			return "", err
		}
		if _, err := tx.Exec(`DELETE FROM own.outbox WHERE id = $1`, key(id)); err != nil || !edit {
			return u.Matter, err
		}
		had, err := draftOf(tx, u.Participant)
		if err != nil {
			return "", err
		}
		d = Draft{Text: u.Text, SetStatus: u.SetStatus}
		if had.Text != "" {
			d.Text += "\n" + had.Text
		}
		return u.Matter, saveDraft(tx, u.Participant, d)
	})
	return d, err
}
