package records

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// setStatus makes a message the current status of its chat, unless the current status isn't the one in saw.
func setStatus(tx *change, c chat.Caller, matter string, m chat.Message, saw *string, now int64, v versions) (chat.StatusResult, error) {
	ended, err := endStatus(tx, m.Participant, saw, now, v)
	if err != nil || !ended {
		return chat.StatusSuperseded, err
	}
	err = tx.Exec(`INSERT INTO statuses (id, matter, participant, message, set_by, set_at, ended_at, version, chat_version) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)`,
		newID(), matter, m.Participant, m.ID, c.Account, now, v.matter, v.chat)
	return chat.StatusSet, err
}

// endStatus ends the current status, if there is one. It reports false if the current status isn't the one in saw.
func endStatus(tx *change, participant string, saw *string, now int64, v versions) (bool, error) {
	current, err := currentStatus(tx, participant)
	if err != nil || saw != nil && *saw != current {
		return false, err
	}
	err = tx.Exec(`UPDATE statuses SET ended_at = $2, version = $3, chat_version = $4 WHERE participant = $1 AND ended_at = 0`, participant, now, v.matter, v.chat)
	return err == nil, err
}

// currentStatus is the message that is a chat's current status, or empty.
func currentStatus(tx *change, participant string) (message string, err error) {
	err = tx.Row(`SELECT message FROM statuses WHERE participant = $1 AND ended_at = 0`, participant).Scan(&message)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return message, err
}

// firstStatusResult is the status result of the first attempt to send a message.
func firstStatusResult(tx *sqldb.Tx, m chat.Message) (chat.StatusResult, error) {
	var one int
	err := tx.Row(`SELECT 1 FROM statuses WHERE participant = $1 AND message = $2 LIMIT 1`, m.Participant, m.ID).Scan(&one)
	if errors.Is(err, sqldb.ErrNoRows) {
		return chat.StatusSuperseded, nil
	}
	return chat.StatusSet, err
}

var errSuperseded = chat.Errorf(chat.Superseded, "saw", "Someone else has changed the status.")

// SetStatus makes one of the firm's messages the current status of its chat. An empty message removes the status.
// saw is the message that the caller saw as the status, empty for none, or nil for any. A repeated request
// changes nothing. It returns not_found, removed, matter_closed and superseded.
func (s *Store) SetStatus(ctx context.Context, c chat.Caller, participant, message string, saw *string) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return s.change(ctx, func(tx *change) error {
		view, err := chatFor(tx.Tx, c, participant)
		if err != nil {
			return err
		}
		if err := view.writable(); err != nil {
			return err
		}
		current, err := currentStatus(tx, participant)
		if err != nil || current == message {
			return err
		}
		tx.differs("message", current, message)
		at, err := tx.touch(view.matter)
		if err != nil {
			return err
		}
		v, err := tx.show(participant, at)
		if err != nil {
			return err
		}
		if err := s.changeStatus(tx, c, view, participant, message, saw, v); err != nil {
			return err
		}
		return s.audit(tx, c, "status.set", view.matter, participant)
	})
}

func (s *Store) changeStatus(tx *change, c chat.Caller, view chatView, participant, message string, saw *string, v versions) error {
	if message == "" {
		ended, err := endStatus(tx, participant, saw, s.millis(), v)
		if err == nil && !ended {
			err = errSuperseded
		}
		return err
	}
	m, err := messageByID(tx.Tx, message, "")
	if errors.Is(err, sqldb.ErrNoRows) || err == nil && (m.Participant != participant || m.FromParticipant()) {
		return chat.ErrNotFound
	}
	if err != nil {
		return err
	}
	result, err := setStatus(tx, c, view.matter, m, saw, s.millis(), v)
	if err == nil && result == chat.StatusSuperseded {
		err = errSuperseded
	}
	return err
}
