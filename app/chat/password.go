package chat

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// minPassword is the fewest characters in a password.
const minPassword = 10

// ValidPassword returns weak_password for a password that is missing or too short, and too_long. Passwords are compared
// in NFC.
func ValidPassword(password string) error {
	switch n := utf8.RuneCountInString(norm.NFC.String(password)); {
	case n == 0:
		return Errorf(WeakPassword, "password", "Choose a password.")
	case n < minPassword:
		return Errorf(WeakPassword, "password", "This password is too short. It needs at least %d characters.", minPassword)
	case n > 1000:
		return Errorf(TooLong, "password", "Use at most 1,000 characters.")
	}
	return nil
}
