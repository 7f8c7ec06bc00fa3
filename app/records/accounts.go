package records

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Firm is the firm's name.
func (s *Store) Firm(ctx context.Context) (name string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error { return tx.Row(`SELECT name FROM firm`).Scan(&name) })
	return name, err
}

// SetFirm names the firm.
func (s *Store) SetFirm(ctx context.Context, name string) error {
	return s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE firm SET name = $1`, name)
		return err
	})
}

// Account is somebody who can sign in: a user of the firm, or a person outside it who has chats.
type Account struct {
	Email, Name string
	// Password may be empty: then there is no sign-in by password.
	Password    string
	User, Admin bool
}

// AddAccount adds an account and returns its id. It returns sqldb.ErrDuplicate for an e-mail that is taken.
func (s *Store) AddAccount(ctx context.Context, a Account) (id string, err error) {
	id = newID()
	hash := ""
	if a.Password != "" {
		hash = hashPassword(a.Password)
	}
	return id, s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO accounts (id, email, name, password, is_user, is_admin) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, foldEmail(a.Email), a.Name, hash, a.User, a.Admin)
		return err
	})
}

// AccountByEmail finds an account's id. It returns not_found.
func (s *Store) AccountByEmail(ctx context.Context, email string) (id string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT id FROM accounts WHERE email = $1`, foldEmail(email)).Scan(&id)
	})
	return id, notFound(err)
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

var errWrongPassword = chat.Errorf(chat.WrongPassword, "password", "That e-mail and password do not belong together. Please try again.")

// SignInByPassword starts a session and returns its token. It returns wrong_password, in the same time
// whether the account exists or not.
func (s *Store) SignInByPassword(ctx context.Context, email, password, device string) (token string, err error) {
	var account, hash string
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT id, password FROM accounts WHERE email = $1`, foldEmail(email)).Scan(&account, &hash)
	})
	if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
		return "", err
	}
	if !checkPassword(hash, password) {
		return "", errWrongPassword
	}
	return s.StartSession(ctx, account, device)
}

// AddLink makes a link with which an account can sign in until it expires, and returns its secret.
func (s *Store) AddLink(ctx context.Context, account string, expires time.Time) (secret string, err error) {
	secret = newSecret()
	return secret, s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO links (token, account, expires_at) VALUES ($1, $2, $3)`, hashSecret(secret), account, expires.UnixMilli())
		return err
	})
}

// SignInByLink starts a session and returns its token. It returns link_expired.
func (s *Store) SignInByLink(ctx context.Context, secret, device string) (token string, err error) {
	var account string
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT account FROM links WHERE token = $1 AND expires_at > $2`, hashSecret(secret), s.millis()).Scan(&account)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		return "", chat.Errorf(chat.LinkExpired, "link", "This link no longer works. Please ask the firm for a new one.")
	}
	if err != nil {
		return "", err
	}
	return s.StartSession(ctx, account, device)
}

// StartSession starts a session for an account. Its participants count as joined from now on.
func (s *Store) StartSession(ctx context.Context, account, device string) (token string, err error) {
	token = newSecret()
	var matters []string
	err = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO sessions (token, account, device, created_at) VALUES ($1, $2, $3, $4)`, hashSecret(token), account, device, s.millis())
		if err != nil {
			return err
		}
		matters, err = sqldb.All(tx, sqldb.Column[string], `SELECT matter FROM participants WHERE account = $1 AND NOT joined ORDER BY matter`, account)
		if err != nil {
			return err
		}
		for _, matter := range matters {
			v, err := touch(tx, matter)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE participants SET joined = true, version = $3, seen = $3 WHERE matter = $1 AND account = $2`, matter, account, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	s.committed(matters...)
	return token, nil
}

// EndSession ends the session of a token.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM sessions WHERE token = $1`, hashSecret(token))
		return err
	})
}

// Caller is whoever holds a token. It returns signed_out.
func (s *Store) Caller(ctx context.Context, token string) (c chat.Caller, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT a.id, a.name, a.is_user, a.is_admin FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.token = $1`,
			hashSecret(token)).Scan(&c.Account, &c.Name, &c.User, &c.Admin)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		err = chat.ErrSignedOut
	}
	return c, err
}

// newSecret makes a token or a link's secret; only its hash is kept.
func newSecret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// argon2id with the second of the parameters that RFC 9106 recommends.
func argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, 3, 64<<10, 4, 32)
}

func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return hex.EncodeToString(salt) + ":" + hex.EncodeToString(argon(password, salt))
}

func checkPassword(hash, password string) bool {
	saltHex, want, found := strings.Cut(hash, ":")
	salt, err := hex.DecodeString(saltHex)
	got := hex.EncodeToString(argon(password, salt))
	return found && err == nil && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
