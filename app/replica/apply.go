package replica

import (
	"context"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ErrGap is returned for changes that follow a version which this copy doesn't have yet, or can't compare with its own.
var ErrGap = errors.New("earlier changes are missing")

var errOtherHistory = chat.Errorf(chat.OtherHistory, "", "The portal's data was put back to an earlier state. It will be downloaded again, and your unsent messages are kept.")

// Known returns the portal's epoch and how far the copy has each matter. Matters that aren't in the copy, but in which a
// confirmed message is kept, are there too.
func (r *Replica) Known(ctx context.Context) (epoch string, known map[string]chat.Known, err error) {
	known = map[string]chat.Known{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT epoch FROM about`).Scan(&epoch); err != nil {
			return err
		}
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var matter string
			var has chat.Known
			err := scan(scanID(&matter), &has.Version, &has.Mark, &has.Confirmed)
			known[matter] = has
			return err
		}, `SELECT id, version, mark, confirmed FROM matters
			UNION ALL SELECT DISTINCT matter, 0, '', 0 FROM own.said WHERE matter NOT IN (SELECT id FROM matters)`)
	})
	return epoch, known, err
}

// Totals returns how many matters the copy has, and the sum of their versions.
func (r *Replica) Totals(ctx context.Context) (totals chat.Totals, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT count(*), coalesce(sum(version), 0) FROM matters`).Scan(&totals.Matters, &totals.Versions)
	})
	return totals, err
}

// KnownOf returns how far the copy has one matter. The version is 0 if it doesn't have the matter.
func (r *Replica) KnownOf(ctx context.Context, matter string) (known chat.Known, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error { _, known, err = findMatter(tx, id(matter)); return err })
	return known, err
}

// findMatter returns a matter's number, and how far the copy has it. Both are 0 without it.
func findMatter(tx *sqldb.Tx, matter id) (n int64, known chat.Known, err error) {
	err = tx.Row(`SELECT n, version, mark, confirmed FROM matters WHERE id = $1`, matter).Scan(&n, &known.Version, &known.Mark, &known.Confirmed)
	return n, known, ignoreNoRows(err)
}

// Apply stores changes and the version that they reach, in one transaction. Changes that the copy has already have no
// effect. It returns ErrGap, and other_history if the changes don't continue the history that the copy knows.
func (r *Replica) Apply(ctx context.Context, page chat.Changes) error {
	page.CleanNames() // older portals don't
	var n int64
	var passed bool
	apply := func(kept bool) error {
		return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
			var known chat.Known
			var err error
			n, known, err = findMatter(tx, id(page.Matter))
			switch old := n != 0 && known.Version == 0; {
			case err != nil:
				return "", err
			case page.After > known.Version:
				return "", ErrGap
			case page.After == known.Version && !known.Continues(page.After, page.AfterMark),
				page.Version == known.Version && !known.Continues(page.Version, page.Mark):
				return "", errOtherHistory
			case page.Version == known.Version && known.Mark == "" && page.Mark != "": // from an older version of the app, or of the portal
				return "", tx.Exec(`UPDATE matters SET mark = $2 WHERE n = $1`, n, page.Mark)
			case page.Version <= known.Version:
				return "", nil
			case page.After < known.Version && known.Mark != "":
				return "", ErrGap
			case old && !kept:
				return "", errOldEpoch
			case old:
				if err := resetMatter(tx, n); err != nil {
					return "", err
				}
			}
			if known.Confirmed > page.After {
				err = checkConfirmed(tx, n, page)
			}
			if err == nil {
				err = r.apply(tx, page)
			}
			if err == nil && !page.More {
				err = tx.Row(`SELECT EXISTS (SELECT 1 FROM own.passed WHERE matter = $1)`, id(page.Matter)).Scan(&passed)
			}
			return id(page.Matter), err
		})
	}
	err := apply(false)
	if errors.Is(err, errOldEpoch) {
		if err = r.keep(ctx, id(page.Matter)); err == nil {
			err = r.erase(ctx, n)
		}
		if err == nil {
			err = apply(true)
		}
	}
	if err == nil && passed {
		err = r.restorePassed(ctx, id(page.Matter))
	}
	if err != nil {
		return fmt.Errorf("apply changes of %s: %w", page.Matter, err)
	}
	return nil
}

// checkConfirmed returns other_history if the copy has a message that should be in a page and isn't, or that the portal
// got at another time: the portal confirmed it, and has lost it since. Another device of the user may have sent it again.
func checkConfirmed(tx *sqldb.Tx, matter int64, page chat.Changes) error {
	type place struct{ version, sentAt int64 }
	sent := map[string]place{}
	for _, m := range page.Messages {
		sent[m.ID] = place{m.Version, m.SentAt}
	}
	return sqldb.Each(tx, func(scan sqldb.Scan) error {
		var message string
		var at place
		err := scan(scanID(&message), &at.version, &at.sentAt)
		if err == nil && sent[message] != at {
			err = errOtherHistory
		}
		return err
	}, `SELECT m.id, m.version, m.sent_at FROM participants p JOIN messages m ON m.chat = p.n AND m.version > $2 AND m.version <= $3 WHERE p.matter = $1`,
		matter, page.After, page.Version)
}

func (r *Replica) apply(tx *sqldb.Tx, page chat.Changes) error {
	u, err := r.newUpdate(tx, id(page.Matter))
	if err != nil {
		return err
	}
	for _, user := range page.Users {
		if u.users[user.ID], err = saveUser(tx, id(user.ID), user.Name, user.Email); err != nil {
			return err
		}
	}
	if err := u.info(page); err != nil {
		return err
	}
	for _, p := range page.Participants {
		if err := u.participant(p); err != nil {
			return err
		}
	}
	became := map[string]bool{}
	for _, s := range page.Statuses {
		became[s.Message] = true
	}
	for _, m := range page.Messages {
		if _, err := u.message(m); err != nil {
			return err
		}
		// Without a status here, only the portal's answer says whether the message became the status, so it's sent again.
		setStatus, unsent := u.outbox[m.ID]
		switch {
		case !unsent:
		case setStatus && !became[m.ID]:
			err = tx.Exec(`UPDATE own.outbox SET state = 'sending', code = '', reason = '' WHERE id = $1`, id(m.ID))
		default:
			err = tx.Exec(`DELETE FROM own.outbox WHERE id = $1`, id(m.ID))
		}
		if err != nil {
			return err
		}
	}
	for _, s := range page.Statuses {
		if err := u.status(s); err != nil {
			return err
		}
	}
	for _, m := range page.Reads {
		if err := u.read(m); err != nil {
			return err
		}
	}
	if err := u.count(); err != nil {
		return err
	}
	return u.restoreLost(page)
}
