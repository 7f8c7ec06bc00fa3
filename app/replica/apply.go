package replica

import (
	"context"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ErrGap is returned for changes that follow a version which this copy doesn't have yet.
var ErrGap = errors.New("earlier changes are missing")

// Versions returns the portal's epoch and the version of each matter in this copy.
func (r *Replica) Versions(ctx context.Context) (epoch string, versions map[string]int64, err error) {
	versions = map[string]int64{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT epoch FROM about`).Scan(&epoch); err != nil {
			return err
		}
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var matter string
			var version int64
			err := scan(scanID(&matter), &version)
			versions[matter] = version
			return err
		}, `SELECT id, version FROM matters`)
	})
	return epoch, versions, err
}

// Version returns the version of one matter in this copy, or 0.
func (r *Replica) Version(ctx context.Context, matter string) (version int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error { _, version, err = findMatter(tx, id(matter)); return err })
	return version, err
}

// findMatter returns a matter's number and version, or 0.
func findMatter(tx *sqldb.Tx, matter id) (n, version int64, err error) {
	err = tx.Row(`SELECT n, version FROM matters WHERE id = $1`, matter).Scan(&n, &version)
	return n, version, ignoreNoRows(err)
}

// Apply stores changes and the version that they reach, in one transaction. Changes that the copy has already have no
// effect. It returns ErrGap.
func (r *Replica) Apply(ctx context.Context, page chat.Changes) error {
	var n int64
	apply := func(kept bool) error {
		return r.change(ctx, func(tx *sqldb.Tx) (id, error) {
			var version int64
			var err error
			n, version, err = findMatter(tx, id(page.Matter))
			switch old := n != 0 && version == 0; {
			case err != nil:
				return "", err
			case page.After > version:
				return "", ErrGap
			case page.Version <= version:
				return "", nil
			case old && !kept:
				return "", errOldEpoch
			case old:
				if err := resetMatter(tx, n); err != nil {
					return "", err
				}
			}
			return id(page.Matter), r.apply(tx, page)
		})
	}
	err := apply(false)
	if errors.Is(err, errOldEpoch) {
		if err = r.keepOwnMessages(ctx, id(page.Matter)); err == nil {
			err = r.erase(ctx, n)
		}
		if err == nil {
			err = apply(true)
		}
	}
	if err != nil {
		return fmt.Errorf("apply changes of %s: %w", page.Matter, err)
	}
	return nil
}

func (r *Replica) apply(tx *sqldb.Tx, page chat.Changes) error {
	u, err := r.newUpdate(tx, id(page.Matter))
	if err != nil {
		return err
	}
	for _, user := range page.Users {
		if u.users[user.ID], err = saveUser(tx, id(user.ID), user.Name); err != nil {
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
