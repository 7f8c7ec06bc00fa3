package records

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Account is a person who can sign in: a user, or someone outside the firm who has chats.
type Account struct {
	Email, Name string
	// Password may be empty. The person can't sign in with a password then.
	Password    string
	User, Admin bool
	// MustChange means that someone else chose the password. The person has to change it.
	MustChange bool
}

// AddAccount adds an account without checking a caller, and returns its id. Callers use AddUser. It returns
// taken and busy.
func (s *Store) AddAccount(ctx context.Context, a Account) (id string, err error) {
	hash, err := a.passwordHash(ctx)
	if err != nil {
		return "", err
	}
	err = s.change(ctx, func(tx *change) error {
		id, err = addAccount(tx, a, hash)
		return err
	})
	return id, err
}

// note notes a new account for the audit trail.
func (a Account) note(tx *change) {
	tx.differs("email", "", a.Email)
	tx.differs("name", "", a.Name)
	tx.differs("admin", "", strconv.FormatBool(a.Admin))
}

// passwordHash is slow on purpose. Don't call it in a transaction, where others wait. It returns busy.
func (a Account) passwordHash(ctx context.Context) (string, error) {
	if a.Password == "" {
		return "", nil
	}
	return hashPassword(ctx, a.Password)
}

func addAccount(tx *change, a Account, hash string) (id string, err error) {
	_, _, _, err = accountByEmail(tx.Tx, a.Email)
	if chat.CodeOf(err) == chat.NotFound {
		if err := lookFree(tx.Tx, "", a.Email); err != nil {
			return "", err
		}
		id = newID()
		err = tx.Exec(`INSERT INTO accounts (id, email, email_look, name, password, is_user, is_admin, active, must_change) VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8)`,
			id, chat.FoldName(a.Email), chat.EmailLook(a.Email), a.Name, hash, a.User, a.Admin, a.MustChange)
		if err == nil && a.User {
			err = noteNamesakes(tx.Tx)
		}
	} else if err == nil {
		err = sqldb.ErrDuplicate
	}
	if errors.Is(err, sqldb.ErrDuplicate) {
		err = errEmailTaken
	}
	return id, err
}

var errEmailTaken = chat.Errorf(chat.Taken, "email", "A user with this email already exists.")

// isUser reports whether an account is a user's. It returns not_found.
func (s *Store) isUser(ctx context.Context, account string) (bool, error) {
	user, err := sqldb.Get(ctx, s.db, sqldb.Column[bool], `SELECT is_user FROM accounts WHERE id = $1`, account)
	return user, notFound(err)
}

// Self is what an account's owner sees of the account itself.
type Self struct {
	Email string
	// MustChange means that someone else chose the password.
	MustChange bool
	// NoPassword means that the person has none, or that the firm forbids it.
	NoPassword bool
	// TwoStep means that signing in needs a code, and RecoveryCodes is how many recovery codes are left.
	TwoStep       bool
	RecoveryCodes int
	// EmailSetBy is the name of the admin who changed the email, or empty.
	EmailSetBy string
	// Unsaved means that the owner has yet to say that they saved the recovery codes.
	Unsaved bool
	// Passkeys is how many the person has.
	Passkeys int
}

// Self reads what an account's owner sees of the account itself.
func (s *Store) Self(ctx context.Context, account string) (Self, error) {
	self, err := sqldb.Get(ctx, s.db, sqldb.Into(func(f *Self) []any {
		return []any{&f.Email, &f.NoPassword, &f.MustChange, &f.TwoStep, &f.RecoveryCodes, &f.Unsaved, &f.Passkeys, &f.EmailSetBy}
	}), `
		SELECT email, password = '' OR is_user AND $2, must_change, EXISTS (SELECT 1 FROM two_step t WHERE t.account = a.id AND t.secret <> ''), (SELECT count(*) FROM recovery_codes r WHERE r.account = a.id),
			EXISTS (SELECT 1 FROM two_step t WHERE t.account = a.id AND t.secret <> '' AND t.unsaved), (SELECT count(*) FROM passkeys k WHERE k.account = a.id),
			coalesce((SELECT name FROM accounts b WHERE b.id = a.email_set_by), email_set_by)
		FROM accounts a WHERE a.id = $1`, account, s.noStaffPasswords)
	self.MustChange = self.MustChange && !self.NoPassword
	return self, notFound(err)
}

// AccountByEmail finds an account's id. It returns not_found.
func (s *Store) AccountByEmail(ctx context.Context, email string) (id string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		id, _, _, err = accountByEmail(tx, email)
		return err
	})
	return id, err
}

