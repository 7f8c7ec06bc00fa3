package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Word is one word of a text.
type Word struct {
	// Folded is the word without case and accents.
	Folded string
	// start and end are the word's place in the text, in bytes.
	start, end int
}

// Words splits a text into words: runs of letters, digits and marks. Chinese, Japanese and Korean don't
// separate words, so each of their characters is a word. The front end's fold.ts follows the same rules, and
// testdata/fold.json holds the cases that both must pass. A replica's search index holds words as they are folded
// here, so a change to these rules needs a migration that rebuilds the index.
func Words(text string) (words []Word) {
	words = make([]Word, 0, len(text)/5+1)
	start, ascii := -1, true // of the current run
	end := func(at int) {
		if start < 0 {
			return
		}
		if folded := fold(text[start:at], ascii); folded != "" {
			words = append(words, Word{folded, start, at})
		}
		start, ascii = -1, true
	}
	for i, r := range text {
		switch {
		case r < utf8.RuneSelf && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'):
			end(i)
		case r < utf8.RuneSelf:
			if start < 0 {
				start = i
			}
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			end(i)
			start, ascii = i, false
			end(i + utf8.RuneLen(r))
		case inWord(r):
			if start < 0 {
				start = i
			}
			ascii = false
		default:
			end(i)
		}
	}
	end(len(text))
	return words
}

func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }

// baseLetters replaces letters that Unicode doesn't decompose into a base letter and an accent.
var baseLetters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "ı", "i", "þ", "th")

// fold removes case and accents from a word.
func fold(text string, ascii bool) string {
	text = strings.ToLower(text)
	if ascii {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r != '\u3099' && r != '\u309a' { // Japanese voicing marks: か and が are two letters
			return -1
		}
		return r
	}, norm.NFKD.String(text))
	// NFKD may have added characters that separate words.
	return strings.Map(func(r rune) rune {
		if inWord(r) {
			return r
		}
		return -1
	}, norm.NFKC.String(baseLetters.Replace(strings.ToLower(text))))
}

// Line joins words into one line, with a space before and after each.
func Line(words []Word) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range words {
		b.WriteString(w.Folded)
		b.WriteByte(' ')
	}
	return b.String()
}
