package replica

import (
	"context"

	"matterline/app/sqldb"
)

// Lists and alerts read the newest message and the number of unread messages often, so both are stored with each
// change.

const (
	colleaguesSetting = "colleagues"
	// countsColleagues is a condition: whether colleagues' messages count as unread.
	countsColleagues = `NOT EXISTS (SELECT 1 FROM own.settings WHERE name = '` + colleaguesSetting + `' AND value = 'off')`
)

const countUnread = `(SELECT count(*) FROM messages m WHERE m.chat = participants.n AND m.version > participants.read_upto
	AND (m.author = 0 OR m.author <> $2 AND ` + countsColleagues + `))`

// count updates the counts of the update's chats and of its matter.
func (u *update) count() error {
	for _, c := range u.chats {
		const newest = `newest = coalesce((SELECT n FROM messages WHERE chat = $1 ORDER BY version DESC LIMIT 1), 0)`
		var err error
		if c.recount {
			err = u.Exec(`UPDATE participants SET `+newest+`, unread = `+countUnread+` WHERE n = $1`, c.n, u.me)
		} else {
			err = u.Exec(`UPDATE participants SET `+newest+`, unread = unread + $2 WHERE n = $1`, c.n, c.unread)
		}
		if err != nil {
			return err
		}
	}
	return countMatter(u.Tx, u.matter)
}

// previewLength is how many characters of the newest message a list shows.
const previewLength = 120

const newestOfMatter = `SELECT m.author, CASE m.author WHEN 0 THEN p.name ELSE '' END, EXISTS (SELECT 1 FROM statuses s WHERE s.message = m.n AND s.ended_at = 0),
	substr(m.text, 1, $2), m.sent_at
	FROM participants p JOIN messages m ON m.n = p.newest WHERE p.matter = $1 ORDER BY m.version DESC LIMIT 1`

func countMatter(tx *sqldb.Tx, matter int64) error {
	return tx.Exec(`
		UPDATE matters SET (last_author, last_name, last_status, last_text, last_at) = (`+newestOfMatter+`),
			unread = (SELECT coalesce(sum(unread), 0) FROM participants WHERE matter = $1)
		WHERE n = $1`, matter, previewLength)
}

// moveReadMark moves the user's read mark in the copy and counts again. It reports false if the mark was there
// already.
func (r *Replica) moveReadMark(tx *sqldb.Tx, participant id, upto int64) (moved bool, err error) {
	n, err := tx.ExecCount(`UPDATE participants SET read_upto = $2 WHERE id = $1 AND read_upto < $2`, participant, upto)
	if err != nil || n == 0 {
		return false, err
	}
	var matter int64
	if err := tx.Row(`UPDATE participants SET unread = `+countUnread+` WHERE id = $1 RETURNING matter`, participant, r.me).Scan(&matter); err != nil {
		return false, err
	}
	return true, countMatter(tx, matter)
}

// applyReadMarks copies read marks from own.db into the copy. The program may have ended between the two writes.
func (r *Replica) applyReadMarks(ctx context.Context) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		type mark struct {
			participant id
			upto        int64
		}
		marks, err := sqldb.All(tx, sqldb.Into(func(m *mark) []any { return []any{&m.participant, &m.upto} }), `SELECT o.participant, o.upto FROM own.reads o JOIN participants p ON p.id = o.participant AND p.read_upto < o.upto`)
		if err != nil {
			return err
		}
		for _, m := range marks {
			if _, err := r.moveReadMark(tx, m.participant, m.upto); err != nil {
				return err
			}
		}
		return nil
	})
}

// CountColleagues sets whether colleagues' messages count as unread and raise alerts.
func (r *Replica) CountColleagues(ctx context.Context, count bool) error {
	value := "off"
	if count {
		value = ""
	}
	if before, err := r.Setting(ctx, colleaguesSetting); err != nil || before == value {
		return err
	}
	var changed []string
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		if err := set(tx, colleaguesSetting, value); err != nil {
			return err
		}
		changed = nil // the transaction may run again
		matters, err := sqldb.All(tx, func(scan sqldb.Scan) (n int64, err error) {
			var matter string
			err = scan(&n, scanID(&matter))
			changed = append(changed, matter)
			return n, err
		}, `SELECT n, id FROM matters`)
		if err != nil {
			return err
		}
		for _, n := range matters {
			if err := tx.Exec(`UPDATE participants SET unread = `+countUnread+` WHERE matter = $1 AND newest <> 0`, n, r.me); err != nil {
				return err
			}
			if err := countMatter(tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.notifyChanged(changed...)
	}
	return err
}