// AccountToGuess finds an account's id, and a text that is another one after each change of its password. It returns
// not_found.
func (s *Store) AccountToGuess(ctx context.Context, email string) (id, password string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		id, password, _, err = accountByEmail(tx, email)
		return err
	})
	return id, hashSecret(password), err
}

// accountByEmail finds an account. It returns not_found. Emails are stored as chat.FoldName folds them; those stored
// before it did that may be in the other normal form, NFD, or have invisible characters.
func accountByEmail(tx *sqldb.Tx, email string) (id, passwordHash string, active bool, err error) {
	folded, typed := chat.FoldName(email), strings.ToLower(strings.TrimSpace(email))
	err = tx.Row(`SELECT id, password, active FROM accounts WHERE email IN ($1, $2, $3) ORDER BY email = $1 DESC, id LIMIT 1`,
		typed, folded, norm.NFD.String(folded)).Scan(&id, &passwordHash, &active)
	return id, passwordHash, active, notFound(err)
}

// Users lists the firm's users by name. Only admins see who uses two-step verification, and who is linked. It
// returns not_found to a participant.
func (s *Store) Users(ctx context.Context, c chat.Caller) ([]chat.UserAccount, error) {
	if !c.User {
		return nil, chat.ErrNotFound
	}
	return sqldb.List(ctx, s.db, sqldb.Into(func(u *chat.UserAccount) []any {
		return []any{&u.ID, &u.Email, &u.Name, &u.Admin, &u.Active, &u.Alike, &u.TwoStep, &u.Linked}
	}),
		`SELECT id, email, name, is_admin, active, alike, $1 AND EXISTS (SELECT 1 FROM two_step t WHERE t.account = a.id AND t.secret <> ''),
			$1 AND EXISTS (SELECT 1 FROM provider_accounts p WHERE p.account = a.id)
		FROM accounts a WHERE is_user ORDER BY name, id`, c.Admin)
}

// AddUser adds a user with a password and returns their id. It returns not_allowed, required, malformed, weak_password,
// taken, busy and confirm_first.
func (s *Store) AddUser(ctx context.Context, c chat.Caller, a Account) (id string, err error) {
	if err := onlyAdmins(c); err != nil {
		return "", err
	}
	if a, err = validUser(a); err != nil {
		return "", err
	}
	if s.noStaffPasswords {
		return "", errStaffPasswords
	}
	if err := s.goodPassword(ctx, a.Password, chooser{name: a.Name, email: a.Email}); err != nil {
		return "", err
	}
	hash, err := a.passwordHash(ctx)
	if err != nil {
		return "", err
	}
	return s.addUser(ctx, c, a, hash, nil)
}

// AddUserByLink adds a user who chooses their password with the link that it returns. There is no link if the firm forbids
// passwords. It returns not_allowed, required, malformed, taken and
// confirm_first.
func (s *Store) AddUserByLink(ctx context.Context, c chat.Caller, a Account) (id string, link Link, err error) {
	if err := onlyAdmins(c); err != nil {
		return "", link, err
	}
	a.Password, a.MustChange = "", false
	if a, err = validUser(a); err != nil {
		return "", link, err
	}
	if s.noStaffPasswords {
		id, err = s.addUser(ctx, c, a, "", nil)
		return id, link, err
	}
	link = s.newLink(firstResetTTL)
	id, err = s.addUser(ctx, c, a, "", &link)
	return id, link, err
}

func (s *Store) addUser(ctx context.Context, c chat.Caller, a Account, hash string, link *Link) (id string, err error) {
	err = s.asAdmin(ctx, c, func(tx *change) error {
		if id, err = addAccount(tx, a, hash); err != nil {
			return err
		}
		if err := s.mustBeConfirmed(tx, c); err != nil {
			return err
		}
		if link != nil {
			if err := putReset(tx, c, id, *link); err != nil {
				return err
			}
		}
		a.note(tx)
		return s.audit(tx, c, "user.add", "", id)
	})
	return id, err
}

