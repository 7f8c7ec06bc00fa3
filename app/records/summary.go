package records

import (
	"context"
	"fmt"

	"matterline/app/chat"
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

// Staff reads the users of a database that isn't open as a store: who is active and who is an admin.
func Staff(ctx context.Context, db *sqldb.DB) ([]chat.UserAccount, error) {
	return sqldb.List(ctx, db, sqldb.Into(func(u *chat.UserAccount) []any { return []any{&u.ID, &u.Email, &u.Name, &u.Admin, &u.Active} }),
		`SELECT id, email, name, is_admin, active FROM accounts WHERE is_user ORDER BY name, id`)
}
