package replica

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

const supersededReason = "Somebody else has set the status meanwhile. Keep theirs, or use yours?"

// sawStatus is the message that the user sees as a chat's status: the one that they asked for last, or else
// the one that stands.
func sawStatus(tx *sqldb.Tx, c chatAt) (*string, error) {
	var saw stored
	err := tx.Row(`SELECT CASE kind WHEN 'message' THEN id ELSE message END FROM own.outbox
		WHERE participant = $1 AND state <> 'rejected' AND (set_status OR kind = 'status') ORDER BY place DESC LIMIT 1`, key(c.participant)).Scan(&saw)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = tx.Row(`SELECT m.id FROM statuses s JOIN messages m ON m.n = s.message WHERE s.chat = $1 AND s.ended_at = 0 LIMIT 1`, c.n).Scan(&saw)
	}
	text := string(saw)
	return &text, ignoreNone(err)
}

// passOn hands what a decision saw to those that saw it, for it will never stand.
func passOn(tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(`
		UPDATE own.outbox SET saw = o.saw FROM own.outbox o
		WHERE o.id = $1 AND o.saw IS NOT NULL AND own.outbox.participant = o.participant AND own.outbox.place > o.place
			AND own.outbox.saw = CASE o.kind WHEN 'message' THEN o.id ELSE o.message END`, key(id))
	return err
}

// Decide asks for a message of the firm to become the current status of its chat, or with none for the status
// to be taken down. What was refused in that chat before is settled by it. It returns not_found.
func (r *Replica) Decide(ctx context.Context, participant, message string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		c, err := findChat(tx, participant)
		if err != nil {
			return "", err
		}
		if message != "" {
			var can bool
			err := tx.Row(`SELECT EXISTS (SELECT 1 FROM own.outbox WHERE id = $1 AND participant = $2 AND kind = 'message')
				OR EXISTS (SELECT 1 FROM messages WHERE chat = $3 AND id = $1 AND author <> 0)`, key(message), key(participant), c.n).Scan(&can)
			if err != nil {
				return "", err
			}
			if !can {
				return "", chat.ErrNotFound
			}
		}
		if _, err := tx.Exec(`DELETE FROM own.outbox WHERE participant = $1 AND kind = 'status' AND state = 'rejected'`, key(participant)); err != nil {
			return "", err
		}
		saw, err := sawStatus(tx, c)
		if err != nil {
			return "", err
		}
		return c.matter, queue(tx, chat.Unsent{ID: newID(), Kind: chat.SetStatus, Matter: c.matter, Participant: participant, Message: message, SawStatus: saw, WrittenAt: r.now().UnixMilli()})
	})
}

// UseMine asks again for a status that was superseded, now that the user has seen the one that stands. It
// returns not_found.
func (r *Replica) UseMine(ctx context.Context, id string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		unsent, err := unsentWhere(tx, `WHERE id = $1 AND kind = 'status' AND state = 'rejected' AND code = $2`, key(id), string(chat.Superseded))
		if err != nil {
			return "", err
		}
		if len(unsent) == 0 {
			return "", chat.ErrNotFound
		}
		c, err := findChat(tx, unsent[0].Participant)
		if err != nil {
			return "", err
		}
		saw, err := sawStatus(tx, c)
		if err != nil {
			return "", err
		}
		_, err = tx.Exec(`UPDATE own.outbox SET state = 'waiting', code = '', reason = '', saw = $2, place = (SELECT max(place) + 1 FROM own.outbox) WHERE id = $1`, key(id), key(*saw))
		return c.matter, err
	})
}

// AssignTo asks for a matter to be assigned to another user. It takes the place of what was asked before and
// is not on its way yet. It returns not_found.
func (r *Replica) AssignTo(ctx context.Context, matter, user string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		var assigned stored
		err := tx.Row(`SELECT coalesce(u.id, '') FROM matters x LEFT JOIN users u ON u.n = x.assigned WHERE x.id = $1 AND x.info_version <> 0`, key(matter)).Scan(&assigned)
		if errors.Is(err, sqldb.ErrNoRows) {
			return "", chat.ErrNotFound
		}
		if err != nil {
			return "", err
		}
		if _, err := tx.Exec(`DELETE FROM own.outbox WHERE matter = $1 AND kind = 'assign' AND state <> 'sending'`, key(matter)); err != nil {
			return "", err
		}
		var onItsWay bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM own.outbox WHERE matter = $1 AND kind = 'assign')`, key(matter)).Scan(&onItsWay); err != nil {
			return "", err
		}
		if !onItsWay && string(assigned) == user {
			return matter, nil
		}
		return matter, queue(tx, chat.Unsent{ID: newID(), Kind: chat.AssignMatter, Matter: matter, Assigned: user, WrittenAt: r.now().UnixMilli()})
	})
}
