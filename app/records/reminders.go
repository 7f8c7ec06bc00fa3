package records

import (
	"context"
	"errors"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// maxReminder is how far ahead a reminder may be due.
const maxReminder = 366 * 24 * time.Hour

// Reminders are all reminders of a user, also those that ended lately.
type Reminders struct {
	// Version counts their changes.
	Version int64
	All     []chat.Reminder
}

// Reminders returns the caller's reminders, also those that ended lately. It returns not_found to participants.
func (s *Store) Reminders(ctx context.Context, c chat.Caller) (r Reminders, err error) {
	if !c.User {
		return r, chat.ErrNotFound
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT reminders FROM accounts WHERE id = $1`, c.Account).Scan(&r.Version); err != nil {
			return err
		}
		r.All, err = sqldb.All(tx, sqldb.Into(func(r *chat.Reminder) []any {
			return []any{&r.Participant, &r.Matter, &r.DueAt, &r.SeenAt, &r.SetAt}
		}), `SELECT participant, matter, due_at, seen_at, set_at FROM reminders WHERE account = $1 ORDER BY participant`, c.Account)
		return err
	})
	return r, err
}

// SetReminder stores a reminder of the caller's in place of an older one of the chat. It returns not_found and malformed.
func (s *Store) SetReminder(ctx context.Context, c chat.Caller, r chat.Reminder) error {
	now := s.now()
	switch {
	case !c.User:
		return chat.ErrNotFound
	case r.DueAt > now.Add(maxReminder).UnixMilli():
		return chat.Errorf(chat.Malformed, "due_at", "A reminder can be up to a year ahead.")
	}
	r.SetAt = min(r.SetAt, now.UnixMilli())
	return s.change(ctx, func(tx *change) error {
		view, err := chatFor(tx.Tx, c, r.Participant)
		if err != nil {
			return err
		}
		var had int64
		err = tx.Row(`SELECT set_at FROM reminders WHERE account = $1 AND participant = $2`, c.Account, r.Participant).Scan(&had)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) || err == nil && had >= r.SetAt {
			return err
		}
		// The account first, as everywhere: see EditUser.
		if err := tx.Exec(`UPDATE accounts SET reminders = reminders + 1 WHERE id = $1`, c.Account); err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, c.Account)
		return tx.Exec(`
			INSERT INTO reminders (account, participant, matter, due_at, seen_at, set_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (account, participant) DO UPDATE SET due_at = excluded.due_at, seen_at = excluded.seen_at, set_at = excluded.set_at
			WHERE reminders.set_at < excluded.set_at`, c.Account, r.Participant, view.matter, r.DueAt, r.SeenAt, r.SetAt)
	})
}

// removeRemindersIn removes the reminders of users who may no longer see a matter.
func (tx *change) removeRemindersIn(matter string) error {
	return tx.Queue(`DELETE FROM reminders WHERE matter = $1`+unseen, matter)
}

// removeRemindersOf removes a user's reminders in matters that they may no longer see.
func (tx *change) removeRemindersOf(user string) error {
	return tx.Exec(`DELETE FROM reminders WHERE account = $1`+unseen, user)
}

const unseen = ` AND NOT EXISTS (
	SELECT 1 FROM accounts a JOIN matters m ON m.id = reminders.matter WHERE a.id = reminders.account AND a.active
		AND (a.is_admin OR m.assigned = a.id OR EXISTS (SELECT 1 FROM team t WHERE t.account = a.id AND t.matter = m.id)))`
