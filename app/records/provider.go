package records

import (
	"context"
	"errors"
	"strconv"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Users can sign in with the firm's own accounts, at its identity provider. Package sso asks the provider who they are.
//
// The email finds the user at the first sign-in. From then on, the user is the provider's subject, which never changes: an
// email that the provider gives to someone else must not give them the old owner's account. An admin unlinks the two if the
// provider's account was made anew.

// ProviderAccount is an account at the firm's identity provider, as the provider has just described it.
type ProviderAccount struct {
	Issuer, Subject string
	// Email finds the user at their first sign-in. If it is empty, NoEmail says why.
	Email   string
	NoEmail error
	// Admin is nil if the provider doesn't decide who is an admin.
	Admin *bool
	// Nonce is the visit's, which works once.
	Nonce string
	// Fresh says that the user has just proved to the provider who they are. Otherwise the browser was still signed in.
	Fresh bool
}

var (
	errStaffPasswords = chat.Errorf(chat.NotAllowed, "", "Your firm doesn't use Matterline passwords for staff. Sign in with your firm's account.")
	errVisitUsed      = chat.Errorf(chat.LinkExpired, "", "This sign-in has been used. Start it again.")
	errUnlinked       = chat.Errorf(chat.LinkExpired, "", "Your account has just been changed. Start the sign-in again.")
	errDeactivated    = chat.Errorf(chat.NotAllowed, "", "This user is deactivated. Ask an admin.")
	errNotTheirs      = chat.Errorf(chat.NotAllowed, "", "That's another account. Confirm it's you with the account that you sign in with.")
	errNotFresh       = chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service didn't ask who you are. Sign out there, or in your browser, then try again.")
	errOtherAccount   = chat.Errorf(chat.NotAllowed, "", "This user signs in with another account of your firm's sign-in service. If yours was made anew, ask an admin to unlink the old one.")
)

// UseProvider says that users sign in at an identity provider. Without passwords, it is their only way in. Call it
// before the store is used.
func (s *Store) UseProvider(issuer string, passwords bool) {
	s.provider, s.noStaffPasswords = issuer, !passwords
}

// StaffPasswords reports whether users can sign in with a password.
func (s *Store) StaffPasswords() bool { return !s.noStaffPasswords }

// SignInAtProvider starts a session for the user of an account at the provider, and returns its token. It returns
// not_allowed and link_expired.
func (s *Store) SignInAtProvider(ctx context.Context, who ProviderAccount, from chat.Origin) (token string, err error) {
	account, linked, err := s.userOf(ctx, who)
	if err == nil {
		token, err = s.startSession(ctx, account, checked{atProvider: who.Fresh}, from, func(tx *change, _ bool) (refusal, err error) {
			if err := s.useVisit(tx, who.Nonce); err != nil {
				return nil, err
			}
			if err := s.link(tx, chat.Caller{Account: account, Origin: from}, who, linked); err != nil {
				return nil, err
			}
			if err := s.dropInitialPassword(tx, account); err != nil {
				return nil, err
			}
			return nil, s.setAdmin(tx, account, who.Admin)
		})
	}
	switch chat.CodeOf(err) {
	case chat.WrongPassword: // deactivated just now
		err = s.refuse(ctx, account, from, errDeactivated)
	case chat.NotAllowed, chat.LinkExpired:
		err = s.refuse(ctx, account, from, err)
	}
	return token, err
}

// ConfirmAtProvider confirms the caller's session for a while, because the provider has just asked them who they are.
// It returns not_found to participants, link_expired, signed_out, and not_allowed if the provider asked nobody or
// somebody else.
func (s *Store) ConfirmAtProvider(ctx context.Context, c chat.Caller, who ProviderAccount) error {
	if !c.User {
		return chat.ErrNotFound
	}
	err := s.change(ctx, func(tx *change) error {
		if err := s.useVisit(tx, who.Nonce); err != nil {
			return err
		}
		var theirs bool
		err := tx.Row(`SELECT EXISTS (SELECT 1 FROM provider_accounts WHERE issuer = $1 AND subject = $2 AND account = $3)`, who.Issuer, who.Subject, c.Account).Scan(&theirs)
		switch {
		case err != nil:
			return err
		case !theirs:
			return errNotTheirs
		case !who.Fresh:
			return errNotFresh
		}
		return s.confirm(tx, c)
	})
	if code := chat.CodeOf(err); code == chat.NotAllowed || code == chat.LinkExpired {
		err = s.refuse(ctx, c.Account, c.Origin, err)
	}
	return err
}

// userOf finds the active user of an account at the provider, and reports whether the two are linked already. It returns
// not_allowed, with the user's account if there is one.
func (s *Store) userOf(ctx context.Context, who ProviderAccount) (account string, linked bool, err error) {
	var user, active bool
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		err := tx.Row(`SELECT account FROM provider_accounts WHERE issuer = $1 AND subject = $2`, who.Issuer, who.Subject).Scan(&account)
		linked = err == nil
		if errors.Is(err, sqldb.ErrNoRows) {
			if who.Email == "" {
				return who.NoEmail
			}
			account, _, _, err = accountByEmail(tx, who.Email)
		}
		if err != nil {
			return err
		}
		return tx.Row(`SELECT is_user, active FROM accounts WHERE id = $1`, account).Scan(&user, &active)
	})
	switch {
	case errors.Is(err, chat.ErrNotFound) || err == nil && !user:
		return "", false, chat.Errorf(chat.NotAllowed, "", "No user has the email %s. Ask an admin to add you.", chat.Line(who.Email))
	case err == nil && !active:
		err = errDeactivated
	}
	return account, linked, err
}