// EditUser changes whether a user is an admin and whether they are active. Deactivating a user ends their sessions,
// makes their devices delete their copies, revokes the links that they made, and takes the user off all teams. It
// returns not_allowed, not_found, has_matters, last_admin and, if it gives the user more rights, confirm_first.
func (s *Store) EditUser(ctx context.Context, c chat.Caller, id string, admin, active bool) error {
	if active { // an older version left users on their teams, and a deactivation may have been interrupted
		err := s.asAdmin(ctx, c, func(tx *change) error {
			_, err := s.userToEdit(tx, c, id, admin, active)
			return err
		})
		if err != nil {
			return err
		}
		if err := s.leave(ctx, c, id); err != nil {
			return err
		}
	}
	err := s.asAdmin(ctx, c, func(tx *change) error {
		if err := lockUser(tx, id); err != nil {
			return err
		}
		was, err := s.userToEdit(tx, c, id, admin, active)
		if err != nil {
			return err
		}
		tx.differs("admin", strconv.FormatBool(was.Admin), strconv.FormatBool(admin))
		tx.differs("active", strconv.FormatBool(was.Active), strconv.FormatBool(active))
		if err := tx.Exec(`UPDATE accounts SET is_admin = $2, active = $3 WHERE id = $1`, id, admin, active); err != nil {
			return err
		}
		var admins, matters int
		err = tx.Row(`SELECT (SELECT count(*) FROM accounts WHERE is_user AND is_admin AND active), (SELECT count(*) FROM matters WHERE assigned = $1)`, id).Scan(&admins, &matters)
		switch {
		case err != nil:
			return err
		case admins == 0:
			return chat.Errorf(chat.LastAdmin, "admin", "A firm needs at least one admin. Make someone else an admin first.")
		case !active && matters > 0:
			return errHasMatters(matters)
		case !active:
			if err := tx.Exec(`DELETE FROM resets WHERE account = $1`, id); err != nil {
				return err
			}
			if err := tx.removeOwnKeys(id); err != nil {
				return err
			}
			if err := s.eraseDevices(tx, id, endedByLeaving); err != nil {
				return err
			}
			if err := s.endCovers(tx, c, id); err != nil {
				return err
			}
		}
		if !admin || !active {
			if err := tx.endResetsBy(id); err != nil {
				return err
			}
			if err := tx.removeRemindersOf(id); err != nil {
				return err
			}
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, id)
		return s.audit(tx, c, "user.edit", "", id)
	})
	if err != nil || active {
		return err
	}
	return s.leave(ctx, c, id)
}

// lockUser makes a change of a user's rights wait for others. Of two admins who demote each other at the same time, the
// second then finds that nobody else is left. What the user is just given is there, or is given after the change.
func lockUser(tx *change, id string) error {
	var one int
	if err := tx.Row(`SELECT one FROM firm WHERE one = 1 FOR UPDATE OF firm`).Scan(&one); err != nil {
		return err
	}
	return notFound(tx.Row(`SELECT 1 FROM accounts WHERE id = $1 AND is_user FOR UPDATE OF accounts`, id).Scan(&one))
}

// userToEdit reads a user whom EditUser changes. It returns not_found, and confirm_first if the user gets more rights.
func (s *Store) userToEdit(tx *change, c chat.Caller, id string, admin, active bool) (was chat.UserAccount, err error) {
	if err := tx.Row(`SELECT is_admin, active FROM accounts WHERE id = $1 AND is_user`, id).Scan(&was.Admin, &was.Active); err != nil {
		return was, notFound(err)
	}
	if admin && !was.Admin || active && !was.Active {
		err = s.mustBeConfirmed(tx, c)
	}
	return was, err
}

func errHasMatters(n int) error {
	if n == 1 {
		return chat.Errorf(chat.HasMatters, "active", "One matter is assigned to this user. Reassign it first.")
	}
	return chat.Errorf(chat.HasMatters, "active", "%d matters are assigned to this user. Reassign them first.", n)
}

// Rename changes the caller's own name. It returns required and too_long.
func (s *Store) Rename(ctx context.Context, c chat.Caller, name string) error {
	name, err := chat.ValidName("name", name)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		var was string
		if err := tx.Row(`SELECT name FROM accounts WHERE id = $1`, c.Account).Scan(&was); err != nil {
			return notFound(err)
		}
		tx.differs("name", was, name)
		if err := tx.Exec(`UPDATE accounts SET name = $2 WHERE id = $1`, c.Account, name); err != nil {
			return err
		}
		if err := tx.stampUser(c.Account); err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, c.Account)
		if c.User {
			if err := noteNamesakes(tx.Tx); err != nil {
				return err
			}
		}
		return s.audit(tx, c, "account.rename", "", c.Account)
	})
}

// stampUser stamps the matters of a user after a change of the name or the email, which everyone who has one of the
// matters gets.
func (tx *change) stampUser(account string) error {
	matters, err := sqldb.All(tx.Tx, sqldb.Column[string], `
		SELECT id FROM matters WHERE assigned = $1 UNION SELECT matter FROM team WHERE account = $1 ORDER BY 1`, account)
	if err != nil {
		return err
	}
	for _, matter := range matters {
		at, err := tx.touch(matter)
		if err != nil {
			return err
		}
		if err := tx.Queue(`UPDATE matters SET info_version = $2 WHERE id = $1`, matter, at.Version); err != nil {
			return err
		}
	}
	return nil
}
