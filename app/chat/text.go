package chat

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText is the most characters in a message.
const MaxText = 10_000

// ValidText normalizes a message's text: to NFC, with \n for every kind of line end, and without blank ends and
// characters that reverse the direction of text. It returns text_required, text_too_long and text_invalid. The front
// end's text.ts follows the same rules, and testdata/text.json holds the cases that both must pass.
func ValidText(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", Errorf(TextInvalid, "text", "This message contains characters that can't be sent. Delete them and type them again.")
	}
	if !plain(text) {
		text = norm.NFC.String(inMessages.Replace(text))
	}
	text = strings.TrimSpace(text)
	if at := refused(text); at >= 0 {
		return "", Errorf(TextInvalid, "text", "This message contains a hidden character that can't be sent, %s. Delete it and what follows, and type that again.", place(text[:at]))
	}
	switch n := utf8.RuneCountInString(text); {
	case !strings.ContainsFunc(text, visible):
		return "", Errorf(TextRequired, "text", "Write a message first.")
	case n > MaxText:
		return "", Errorf(TextTooLong, "text", "Messages can have up to %s characters. This one has %s. Shorten it or send it in parts.", grouped(MaxText), grouped(n))
	}
	return text, nil
}

// inMessages replaces what word processors and other programs put into text that people paste: their line ends, byte
// order marks, and the embeddings and overrides that could make the text read in another order. Isolates and
// directional marks stay, because text in two directions needs them.
var inMessages = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n",
	"\ufeff", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u202d", "", "\u202e", "")

// plain reports whether a text has only visible ASCII characters, spaces, tabs and \n: then it is normal already. Most
// texts are.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// place says where in a message something is, by the text before it.
func place(before string) string {
	const most = 20 // characters
	lines := strings.Split(before, "\n")
	line := []rune(strings.TrimSpace(lines[len(lines)-1]))
	switch {
	case len(line) > 0:
		return "after “" + string(line[max(0, len(line)-most):]) + "”"
	case len(lines) > 1:
		return fmt.Sprintf("in line %d", len(lines))
	}
	return "at the beginning"
}

// grouped writes 12345 as 12,345.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
