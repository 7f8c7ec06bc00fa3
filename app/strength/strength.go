// Package strength judges which passwords are easy to guess. It is apart from the records because zxcvbn builds its
// dictionaries when a program starts, which takes 10 MB and some 50 ms: only portald links it. A portal on this computer,
// which nobody else can reach, checks only a password's length.
package strength

import (
	"slices"
	"strings"
	"unicode"

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
	maxWords = 40
)

// Easy reports whether a password is easy to guess: a common one, a pattern, or one that is made of the words in about,
// such as the person's name. What remains of a password without these words has to be hard to guess by itself.
func Easy(password string, about []string) bool {
	words := wordsOf(about)
	return easy(scored(password), words) || easy(without(scored(password), words), words)
}

func easy(password string, words []string) bool {
	return zxcvbn.PasswordStrength(password, words).Score < leastScore
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

// wordsOf returns the words of texts, and each text as a whole, with and without what separates its words. The letters
// and the digits of a word also count apart.
func wordsOf(texts []string) (words []string) {
	add := func(word string) {
		if len(word) > 2 && len(words) < maxWords && !slices.Contains(words, word) { // two letters are in too many other words
			words = append(words, word)
		}
	}
	for _, text := range texts {
		text = fold(text)
		parts := strings.FieldsFunc(text, separates)
		add(text)
		add(strings.Join(parts, ""))
		for _, part := range parts {
			add(part)
			for _, letters := range strings.FieldsFunc(part, unicode.IsDigit) {
				add(letters)
			}
			for _, digits := range strings.FieldsFunc(part, unicode.IsLetter) {
				add(digits)
			}
		}
	}
	return words
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// fold returns a text without case, accents and forms of letters.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// without returns a password without words, also disguised ones, and without what separates words. It returns the password
// itself if there is none of the words in it.
func without(password string, words []string) string {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) }) // the longest first: others are parts of it
	left := []rune(fold(password))
	found := false
	for _, word := range words {
		for i := 0; i < len(left); {
			n := startsWith(left[i:], word)
			if n == 0 {
				i++
				continue
			}
			// A separator stays in place of the word, so that what was around it doesn't become a word.
			left = slices.Replace(left, i, i+n, ' ')
			found = true
		}
	}
	if !found {
		return password
	}
	return string(slices.DeleteFunc(left, separates))
}

// startsWith returns how many characters of a password a word takes that the password starts with, or 0.
func startsWith(password []rune, word string) (n int) {
	for _, r := range word {
		if n == len(password) || password[n] != r && !strings.ContainsRune(disguised[password[n]], r) {
			return 0
		}
		n++
	}
	return n
}

// disguised are the letters for which people write other characters.
var disguised = map[rune]string{
	'0': "o", '1': "il", '2': "z", '3': "e", '4': "a", '5': "s", '6': "g", '7': "t", '8': "b", '9': "g",
	'@': "a", '$': "s", '!': "i", '|': "il", '+': "t", '%': "x", '(': "c", '[': "c", '{': "c", '<': "c",
}
