package chat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is how many characters a message may have.
const MaxText = 10_000

// ValidText returns the text as it is sent: with the ends trimmed and lines ended by \n alone. It
// returns text_required, text_too_long or text_invalid for what cannot be a message.
func ValidText(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", Errorf(TextInvalid, "text", "The message holds characters that are not text. Please type them again.")
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", Errorf(TextRequired, "text", "Write a message first.")
	case n > MaxText:
		return "", Errorf(TextTooLong, "text", "A message can have %s characters; this one has %s. Please shorten it or send it in parts.", grouped(MaxText), grouped(n))
	}
	return text, nil
}

// grouped writes 12345 as 12,345.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// maxName is how many characters a name, a title or a reference may have.
const maxName = 200

// ValidName returns a name, a title or the like as it is kept: on one line, with the ends trimmed. It
// returns required, too_long and text_invalid.
func ValidName(field, name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", Errorf(TextInvalid, field, "This holds characters that are not text. Please type it again.")
	}
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", Errorf(Required, field, "Please fill this in.")
	case n > maxName:
		return "", Errorf(TooLong, field, "This can have %d characters; it has %s.", maxName, grouped(n))
	}
	return name, nil
}

// minPassword is how many characters a password must have.
const minPassword = 10

// ValidPassword returns weak_password for a password that is easily guessed, and too_long.
func ValidPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return Errorf(WeakPassword, "password", "Please choose a password of at least %d characters. A few words in a row are easy to remember.", minPassword)
	case n > 1000:
		return Errorf(TooLong, "password", "This password is too long.")
	}
	return nil
}
