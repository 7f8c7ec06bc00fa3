package records

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Program is the caller of what is done on the portal's own machine, by whoever may run its program.
var Program = chat.Caller{Account: "portald", Name: "portald", User: true, Admin: true}

// Founded reports whether there is a firm here.
func (s *Store) Founded(ctx context.Context) (founded bool, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM firm WHERE name <> '') OR EXISTS (SELECT 1 FROM accounts)`).Scan(&founded)
	})
	return founded, err
}

// Found makes the firm and its first admin, all or nothing. It returns taken if there is a firm here
// already, required, too_long, malformed and weak_password.
func (s *Store) Found(ctx context.Context, firm string, admin Account) (err error) {
	if firm, err = chat.ValidName("firm", firm); err != nil {
		return err
	}
	if admin, err = validUser(admin); err != nil {
		return err
	}
	admin.Admin = true
	hash := admin.hash()
	return s.change(ctx, func(tx *change) error {
		n, err := tx.Exec(`UPDATE firm SET name = $1 WHERE name = '' AND NOT EXISTS (SELECT 1 FROM accounts)`, firm)
		if err != nil {
			return err
		}
		if n == 0 {
			return chat.Errorf(chat.Taken, "firm", "There is a firm here already.")
		}
		id, err := addAccount(tx, admin, hash)
		if err != nil {
			return err
		}
		return s.audit(tx, Program, "user.add", "", id)
	})
}

func validUser(a Account) (_ Account, err error) {
	a.User = true
	if a.Name, err = chat.ValidName("name", a.Name); err != nil {
		return a, err
	}
	if a.Email, err = validEmail(a.Email); err != nil {
		return a, err
	}
	return a, chat.ValidPassword(a.Password)
}
