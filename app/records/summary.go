package records

import (
	"context"
	"fmt"

	"matterline/app/sqldb"
)

// Summary is a short description of a store, for backups.
type Summary struct {
	Firm, Epoch       string
	Matters, Messages int
}

// Summarize describes the store in a database without changing it: the database may be read-only.
func Summarize(ctx context.Context, db *sqldb.DB) (h Summary, err error) {
	h, err = sqldb.Get(ctx, db, sqldb.Into(func(h *Summary) []any { return []any{&h.Firm, &h.Epoch, &h.Matters, &h.Messages} }),
		`SELECT name, epoch, (SELECT count(*) FROM matters), (SELECT count(*) FROM messages) FROM firm`)
	if err != nil {
		err = fmt.Errorf("read the portal's database: %w", err)
	}
	return h, err
}

// NewEpoch marks the store as restored from a backup. Devices pull everything again and resend what the store
// has lost. No session is confirmed. Running portals keep the old epoch until they are restarted.
func (s *Store) NewEpoch(ctx context.Context) error {
	epoch := newID()
	err := s.change(ctx, func(tx *change) error {
		if err := tx.Exec(`UPDATE firm SET epoch = $1`, epoch); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE sessions SET confirmed_until = 0`); err != nil {
			return err
		}
		return s.audit(tx, Program, "firm.epoch", "", "")
	})
	if err == nil {
		s.epoch.Store(&epoch)
	}
	return err
}
