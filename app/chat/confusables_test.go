package chat

import (
	"strings"
	"testing"
	"unicode"
)

// Every character that Unicode's table of confusable characters has for ASCII text looks like that text.
func TestConfusableCharactersLookTheSame(t *testing.T) {
	characters := 0
	for as, all := range confusable {
		for _, r := range all {
			characters++
			if Look("x"+string(r)) != Look("x"+as) {
				t.Errorf("in a name, %q looks like %q, not like %q", r, Look("x"+string(r)), Look("x"+as))
			}
			look := EmailLook(string(r))
			if unicode.ToLower(r) == r && look != EmailLook(as) {
				t.Errorf("in an email, %q looks like %q, not like %q", r, look, EmailLook(as))
			}
			// The small letter of a capital is what emails show.
			if strings.ContainsFunc(look, func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Errorf("in an email, %q looks like %q", r, look)
			}
		}
	}
	if characters < 900 {
		t.Errorf("the table has %d characters", characters)
	}
}
