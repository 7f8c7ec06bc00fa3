package replica

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Send puts a message into the outbox and clears the chat's draft, in one transaction. It returns
// text_required, text_too_long, text_invalid and not_found.
func (r *Replica) Send(ctx context.Context, participant, text string, setStatus bool) (m Message, err error) {
	if text, err = chat.ValidText(text); err != nil {
		return m, err
	}
	id := uuid.Must(uuid.NewV7()).String()
	err = r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		c, err := findChat(tx, participant)
		if err != nil {
			return "", err
		}
		_, err = tx.Exec(`INSERT INTO outbox (id, matter, participant, text, set_status, written_at, state, reason) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', '')`,
			id, c.Matter, participant, text, setStatus, r.now().UnixMilli())
		if err != nil {
			return "", err
		}
		if _, err := tx.Exec(`DELETE FROM drafts WHERE participant = $1`, participant); err != nil {
			return "", err
		}
		unsent, err := r.unsentIn(tx, participant)
		if err != nil {
			return "", err
		}
		m = unsent[len(unsent)-1]
		return c.Matter, nil
	})
	if err != nil {
		return m, fmt.Errorf("send: %w", err)
	}
	return m, nil
}

// Waiting is how many messages wait to be sent.
func (r *Replica) Waiting(ctx context.Context) (n int, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT count(*) FROM outbox WHERE state <> 'rejected'`).Scan(&n)
	})
	return n, err
}

// Take returns what is to be sent now, at most limit messages in the order of writing, and marks it: from
// here on the portal may have it, so that it can no longer be taken back.
func (r *Replica) Take(ctx context.Context, limit int) (unsent []chat.Unsent, err error) {
	err = r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		unsent, err = sqldb.All(tx, func(scan sqldb.Scan) (u chat.Unsent, err error) {
			err = scan(&u.ID, &u.Participant, &u.Text, &u.WrittenAt, &u.SetStatus)
			return u, err
		}, `SELECT id, participant, text, written_at, set_status FROM outbox WHERE state <> 'rejected' ORDER BY n LIMIT $1`, limit)
		if err != nil {
			return err
		}
		for _, u := range unsent {
			if _, err := tx.Exec(`UPDATE outbox SET state = 'sending' WHERE id = $1`, u.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return unsent, err
}

// Confirm writes a message as the portal sent it; it leaves the outbox.
func (r *Replica) Confirm(ctx context.Context, m chat.Message) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		c, err := findChat(tx, m.Participant)
		if errors.Is(err, chat.ErrNotFound) { // forgotten while it was on its way: it was delivered all the same
			_, err = tx.Exec(`DELETE FROM outbox WHERE id = $1`, m.ID)
			return "", err
		}
		if err != nil {
			return "", err
		}
		return c.Matter, confirm(tx, m)
	})
}

// Reject notes why the portal does not take a message. It stays until its writer edits or removes it.
func (r *Replica) Reject(ctx context.Context, id string, why *chat.Error) error {
	return r.change(ctx, func(tx *sqldb.Tx) (matter string, err error) {
		err = tx.Row(`UPDATE outbox SET state = 'rejected', reason = $2 WHERE id = $1 RETURNING matter`, id, why.Message).Scan(&matter)
		return matter, err
	})
}

// Remove takes an unsent message out of the outbox. It returns not_found, also for one that the portal may
// have by now.
func (r *Replica) Remove(ctx context.Context, id string) error {
	_, err := r.takeBack(ctx, id, false)
	return err
}

// Edit takes an unsent message out of the outbox and puts its text into the chat's draft, in front of what
// is there. It returns not_found, also for one that the portal may have by now.
func (r *Replica) Edit(ctx context.Context, id string) (Draft, error) {
	return r.takeBack(ctx, id, true)
}

var errOnItsWay = chat.Errorf(chat.NotFound, "", "This message is on its way already and can no longer be taken back.")

func (r *Replica) takeBack(ctx context.Context, id string, keep bool) (d Draft, err error) {
	err = r.change(ctx, func(tx *sqldb.Tx) (matter string, err error) {
		var participant string
		err = tx.Row(`DELETE FROM outbox WHERE id = $1 AND state <> 'sending' RETURNING matter, participant, text, set_status`, id).
			Scan(&matter, &participant, &d.Text, &d.SetStatus)
		if errors.Is(err, sqldb.ErrNoRows) {
			return "", errOnItsWay
		}
		if err != nil || !keep {
			return matter, err
		}
		had, err := draftOf(tx, participant)
		if err != nil {
			return "", err
		}
		if had.Text != "" {
			d.Text += "\n" + had.Text
		}
		return matter, saveDraft(tx, participant, d)
	})
	return d, err
}
