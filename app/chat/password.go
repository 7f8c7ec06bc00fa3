package chat

import "unicode/utf8"

// minPassword is the fewest characters in a password.
const minPassword = 10

// ValidPassword returns weak_password for a password that is missing or too short, and too_long.
func ValidPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		return Errorf(WeakPassword, "password", "Choose a password.")
	case n < minPassword:
		return Errorf(WeakPassword, "password", "This password is too short. It needs at least %d characters.", minPassword)
	case n > 1000:
		return Errorf(TooLong, "password", "Use at most 1,000 characters.")
	}
	return nil
}
