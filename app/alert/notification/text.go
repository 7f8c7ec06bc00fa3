package notification

import (
	"strings"
	"unicode"
)

// markup keeps people's text from being read as markup, which some services on Linux render. Quotes stay, because GNOME
// shows their entities as they are.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// argument makes people's text safe as an argument of a program and within quotes in a script: no option, no list, and
// only characters that are written as they are. Joined emoji fall apart.
func argument(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '”'
		case r == '\\':
			return '⧵'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	if first := strings.TrimLeft(text, " "); first != "" && !unicode.IsLetter([]rune(first)[0]) && !unicode.IsNumber([]rune(first)[0]) {
		return "\u00a0" + first
	}
	return text
}
