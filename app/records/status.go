package records

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// setStatus makes a message the current status of its chat, unless saw names another than the one that
// stands.
func setStatus(tx *change, c chat.Caller, matter string, m chat.Message, saw *string, now, version int64) (chat.StatusResult, error) {
	ended, err := endStatus(tx, m.Participant, saw, now, version)
	if err != nil || !ended {
		return chat.StatusSuperseded, err
	}
	_, err = tx.Exec(`INSERT INTO statuses (id, matter, participant, message, set_by, set_at, ended_at, version) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
		newID(), matter, m.Participant, m.ID, c.Account, now, version)
	return chat.StatusSet, err
}

// endStatus ends the status that stands, if there is one, and reports false if it is not the message that
// saw names.
func endStatus(tx *change, participant string, saw *string, now, version int64) (bool, error) {
	stands, err := standing(tx, participant)
	if err != nil || saw != nil && *saw != stands {
		return false, err
	}
	_, err = tx.Exec(`UPDATE statuses SET ended_at = $2, version = $3 WHERE participant = $1 AND ended_at = 0`, participant, now, version)
	return err == nil, err
}

// standing is the message that is a chat's current status, or empty.
func standing(tx *change, participant string) (message string, err error) {
	err = tx.Row(`SELECT message FROM statuses WHERE participant = $1 AND ended_at = 0`, participant).Scan(&message)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return message, err
}

// becameStatus says what the first attempt to send a message that asked for the status came to.
func becameStatus(tx *sqldb.Tx, m chat.Message) (chat.StatusResult, error) {
	var one int
	err := tx.Row(`SELECT 1 FROM statuses WHERE participant = $1 AND message = $2 LIMIT 1`, m.Participant, m.ID).Scan(&one)
	if errors.Is(err, sqldb.ErrNoRows) {
		return chat.StatusSuperseded, nil
	}
	return chat.StatusSet, err
}

var errSuperseded = chat.Errorf(chat.Superseded, "saw", "Somebody else has set the status meanwhile.")

// SetStatus makes a message that the firm has sent the current status of its chat; with an empty message it
// takes the current one down. saw is the message that the caller saw as the status, empty for none, nil for
// whichever stands. What stands already as it is asked for stays: the question may have come twice. It returns
// not_found and superseded.
func (s *Store) SetStatus(ctx context.Context, c chat.Caller, participant, message string, saw *string) error {
	return s.changeChat(ctx, c, participant, "status.set", func(tx *change, matter string, v int64) error {
		if stands, err := standing(tx, participant); err != nil || stands == message {
			return err
		}
		if message == "" {
			ended, err := endStatus(tx, participant, saw, s.millis(), v)
			if err == nil && !ended {
				err = errSuperseded
			}
			return err
		}
		m, err := messageByID(tx.Tx, message)
		if errors.Is(err, sqldb.ErrNoRows) || err == nil && (m.Participant != participant || m.FromParticipant()) {
			return chat.ErrNotFound
		}
		if err != nil {
			return err
		}
		result, err := setStatus(tx, c, matter, m, saw, s.millis(), v)
		if err == nil && result == chat.StatusSuperseded {
			err = errSuperseded
		}
		return err
	})
}

// changeChat changes something in a chat that its participant sees too; only users do.
func (s *Store) changeChat(ctx context.Context, c chat.Caller, participant, action string, edit func(tx *change, matter string, version int64) error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.change(ctx, func(tx *change) error {
		r, err := roomFor(tx.Tx, c, participant)
		if err != nil {
			return err
		}
		if err := r.writable(); err != nil {
			return err
		}
		v, err := tx.touch(r.matter)
		if err != nil {
			return err
		}
		if err := edit(tx, r.matter, v); err != nil {
			return err
		}
		if err := tx.seen(participant, v); err != nil {
			return err
		}
		return s.audit(tx, c, action, r.matter, participant)
	})
}
