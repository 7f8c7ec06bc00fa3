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
