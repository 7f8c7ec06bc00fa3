package records

import (
	"context"
	"errors"
	"strconv"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Users can sign in with the firm's own accounts, at its identity provider. Package sso asks the provider who they are.

var errStaffPasswords = chat.Errorf(chat.NotAllowed, "", "Your firm doesn't use Matterline passwords. Sign in with your firm's account.")

// ForbidStaffPasswords makes SignIn refuse users, who then sign in at the firm's identity provider.
func (s *Store) ForbidStaffPasswords() { s.noStaffPasswords.Store(true) }

// StaffPasswords reports whether users can sign in with a password.
func (s *Store) StaffPasswords() bool { return !s.noStaffPasswords.Load() }

// SignInAtProvider starts a session for a user whom the firm's identity provider vouches for, and returns its token. admin
// says whether they are an admin, unless it is nil. The firm keeps its last admin. It returns not_allowed.
func (s *Store) SignInAtProvider(ctx context.Context, email string, admin *bool, from chat.Origin) (token string, err error) {
	account, err := s.activeUser(ctx, email)
	if err == nil {
		token, err = s.startSession(ctx, account, "", from, func(tx *change) error {
			if admin == nil {
				return nil
			}
			return s.setAdmin(tx, account, *admin)
		})
	}
	return token, s.refuseWrong(ctx, account, from, err)
}

// activeUser finds an active user by their email. It returns not_allowed.
func (s *Store) activeUser(ctx context.Context, email string) (account string, err error) {
	var user, active bool
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if account, _, active, err = accountByEmail(tx, email); err != nil {
			return err
		}
		return tx.Row(`SELECT is_user FROM accounts WHERE id = $1`, account).Scan(&user)
	})
	switch {
	case errors.Is(err, chat.ErrNotFound) || err == nil && !user:
		return "", chat.Errorf(chat.NotAllowed, "", "No user has the email %s. Ask an admin to add you.", email)
	case err == nil && !active:
		return account, chat.Errorf(chat.NotAllowed, "", "This user is deactivated. Ask an admin.")
	}
	return account, err
}

// setAdmin makes a user an admin, or an ordinary user, as the provider says.
func (s *Store) setAdmin(tx *change, account string, admin bool) error {
	var was bool
	var others int
	err := tx.Row(`SELECT is_admin, (SELECT count(*) FROM accounts WHERE is_user AND is_admin AND active AND id <> $1) FROM accounts WHERE id = $1`, account).Scan(&was, &others)
	if err != nil || was == admin || !admin && others == 0 {
		return err
	}
	if err := tx.Exec(`UPDATE accounts SET is_admin = $2 WHERE id = $1`, account, admin); err != nil {
		return err
	}
	tx.differs("admin", strconv.FormatBool(was), strconv.FormatBool(admin))
	tx.broadcast.accounts = append(tx.broadcast.accounts, account)
	return s.audit(tx, IdentityProvider, "user.edit", "", account)
}
