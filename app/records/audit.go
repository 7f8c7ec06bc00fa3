package records

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// audit adds an entry to the audit trail, in the transaction of the change itself.
func (s *Store) audit(tx *change, c chat.Caller, action, matter, subject string) error {
	return tx.Exec(`INSERT INTO audit (id, at, account, action, matter, subject) VALUES ($1, $2, $3, $4, $5, $6)`,
		newID(), s.millis(), c.Account, action, matter, subject)
}

// AuditFilter selects entries. Empty fields match everything.
type AuditFilter struct {
	Before          string // an entry's id: only older entries
	Matter, Account string
}

// Audit reads the audit trail, newest entry first. It returns not_found to everyone but admins.
func (s *Store) Audit(ctx context.Context, c chat.Caller, f AuditFilter, limit int) ([]chat.AuditEntry, error) {
	if !c.User || !c.Admin {
		return nil, chat.ErrNotFound
	}
	return sqldb.List(ctx, s.db, sqldb.Into(func(e *chat.AuditEntry) []any {
		return []any{&e.ID, &e.At, &e.Account, &e.Name, &e.Action, &e.Matter, &e.Subject}
	}), `
		SELECT e.id, e.at, e.account, coalesce(a.name, ''), e.action, e.matter, e.subject
		FROM audit e LEFT JOIN accounts a ON a.id = e.account
		WHERE ($1 = '' OR e.id < $1) AND ($2 = '' OR e.matter = $2) AND ($3 = '' OR e.account = $3)
		ORDER BY e.id DESC LIMIT $4`, f.Before, f.Matter, f.Account, limit)
}
