package search

import "strings"

// A snippet shows wordsBefore words before the first match, and wordsFrom words from there on.
const wordsBefore, wordsFrom = 5, 12

// Snippet cuts out the part of a text around the first match. Every match is between \x02 and \x03.
func Snippet(text string, terms []Term) string {
	text = Plain(text)
	words := Words(text)
	found := make([]bool, len(words))
	first := len(words)
	for _, t := range terms {
		for at := t.next(words, 0); at >= 0; at = t.next(words, at+1) {
			first = min(first, at)
			for i := range t.words {
				found[at+i] = true
			}
		}
	}
	if first == len(words) {
		first = 0
	}
	from, to := max(0, first-wordsBefore), min(len(words), first+wordsFrom)
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
			for end+1 < to && found[end+1] && words[end+1].start == words[end].end { // adjacent, as in Chinese
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

// Plain returns a text without characters that mark matches. Portals have stored messages with such characters.
func Plain(text string) string { return unmark.Replace(text) }

var unmark = strings.NewReplacer("\x02", " ", "\x03", " ")
