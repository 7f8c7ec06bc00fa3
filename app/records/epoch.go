package records

import (
	"context"
	"fmt"

	"matterline/app/sqldb"
)

// Holdings is what a store holds, for whoever keeps backups of it.
type Holdings struct {
	Firm, Epoch       string
	Matters, Messages int
}

// Hold reads what a database holds, changing nothing: it may be a copy that is opened for reading alone.
func Hold(ctx context.Context, db *sqldb.DB) (h Holdings, err error) {
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT name, epoch, (SELECT count(*) FROM matters), (SELECT count(*) FROM messages) FROM firm`).
			Scan(&h.Firm, &h.Epoch, &h.Matters, &h.Messages)
	})
	if err != nil {
		err = fmt.Errorf("read what the portal's database holds: %w", err)
	}
	return h, err
}

// NewEpoch says that the store has been restored from a backup: whoever has a copy of it pulls everything
// again, and sends again what it has lost. Portals that are running go on in the old epoch until they are
// started again.
func (s *Store) NewEpoch(ctx context.Context) error {
	epoch := newID()
	err := s.change(ctx, func(tx *change) error {
		if _, err := tx.Exec(`UPDATE firm SET epoch = $1`, epoch); err != nil {
			return err
		}
		return s.audit(tx, Program, "firm.epoch", "", "")
	})
	if err == nil {
		s.epoch = epoch
	}
	return err
}
