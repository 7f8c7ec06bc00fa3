package chat

import (
	"strings"
	"unicode"
)

// visible reports whether a character by itself shows something on screen. Format characters such as joiners,
// variation selectors and combining marks only change other characters. These classes are Unicode's
// Default_Ignorable_Code_Point, and more.
func visible(r rune) bool {
	return !unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf, unicode.M, unicode.Other_Default_Ignorable_Code_Point) &&
		!strings.ContainsRune(blank, r)
}

// blank holds symbols and letters that look blank: an empty braille cell, a stand-in for a pasted object, a note without
// a head and two blank hieroglyphs.
const blank = "\u2800\ufffc\U0001d159\U00013441\U00013442"

// maxMarks is the most combining marks in a row. More of them cover the lines around them. No language needs so many.
const maxMarks = 20

// firstMark is the first combining mark.
const firstMark = '\u0300'

// refused returns the index of the first character that may not be in any text, or -1: a control character other than
// a line end or a tab, or the first of too many combining marks.
func refused(text string) int {
	marks, first := 0, 0
	for i, r := range text {
		switch {
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			return i
		case r < firstMark || !unicode.Is(unicode.M, r):
			marks = 0
			continue
		case marks == 0:
			first = i
		}
		if marks++; marks > maxMarks {
			return first
		}
	}
	return -1
}

// multiline reports whether a character may not be in a text of one line: control characters and separators of lines.
func multiline(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// reorders reports whether a character can make the text after it read in another order: the embeddings, overrides and
// isolates of Unicode's algorithm for text in two directions. The directional marks only affect the text around them.
func reorders(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }
