// Package strength judges which passwords are easy to guess. It is apart from the records because zxcvbn builds its
// dictionaries when a program starts, which takes 10 MB and some 50 ms: only portald links it. A portal on this computer,
// which nobody else can reach, checks only a password's length.
package strength

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"
)

const (
	// leastScore is the score of zxcvbn, from 0 to 4, that a password needs: it takes more than a million guesses.
	leastScore = 2
	// maxScored is how many characters of a password are scored. The time to score it grows faster than its length.
	maxScored = 72
	// maxDisguised is the same for a password with more than manyDisguises different characters that people write for
	// letters. zxcvbn tries all their combinations: 72 of them would keep a core busy for a second.
	maxDisguised  = 24
	manyDisguises = 6
	// maxWords is how many words about a person count as easy to guess.
	maxWords = 20
)

// Easy reports whether a password is easy to guess: a common one, a pattern, or the words in about, such as the person's
// name.
func Easy(password string, about []string) bool {
	return zxcvbn.PasswordStrength(scored(password), wordsOf(about)).Score < leastScore
}

// scored returns the part of a password that is scored.
func scored(password string) string {
	characters := []rune(norm.NFC.String(password))
	most := maxScored
	if disguises(characters) > manyDisguises {
		most = maxDisguised
	}
	return string(characters[:min(len(characters), most)])
}

// disguises counts the different characters that people write for letters, such as 4 for a.
func disguises(password []rune) int {
	found := map[rune]bool{}
	for _, r := range password {
		if strings.ContainsRune("0123456789@$!|+%([{<", r) {
			found[r] = true
		}
	}
	return len(found)
}

// wordsOf returns the words of texts, and each text as a whole, with and without what separates its words.
func wordsOf(texts []string) (words []string) {
	for _, text := range texts {
		parts := strings.FieldsFunc(strings.ToLower(norm.NFC.String(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if len(parts) > 1 {
			words = append(words, strings.ToLower(norm.NFC.String(text)), strings.Join(parts, ""))
		}
		for _, part := range parts {
			if utf8.RuneCountInString(part) > 2 {
				words = append(words, part)
			}
		}
	}
	return words[:min(len(words), maxWords)]
}
