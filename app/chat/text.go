package chat

import (
	"fmt"
	"strings"
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
