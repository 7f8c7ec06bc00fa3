package replica

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is a word as it is looked for, and where it stands in the text.
type word struct {
	folded     string
	start, end int
}

// wordsOf are the words of a text: runs of letters and digits, without case and accents. Chinese, Japanese and
// Korean do not part their words, so each of their characters is one.
func wordsOf(text string) (words []word) {
	words = make([]word, 0, len(text)/5+1)
	start, plain := -1, true // where the run began, and whether it is ASCII
	end := func(at int) {
		if start < 0 {
			return
		}
		if folded := fold(text[start:at], plain); folded != "" {
			words = append(words, word{folded, start, at})
		}
		start, plain = -1, true
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
			start, plain = i, false
			end(i + utf8.RuneLen(r))
		case unicode.In(r, unicode.L, unicode.N, unicode.M):
			if start < 0 {
				start = i
			}
			plain = false
		default:
			end(i)
		}
	}
	end(len(text))
	return words
}

// unaccented are letters that do not come apart into one and its accent.
var unaccented = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "ı", "i", "þ", "th")

// fold takes case and accents off a word.
func fold(text string, ascii bool) string {
	text = strings.ToLower(text)
	if ascii {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r != '\u3099' && r != '\u309a' { // か and が are two letters
			return -1
		}
		return r
	}, norm.NFKD.String(text))
	// What comes of it must be one word again.
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.N, unicode.M) {
			return r
		}
		return -1
	}, norm.NFKC.String(unaccented.Replace(strings.ToLower(text))))
	return text
}

// line writes words in a line, each between spaces.
func line(words []word) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range words {
		b.WriteString(w.folded)
		b.WriteByte(' ')
	}
	return b.String()
}

// term is one thing that is looked for: words that follow each other.
type term struct {
	words []word
	// begun means that the last word may be the beginning of a longer one.
	begun bool
}

// termsOf reads what was typed into the search: words and "phrases". The last word may still be being typed.
func termsOf(text string) (terms []term) {
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			if words := wordsOf(part); len(words) > 0 {
				terms = append(terms, term{words: words})
			}
			continue
		}
		for _, field := range strings.Fields(part) {
			if words := wordsOf(field); len(words) > 0 { // "2026-01" is typed as one, and so found
				terms = append(terms, term{words: words})
			}
		}
	}
	if n := len(terms); n > 0 && strings.Count(text, `"`)%2 == 0 {
		last, _ := utf8.DecodeLastRuneInString(text)
		terms[n-1].begun = unicode.In(last, unicode.L, unicode.N, unicode.M)
	} else if n > 0 {
		terms[n-1].begun = true // in quotes that are not closed yet
	}
	return terms[:min(len(terms), maxTerms)]
}

// line is the term as it stands in a line of words that holds it.
func (t term) line() string {
	if line := line(t.words); !t.begun {
		return line
	} else {
		return line[:len(line)-1]
	}
}

// match is the term as FTS5 has it; quoted, so that nothing in it is an operator.
func (t term) match() string {
	quoted := `"` + strings.TrimSpace(line(t.words)) + `"`
	if t.begun {
		quoted += "*"
	}
	return quoted
}

// in are the places at which words hold the term.
func (t term) in(words []word) (at []int) {
	for i := 0; i+len(t.words) <= len(words); i++ {
		if t.at(words[i:]) {
			at = append(at, i)
		}
	}
	return at
}

func (t term) at(words []word) bool {
	last := len(t.words) - 1
	for i, w := range t.words {
		if words[i].folded != w.folded && !(i == last && t.begun && strings.HasPrefix(words[i].folded, w.folded)) {
			return false
		}
	}
	return true
}

// around is how many words a snippet shows before and after what was found first.
const before, after = 5, 12

// snippet cuts out of a text what is around the first of the terms, with all that was found between \x02 and
// \x03.
func snippet(text string, terms []term) string {
	words := wordsOf(text)
	found := make([]bool, len(words))
	first := len(words)
	for _, t := range terms {
		for _, at := range t.in(words) {
			first = min(first, at)
			for i := range t.words {
				found[at+i] = true
			}
		}
	}
	if first == len(words) {
		first = 0
	}
	from, to := max(0, first-before), min(len(words), first+after)
	var b strings.Builder
	at := 0
	if from > 0 {
		b.WriteString("…")
		at = words[from].start
	}
	for i := from; i < to; i++ {
		if found[i] {
			b.WriteString(text[at:words[i].start])
			end := i
			for end+1 < to && found[end+1] && words[end+1].start == words[end].end { // one run, as in Chinese
				end++
			}
			b.WriteString("\x02" + text[words[i].start:words[end].end] + "\x03")
			at, i = words[end].end, end
		}
	}
	if to < len(words) {
		b.WriteString(text[at:words[to-1].end] + "…")
	} else {
		b.WriteString(text[at:])
	}
	return b.String()
}
