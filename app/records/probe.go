package records

import (
	"context"

	"matterline/app/sqldb"
)

// Probe writes one row, to find out whether the database takes writes.
func (s *Store) Probe(ctx context.Context) error {
	return s.db.Probe(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`INSERT INTO probe (one, written_at) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET written_at = excluded.written_at`, s.millis())
	})
}
