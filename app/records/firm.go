package records

import (
	"context"
	"regexp"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Firm is the firm that owns the portal, as the client pages show it.
type Firm struct {
	Name string
	// Colour of the client pages, #rrggbb. Empty means Matterline's default.
	Colour string
}

// Firm reads the firm.
func (s *Store) Firm(ctx context.Context) (Firm, error) {
	return sqldb.Get(ctx, s.db, sqldb.Into(func(f *Firm) []any { return []any{&f.Name, &f.Colour} }), `SELECT name, colour FROM firm`)
}

var colour = regexp.MustCompile(`^(#[0-9a-fA-F]{6})?$`)

// SetFirm changes the firm's name and colour. It returns not_allowed, required, too_long and malformed.
func (s *Store) SetFirm(ctx context.Context, c chat.Caller, f Firm) (err error) {
	if f.Name, err = chat.ValidName("name", f.Name); err != nil {
		return err
	}
	if !colour.MatchString(f.Colour) {
		return chat.Errorf(chat.Malformed, "colour", "Enter a colour such as #1f5c57.")
	}
	return s.asAdmin(ctx, c, func(tx *change) error {
		var was Firm
		if err := tx.Row(`SELECT name, colour FROM firm`).Scan(&was.Name, &was.Colour); err != nil {
			return err
		}
		tx.differs("name", was.Name, f.Name)
		tx.differs("colour", was.Colour, f.Colour)
		if err := tx.Exec(`UPDATE firm SET name = $1, colour = $2`, f.Name, f.Colour); err != nil {
			return err
		}
		return s.audit(tx, c, "firm.edit", "", "")
	})
}

var errNotAllowed = chat.Errorf(chat.NotAllowed, "", "Only an admin can do this.")

// asAdmin runs a change that only admins may make. It returns not_found to participants and not_allowed to
// other users.
func (s *Store) asAdmin(ctx context.Context, c chat.Caller, do func(*change) error) error {
	if err := onlyAdmins(c); err != nil {
		return err
	}
	return s.change(ctx, do)
}

// onlyAdmins returns not_found to participants and not_allowed to other users than admins.
func onlyAdmins(c chat.Caller) error {
	switch {
	case !c.User:
		return chat.ErrNotFound
	case !c.Admin:
		return errNotAllowed
	}
	return nil
}
