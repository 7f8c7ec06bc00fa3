package records

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/sqldb"
)

// Users have passkeys, too. The desktop app's window can't ask for them, so it opens a page of the portal's in the
// system's browser. The page signs no one in. It passes the passkey's answer on to the app, which redeems it.
//
// An answer that someone else gets on its way is worthless, because its challenge was made for the hash of a verifier that
// only the app knows (PKCE, RFC 7636), or for the app's session.

var (
	errStaffPasskeys = chat.Errorf(chat.NotAllowed, "", "Your firm doesn't use passkeys for staff. Sign in with your firm's account.")
	errStaffsPasskey = chat.Errorf(chat.NotAllowed, "", "This is a staff passkey. Staff sign in with the Matterline desktop app.")
	errClientPasskey = chat.Errorf(chat.NotAllowed, "", "This is a client's passkey. Clients sign in to the portal in a browser.")
	errOthersPasskey = chat.Errorf(chat.NotAllowed, "", "This passkey is another account's. Confirm it's you with one of yours.")
	errVisitOver     = chat.Errorf(chat.LinkExpired, "", "This page no longer works. Start again in the Matterline app.")
)

// PasskeyPage is what the page in the system's browser asks a passkey for.
type PasskeyPage struct {
	Use chat.PasskeyUse
	// Secret is the app's code challenge, or the link from PasskeyLink.
	Secret string
}

// PageOptions returns the options, in JSON, with which the page in the system's browser makes a passkey or asks for one. It
// returns link_expired, and not_allowed where users' passkeys don't work.
func (s *Store) PageOptions(ctx context.Context, site passkey.Site, page PasskeyPage) (string, error) {
	if err := s.staffPasskeys(site); err != nil {
		return "", err
	}
	purpose := toConfirm
	switch page.Use {
	case chat.PasskeyToAdd:
		return s.addOptions(ctx, site, page.Secret)
	case chat.PasskeyToSignIn:
		purpose = toSignIn
	}
	if len(page.Secret) != codeChallengeLength {
		return "", errVisitOver
	}
	return site.AnswerOptions(nil, s.newChallenge(purpose, page.Secret))
}

// StaffPasskeys reports whether users can have passkeys at a site.
func (s *Store) StaffPasskeys(site passkey.Site) bool { return s.staffPasskeys(site) == nil }

// staffPasskeys returns not_allowed if users have no passkeys at a site.
func (s *Store) staffPasskeys(site passkey.Site) error {
	switch {
	case s.noStaffPasswords:
		return errStaffPasskeys
	case site == passkey.Site{}:
		return errNoPasskeys
	}
	return nil
}

// codeChallengeLength is that of a SHA-256 in base64.
const codeChallengeLength = 43

// codeChallenge is the hash of a verifier, or empty.
func codeChallenge(verifier string) string {
	if verifier == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// PasskeyLink returns the secret with which the page in the system's browser makes a passkey for the caller, a user. It
// works for ten minutes, and only the caller's session can add what the page made. It returns not_found to participants,
// not_allowed where users' passkeys don't work, confirm_first, too_many and signed_out.
func (s *Store) PasskeyLink(ctx context.Context, c chat.Caller, site passkey.Site) (link string, err error) {
	if !c.User {
		return "", chat.ErrNotFound
	}
	if err := s.staffPasskeys(site); err != nil {
		return "", err
	}
	err = s.change(ctx, func(tx *change) error {
		if err := s.mustBeConfirmed(tx, c); err != nil {
			return err
		}
		if err := tx.mustBeOwnPassword(c.Account); err != nil {
			return err
		}
		var count int
		if err := tx.Row(`SELECT count(*) FROM passkeys WHERE account = $1`, c.Account).Scan(&count); err != nil {
			return err
		}
		if count >= maxPasskeys {
			return errManyPasskeys
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.newChallenge(toOpen, sessionOf(c))) + " " + sessionOf(c), nil
}

// addOptions returns the options for the user of a link from PasskeyLink. It returns link_expired.
func (s *Store) addOptions(ctx context.Context, site passkey.Site, link string) (options string, err error) {
	code, session, _ := strings.Cut(link, " ")
	challenge, err := base64.RawURLEncoding.DecodeString(code)
	if err != nil || s.checkChallenge(challenge, toOpen, session) != nil {
		return "", errVisitOver
	}
	p := passkey.Person{}
	var id string
	p.Account, id, _ = strings.Cut(session, " ")
	var firm string
	var keys []passkey.Key
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		err := tx.Row(`SELECT a.email, a.name, (SELECT name FROM firm) FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.id = $1 AND s.account = $2 AND a.active`,
			id, p.Account).Scan(&p.Email, &p.Name, &firm)
		if err != nil {
			return err
		}
		keys, err = sqldb.All(tx, sqldb.Into(keyFields), selectPasskeyKey, p.Account)
		return err
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", errVisitOver
	}
	if err != nil {
		return "", err
	}
	return site.NewOptions(cmp.Or(firm, "Matterline"), p, keys, s.newChallenge(toAdd, session))
}

// ConfirmByPasskey confirms the caller's session for a while by one of their passkeys. It returns not_found to
// participants, wrong_passkey, signed_out, and not_allowed where users' passkeys don't work and for the passkey of another
// account.
func (s *Store) ConfirmByPasskey(ctx context.Context, c chat.Caller, site passkey.Site, answer, verifier string) error {
	if !c.User {
		return chat.ErrNotFound
	}
	if err := s.staffPasskeys(site); err != nil {
		return err
	}
	a, err := s.checkAnswer(ctx, site, toConfirm, codeChallenge(verifier), answer, c.Origin)
	if err == nil && a.account != c.Account {
		err = errOthersPasskey
	}
	if err == nil {
		err = s.change(ctx, func(tx *change) error {
			if err := tx.changeFound(`UPDATE accounts SET active = active WHERE id = $1`, c.Account); err != nil {
				return err
			}
			if err := s.useAnswer(tx, a); err != nil {
				return err
			}
			return s.confirm(tx, c)
		})
	}
	if code := chat.CodeOf(err); code == chat.WrongPasskey || code == chat.NotAllowed {
		err = s.refuse(ctx, c.Account, c.Origin, err)
	}
	return err
}
