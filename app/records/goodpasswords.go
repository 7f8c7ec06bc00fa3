package records

import (
	"context"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// RefuseEasy makes the store refuse new passwords that are easy to guess, given words about the person and the firm.
// Call it before the store is used. Without it, the store checks only their length.
func (s *Store) RefuseEasy(easy func(password string, about []string) bool) { s.easy = easy }

// chooser is whose password is new. The words about them are easy to guess.
type chooser struct {
	// account is their account, or empty if they have none yet.
	account string
	// name and email are those that the new account will have.
	name, email string
	// firm is the firm's name, if the store doesn't have it yet.
	firm string
}

// goodPassword checks a new password. Every new password goes through here. It returns weak_password,
// too_long, busy, and not_found if there is no such account.
func (s *Store) goodPassword(ctx context.Context, password string, who chooser) error {
	if err := chat.ValidPassword(password); err != nil || s.easy == nil {
		return err
	}
	about, err := s.wordsAbout(ctx, who)
	if err != nil {
		return err
	}
	easy := false
	if err := hashing.run(ctx, func() { easy = s.easy(password, about) }); err != nil {
		return err
	}
	if easy {
		return chat.Errorf(chat.WeakPassword, "password", "This password is too easy to guess. Try several words.")
	}
	return nil
}

// mostNames is how many of the names count that the matters of a participant give them.
const mostNames = 10

// wordsAbout returns the name and the email of a person, the firm's name, and what matters call them.
func (s *Store) wordsAbout(ctx context.Context, who chooser) (about []string, err error) {
	if who.firm == "" {
		firm, err := s.Firm(ctx)
		if err != nil {
			return nil, err
		}
		who.firm = firm.Name
	}
	if who.account == "" {
		return []string{who.name, who.email, who.firm}, nil
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT name, email FROM accounts WHERE id = $1`, who.account).Scan(&who.name, &who.email); err != nil {
			return notFound(err)
		}
		names, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM participants WHERE account = $1 ORDER BY id DESC LIMIT $2`, who.account, mostNames)
		about = append([]string{who.name, who.email, who.firm}, names...)
		return err
	})
	return about, err
}