// useVisit uses up a visit to the provider. Of several uses at once, the first adds the row. It returns link_expired.
func (s *Store) useVisit(tx *change, nonce string) error {
	n, err := tx.ExecCount(`INSERT INTO used_visits (nonce, used_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING`, hashSecret(nonce), s.millis())
	if err == nil && n == 0 {
		err = errVisitUsed
	}
	return err
}

// link links a user to an account at the provider, unless they are linked already. It returns not_allowed if one of them is
// linked to another, and link_expired if the link has just been removed.
func (s *Store) link(tx *change, c chat.Caller, who ProviderAccount, linked bool) error {
	if !linked {
		n, err := tx.ExecCount(`INSERT INTO provider_accounts (issuer, subject, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, who.Issuer, who.Subject, c.Account)
		if err != nil {
			return err
		}
		if n > 0 {
			tx.differs("provider_account", "", who.Subject)
			return s.audit(tx, c, "account.link", "", c.Account)
		}
	}
	var owner string
	err := tx.Row(`SELECT account FROM provider_accounts WHERE issuer = $1 AND subject = $2`, who.Issuer, who.Subject).Scan(&owner)
	switch {
	case errors.Is(err, sqldb.ErrNoRows) && linked:
		return errUnlinked
	case errors.Is(err, sqldb.ErrNoRows) || err == nil && owner != c.Account:
		return errOtherAccount
	}
	return err
}

// dropInitialPassword removes a password that someone else chose for the user. They have another way in now, and would be
// asked to change a password that they may not know.
func (s *Store) dropInitialPassword(tx *change, account string) error {
	return tx.Exec(`UPDATE accounts SET password = '', must_change = false WHERE id = $1 AND must_change`, account)
}

// setAdmin makes a user an admin, or an ordinary user, as the provider says. The firm keeps its last admin.
func (s *Store) setAdmin(tx *change, account string, admin *bool) error {
	if admin == nil {
		return nil
	}
	var was bool
	if err := tx.Row(`SELECT is_admin FROM accounts WHERE id = $1`, account).Scan(&was); err != nil || was == *admin {
		return err
	}
	if !*admin {
		if err := lockUser(tx, account); err != nil {
			return err
		}
		var others int
		err := tx.Row(`SELECT count(*) FROM accounts WHERE is_user AND is_admin AND active AND id <> $1`, account).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		if err := tx.endResetsBy(account); err != nil {
			return err
		}
	}
	if err := tx.Exec(`UPDATE accounts SET is_admin = $2 WHERE id = $1`, account, *admin); err != nil {
		return err
	}
	if err := tx.removeRemindersOf(account); err != nil {
		return err
	}
	tx.differs("admin", strconv.FormatBool(was), strconv.FormatBool(*admin))
	tx.broadcast.accounts = append(tx.broadcast.accounts, account)
	return s.audit(tx, identityProvider, "user.edit", "", account)
}

// identityProvider is the caller for what the firm's identity provider decides.
var identityProvider = chat.Caller{Account: "sso", Name: "identity provider", User: true, Admin: true}

// UnlinkProvider makes a user's next sign-in at the provider a first one: their email finds them. Their sessions go on. It
// returns not_found, confirm_first, and not_allowed to other users than admins.
func (s *Store) UnlinkProvider(ctx context.Context, c chat.Caller, account string) error {
	return s.asAdmin(ctx, c, func(tx *change) error {
		if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1 AND is_user`, account); err != nil {
			return err
		}
		if err := s.mustBeConfirmed(tx, c); err != nil {
			return err
		}
		n, err := tx.ExecCount(`DELETE FROM provider_accounts WHERE account = $1`, account)
		if err != nil || n == 0 {
			return err
		}
		return s.audit(tx, c, "account.unlink", "", account)
	})
}

// visitsKept is how long used visits are kept. Providers' codes last ten minutes at most.
const visitsKept = 24 * time.Hour
