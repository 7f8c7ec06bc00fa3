package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Term is one thing to search for: words that must follow each other.
type Term struct {
	words []Word
	// Prefix reports whether the last word may be the start of a longer word.
	Prefix bool
}

// maxTerms limits how many terms one search uses. The rest of a longer text is ignored.
const maxTerms = 32

// Terms reads words and "phrases" from what a person typed. The last word counts as a prefix while it's being
// typed.
func Terms(text string) (terms []Term) {
	for i, part := range strings.Split(text, `"`) {
		fields := []string{part} // a phrase
		if i%2 == 0 {
			fields = strings.Fields(part)
		}
		for _, field := range fields {
			if words := Words(field); len(words) > 0 { // "2026-01" is one term of two words
				terms = append(terms, Term{words: words})
			}
		}
	}
	if n := len(terms); n > 0 {
		last, _ := utf8.DecodeLastRuneInString(text)
		quoting := strings.Count(text, `"`)%2 == 1
		terms[n-1].Prefix = quoting || inWord(last)
	}
	return terms[:min(len(terms), maxTerms)]
}

// Line returns the term as it appears in the Line of a text that contains it.
func (t Term) Line() string {
	line := Line(t.words)
	if t.Prefix {
		return line[:len(line)-1]
	}
	return line
}

// In reports whether words contain the term.
func (t Term) In(words []Word) bool { return t.next(words, 0) >= 0 }

// next returns the first index from i on at which words contain the term, or -1.
func (t Term) next(words []Word, i int) int {
	for ; i+len(t.words) <= len(words); i++ {
		if t.startsAt(words[i:]) {
			return i
		}
	}
	return -1
}

func (t Term) startsAt(words []Word) bool {
	last := len(t.words) - 1
	for i, w := range t.words {
		if words[i].Folded != w.Folded && !(i == last && t.Prefix && strings.HasPrefix(words[i].Folded, w.Folded)) {
			return false
		}
	}
	return true
}

// ContainAll reports whether words contain every term.
func ContainAll(words []Word, terms []Term) bool {
	return !slices.ContainsFunc(terms, func(t Term) bool { return !t.In(words) })
}
