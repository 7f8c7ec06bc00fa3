package chat

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the most characters in a message.
const MaxText = 10_000

// ValidText normalizes a message's text: it trims the ends and makes all line ends \n. It returns text_required,
// text_too_long and text_invalid.
func ValidText(text string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", Errorf(TextInvalid, "text", "This message contains characters that can't be sent. Delete them and type them again.")
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", Errorf(TextRequired, "text", "Write a message first.")
	case n > MaxText:
		return "", Errorf(TextTooLong, "text", "Messages can have up to %s characters. This one has %s. Shorten it or send it in parts.", grouped(MaxText), grouped(n))
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

// maxName is the most characters in a name, a title or a reference.
const maxName = 200

// ValidName trims a one-line field such as a name or a title. It returns required, too_long and text_invalid.
func ValidName(field, name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", Errorf(TextInvalid, field, "This contains characters that aren't allowed. Type it again.")
	}
	name = strings.TrimSpace(name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", Errorf(Required, field, "Enter %s.", cmp.Or(withArticle[field], "a "+field))
	case n > maxName:
		return "", Errorf(TooLong, field, "Use at most %d characters. This has %s.", maxName, grouped(n))
	}
	return name, nil
}

// withArticle holds the names of fields that don't simply follow "a".
var withArticle = map[string]string{"email": "an email", "firm": "the firm's name"}

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
