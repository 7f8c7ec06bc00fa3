package replica

import (
	"context"

	"matterline/app/sqldb"
)

// What the list of matters and the alerts ask for often is counted with each change: the newest message, and
// how many the user has not read.

// colleaguesCount is whether what other users write is counted as unread.
const (
	colleaguesSetting = "colleagues"
	colleaguesCount   = `NOT EXISTS (SELECT 1 FROM own.settings WHERE name = '` + colleaguesSetting + `' AND value = 'off')`
)

const countUnread = `(SELECT count(*) FROM messages m WHERE m.chat = participants.n AND m.version > participants.read_upto
	AND (m.author = 0 OR m.author <> $2 AND ` + colleaguesCount + `))`

// count brings the counts of the chats that a page spoke of up to date, and those of its matter.
func (a *application) count() error {
	for _, c := range a.rooms {
		const newest = `newest = coalesce((SELECT n FROM messages WHERE chat = $1 ORDER BY version DESC LIMIT 1), 0)`
		var err error
		if c.all {
			_, err = a.Exec(`UPDATE participants SET `+newest+`, unread = `+countUnread+` WHERE n = $1`, c.n, a.me)
		} else {
			_, err = a.Exec(`UPDATE participants SET `+newest+`, unread = unread + $2 WHERE n = $1`, c.n, c.unread)
		}
		if err != nil {
			return err
		}
	}
	return countMatter(a.Tx, a.matter)
}

// lastText is how much of the newest message a list shows.
const lastText = 120

const lastOfMatter = `SELECT m.author, CASE m.author WHEN 0 THEN p.name ELSE '' END, EXISTS (SELECT 1 FROM statuses s WHERE s.message = m.n AND s.ended_at = 0),
	substr(m.text, 1, $2), m.sent_at
	FROM participants p JOIN messages m ON m.n = p.newest WHERE p.matter = $1 ORDER BY m.version DESC LIMIT 1`

func countMatter(tx *sqldb.Tx, matter int64) error {
	_, err := tx.Exec(`
		UPDATE matters SET (last_author, last_name, last_status, last_text, last_at) = (`+lastOfMatter+`),
			unread = (SELECT coalesce(sum(unread), 0) FROM participants WHERE matter = $1)
		WHERE n = $1`, matter, lastText)
	return err
}

// readTo moves the user's mark in the copy and counts what is unread then. It reports false if the mark was
// there already.
func (r *Replica) readTo(tx *sqldb.Tx, participant string, upto int64) (moved bool, err error) {
	n, err := tx.Exec(`UPDATE participants SET read_upto = $2 WHERE id = $1 AND read_upto < $2`, key(participant), upto)
	if err != nil || n == 0 {
		return false, err
	}
	var matter int64
	if err := tx.Row(`UPDATE participants SET unread = `+countUnread+` WHERE id = $1 RETURNING matter`, key(participant), r.me).Scan(&matter); err != nil {
		return false, err
	}
	return true, countMatter(tx, matter)
}

// recount puts the user's marks into the copy that did not get there before the program ended.
func (r *Replica) recount(ctx context.Context) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		type mark struct {
			participant string
			upto        int64
		}
		marks, err := sqldb.All(tx, func(scan sqldb.Scan) (m mark, err error) {
			err = scan(id(&m.participant), &m.upto)
			return m, err
		}, `SELECT o.participant, o.upto FROM own.reads o JOIN participants p ON p.id = o.participant AND p.read_upto < o.upto`)
		if err != nil {
			return err
		}
		for _, m := range marks {
			if _, err := r.readTo(tx, m.participant, m.upto); err != nil {
				return err
			}
		}
		return nil
	})
}

// CountColleagues says whether what other users write counts as unread, and raises alerts.
func (r *Replica) CountColleagues(ctx context.Context, count bool) error {
	value := "off"
	if count {
		value = ""
	}
	if now, err := r.Setting(ctx, colleaguesSetting); err != nil || now == value {
		return err
	}
	var changed []string
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		if err := set(tx, colleaguesSetting, value); err != nil {
			return err
		}
		changed = nil // it may run again
		matters, err := sqldb.All(tx, func(scan sqldb.Scan) (n int64, err error) {
			var matter string
			err = scan(&n, id(&matter))
			changed = append(changed, matter)
			return n, err
		}, `SELECT n, id FROM matters`)
		if err != nil {
			return err
		}
		for _, n := range matters {
			if _, err := tx.Exec(`UPDATE participants SET unread = `+countUnread+` WHERE matter = $1 AND newest <> 0`, n, r.me); err != nil {
				return err
			}
			if err := countMatter(tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.tellChanged(changed...)
	}
	return err
}
