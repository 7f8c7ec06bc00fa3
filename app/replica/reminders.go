package replica

import (
	"context"
	"strconv"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Reminders travel like read marks, but only to their user's devices: the heads say how often they have changed, and the
// device then asks for all of them. They don't depend on the copy. The portal keeps ended ones for as long as a reminder can
// last, so one that it doesn't have is one that it has lost, and is sent again.

// remindersSetting is the setting with the version of the portal's reminders that the device has.
const remindersSetting = "reminders"

// noVersion differs from every version of a portal's reminders.
const noVersion = "-1"

// SetReminder makes a chat remind the user at a time, or with 0 ends its reminder. Until then, the chat has no alert for
// messages up to a version, which the user has seen. It returns not_found.
func (r *Replica) SetReminder(ctx context.Context, participant string, dueAt, upto int64) error {
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		c, err := findChat(tx, id(participant))
		if err != nil {
			return "", err
		}
		var seenAt, unseenAt int64
		err = ignoreNoRows(tx.Row(`SELECT sent_at FROM messages WHERE chat = $1 AND version <= $2 ORDER BY version DESC LIMIT 1`, c.n, upto).Scan(&seenAt))
		if err == nil {
			err = ignoreNoRows(tx.Row(`SELECT sent_at FROM messages WHERE chat = $1 AND version > $2 ORDER BY version LIMIT 1`, c.n, upto).Scan(&unseenAt))
		}
		if err != nil {
			return "", err
		}
		if unseenAt != 0 && unseenAt <= seenAt { // they were sent together
			seenAt = unseenAt - 1
		}
		return c.matter, tx.Exec(`
			INSERT INTO own.reminders (participant, matter, due_at, seen_at, set_at, sent) VALUES ($1, $2, $3, $4, $5, 0)
			ON CONFLICT (participant) DO UPDATE SET due_at = $3, seen_at = $4, set_at = max(set_at + 1, $5), sent = 0`,
			c.participant, c.matter, dueAt, seenAt, r.now().UnixMilli())
	})
}

const isDue = `participant = $1 AND due_at > 0 AND due_at <= $2`

// endDueReminder ends a chat's reminder that is due, because the user has read the chat.
func (r *Replica) endDueReminder(ctx context.Context, c chatRef) error {
	now := r.now().UnixMilli()
	var due bool
	err := r.view(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM own.reminders WHERE `+isDue+`)`, c.participant, now).Scan(&due)
	})
	if err != nil || !due {
		return err
	}
	return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
		return c.matter, tx.Exec(`UPDATE own.reminders SET due_at = 0, set_at = max(set_at + 1, $2), sent = 0 WHERE `+isDue, c.participant, now)
	})
}

// NextReminder returns when the next reminder will be due, or 0.
func (r *Replica) NextReminder(ctx context.Context) (at int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT coalesce(min(due_at), 0) FROM own.reminders WHERE due_at > $1`, r.now().UnixMilli()).Scan(&at)
	})
	return at, err
}

var scanReminder = sqldb.Into(func(m *chat.Reminder) []any {
	return []any{scanID(&m.Participant), scanID(&m.Matter), &m.DueAt, &m.SeenAt, &m.SetAt}
})

const selectReminders = `SELECT participant, matter, due_at, seen_at, set_at FROM own.reminders `

// UnsentReminders returns up to 100 reminders that the portal doesn't have.
func (r *Replica) UnsentReminders(ctx context.Context) (unsent []chat.Reminder, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		unsent, err = sqldb.All(tx, scanReminder, selectReminders+`WHERE NOT sent ORDER BY n LIMIT $1`, maxReads)
		return err
	})
	return unsent, err
}

// ConfirmReminders stores that the portal has these reminders now, unless they have changed since.
func (r *Replica) ConfirmReminders(ctx context.Context, sent []chat.Reminder) error {
	return r.eachReminder(ctx, sent, `UPDATE own.reminders SET sent = 1 WHERE participant = $1 AND set_at = $2`)
}

// DropReminders removes reminders that the portal rejected, unless they have changed since.
func (r *Replica) DropReminders(ctx context.Context, rejected []chat.Reminder) error {
	return r.eachReminder(ctx, rejected, `DELETE FROM own.reminders WHERE participant = $1 AND set_at = $2`)
}

func (r *Replica) eachReminder(ctx context.Context, all []chat.Reminder, statement string) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for _, m := range all {
			if err := tx.Exec(statement, id(m.Participant), m.SetAt); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemindersVersion returns the version of the portal's reminders that the device has.
func (r *Replica) RemindersVersion(ctx context.Context) (version int64, err error) {
	text, err := r.Setting(ctx, remindersSetting)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// ApplyReminders takes in all the user's reminders, as the portal has them at a version. It reports whether some must be
// sent again.
func (r *Replica) ApplyReminders(ctx context.Context, version int64, all []chat.Reminder) (unsent bool, err error) {
	var matters []string
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		matters = nil
		had, err := sqldb.All(tx, scanReminder, selectReminders)
		if err != nil {
			return err
		}
		here, listed := map[string]chat.Reminder{}, map[string]struct{}{}
		for _, m := range had {
			here[m.Participant] = m
		}
		for _, m := range all {
			listed[m.Participant] = struct{}{}
			mine, known := here[m.Participant]
			same := mine.DueAt == m.DueAt && mine.SeenAt == m.SeenAt // the portal may have set back its time
			if known && mine.SetAt > m.SetAt && !same {
				continue
			}
			delete(here, m.Participant)
			if !same {
				matters = append(matters, m.Matter)
			}
			err := tx.Exec(`
				INSERT INTO own.reminders (participant, matter, due_at, seen_at, set_at, sent) VALUES ($1, $2, $3, $4, $5, 1)
				ON CONFLICT (participant) DO UPDATE SET due_at = $3, seen_at = $4, set_at = $5, sent = 1`,
				id(m.Participant), id(m.Matter), m.DueAt, m.SeenAt, m.SetAt)
			if err != nil {
				return err
			}
		}
		unsent = false
		for participant, mine := range here { // newer here, or lost there
			statement := `UPDATE own.reminders SET sent = 0 WHERE participant = $1`
			if _, older := listed[participant]; mine.DueAt == 0 && !older { // it has ended, and the portal keeps it no longer
				statement = `DELETE FROM own.reminders WHERE participant = $1`
			} else {
				unsent = true
			}
			if err := tx.Exec(statement, id(participant)); err != nil {
				return err
			}
		}
		return set(tx, remindersSetting, strconv.FormatInt(version, 10))
	})
	if err == nil {
		r.notifyChanged(matters...)
	}
	return unsent, err
}
