package records

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Program is the caller for commands run on the portal's own machine.
var Program = chat.Caller{Account: "portald", Name: "portald", User: true, Admin: true}

// HasFirm reports whether the firm has been set up.
func (s *Store) HasFirm(ctx context.Context) (bool, error) {
	return sqldb.Get(ctx, s.db, sqldb.Column[bool], `SELECT EXISTS (SELECT 1 FROM firm WHERE name <> '') OR EXISTS (SELECT 1 FROM accounts)`)
}

// CheckFirm returns the error that CreateFirm would return for these values in a new database.
func CheckFirm(firm string, admin Account) error {
	_, _, err := validFirm(firm, admin)
	return err
}

func validFirm(firm string, admin Account) (string, Account, error) {
	firm, err := chat.ValidName("firm", firm)
	if err == nil {
		admin, err = validUser(admin)
	}
	if err == nil {
		err = chat.ValidPassword(admin.Password)
	}
	return firm, admin, err
}

// CreateFirm sets up the firm and its first admin. It returns taken if there is a firm already, required, too_long,
// malformed, weak_password and busy.
func (s *Store) CreateFirm(ctx context.Context, firm string, admin Account) error {
	firm, admin, err := validFirm(firm, admin)
	if err != nil {
		return err
	}
	admin.Admin = true
	if err := s.goodPassword(ctx, admin.Password, chooser{name: admin.Name, email: admin.Email, firm: firm}); err != nil {
		return err
	}
	hash, err := admin.passwordHash(ctx)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		n, err := tx.ExecCount(`UPDATE firm SET name = $1 WHERE name = '' AND NOT EXISTS (SELECT 1 FROM accounts)`, firm)
		if err != nil {
			return err
		}
		if n == 0 {
			return chat.Errorf(chat.Taken, "firm", "This database already has a firm.")
		}
		id, err := addAccount(tx, admin, hash)
		if err != nil {
			return err
		}
		admin.note(tx)
		return s.audit(tx, Program, "user.add", "", id)
	})
}

func validUser(a Account) (_ Account, err error) {
	a.User = true
	if a.Name, err = chat.ValidName("name", a.Name); err != nil {
		return a, err
	}
	a.Email, err = chat.ValidEmail(a.Email)
	return a, err
}
