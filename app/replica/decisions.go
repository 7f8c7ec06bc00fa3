package replica

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

const supersededReason = "Someone else changed the status while you were offline. Which one should clients see? Open the chat to choose."

// seenStatus returns the message that the user sees as a chat's status: the one in the outbox that they last asked
// for, otherwise the current status.
func seenStatus(tx *sqldb.Tx, c chatRef) (*id, error) {
	var saw id
	err := tx.Row(`SELECT CASE kind WHEN 'message' THEN id ELSE message END FROM own.outbox
		WHERE participant = $1 AND state <> 'rejected' AND (set_status OR kind = 'status') ORDER BY place DESC LIMIT 1`, c.participant).Scan(&saw)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = tx.Row(`SELECT m.id FROM statuses s JOIN messages m ON m.n = s.message WHERE s.chat = $1 AND s.ended_at = 0 LIMIT 1`, c.n).Scan(&saw)
	}
	return &saw, ignoreNoRows(err)
}

// inheritSeen handles an item that won't become the status. Later items whose writer saw it as the status now name the
// status that the item's own writer saw.
func inheritSeen(tx *sqldb.Tx, item id) error {
	return tx.Exec(`
		UPDATE own.outbox SET saw = o.saw FROM own.outbox o
		WHERE o.id = $1 AND o.saw IS NOT NULL AND own.outbox.participant = o.participant AND own.outbox.place > o.place
			AND own.outbox.saw = CASE o.kind WHEN 'message' THEN o.id ELSE o.message END`, item)
}

// Decide asks the portal to make a message of the firm the current status of its chat, or to remove the status if the
// message is empty. It replaces rejected decisions in the chat. It returns not_found.
func (r *Replica) Decide(ctx context.Context, participant, message string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		c, err := findChat(tx, id(participant))
		if err != nil {
			return "", err
		}
		if message != "" {
			var allowed bool
			err := tx.Row(`SELECT EXISTS (SELECT 1 FROM own.outbox WHERE id = $1 AND participant = $2 AND kind = 'message')
				OR EXISTS (SELECT 1 FROM messages WHERE chat = $3 AND id = $1 AND author <> 0)`, id(message), c.participant, c.n).Scan(&allowed)
			if err != nil {
				return "", err
			}
			if !allowed {
				return "", chat.ErrNotFound
			}
		}
		if err := tx.Exec(`DELETE FROM own.outbox WHERE participant = $1 AND kind = 'status' AND state = 'rejected'`, c.participant); err != nil {
			return "", err
		}
		saw, err := seenStatus(tx, c)
		if err != nil {
			return "", err
		}
		return c.matter, queue(tx, Unsent{ID: newID(), Kind: string(chat.SetStatus), Matter: string(c.matter), Participant: participant, Message: message, WrittenAt: r.now().UnixMilli()}, saw)
	})
}

// UseMine asks again for a superseded status, now that the user has seen the current one. It returns not_found.
func (r *Replica) UseMine(ctx context.Context, decision string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		unsent, err := unsentWhere(tx, `WHERE id = $1 AND kind = 'status' AND state = 'rejected' AND code = $2`, id(decision), string(chat.Superseded))
		if err != nil {
			return "", err
		}
		if len(unsent) == 0 {
			return "", chat.ErrNotFound
		}
		c, err := findChat(tx, id(unsent[0].Participant))
		if err != nil {
			return "", err
		}
		saw, err := seenStatus(tx, c)
		if err != nil {
			return "", err
		}
		return c.matter, tx.Exec(`UPDATE own.outbox SET state = 'waiting', code = '', reason = '', saw = $2, place = (SELECT max(place) + 1 FROM own.outbox) WHERE id = $1`, id(decision), saw)
	})
}

// AssignTo asks the portal to assign a matter to another user. It replaces an earlier request that isn't being sent
// yet. It returns not_found.
func (r *Replica) AssignTo(ctx context.Context, matter, user string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		var assigned id
		err := tx.Row(`SELECT coalesce(u.id, '') FROM matters x LEFT JOIN users u ON u.n = x.assigned WHERE x.id = $1 AND x.info_version <> 0`, id(matter)).Scan(&assigned)
		if errors.Is(err, sqldb.ErrNoRows) {
			return "", chat.ErrNotFound
		}
		if err != nil {
			return "", err
		}
		if err := tx.Exec(`DELETE FROM own.outbox WHERE matter = $1 AND kind = 'assign' AND state <> 'sending'`, id(matter)); err != nil {
			return "", err
		}
		var sending bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM own.outbox WHERE matter = $1 AND kind = 'assign')`, id(matter)).Scan(&sending); err != nil {
			return "", err
		}
		if !sending && string(assigned) == user {
			return id(matter), nil
		}
		return id(matter), queue(tx, Unsent{ID: newID(), Kind: string(chat.AssignMatter), Matter: matter, Assigned: user, WrittenAt: r.now().UnixMilli()}, nil)
	})
}
