package strength

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Common passwords, patterns, and the names of the person and the firm are easy to guess.
func TestEasy(t *testing.T) {
	about := []string{"Maya Okafor", "maya.okafor@firm.example", "Hartwell & Lee Solicitors"}
	for password, want := range map[string]bool{
		"password123": true, "1234567890": true, "qwertyuiop": true, "aaaaaaaaaaaa": true, "abcdefghij": true, "iloveyou123": true,
		"Hartwell2024": true, "hartwelllee": true, "MayaOkafor1": true, "maya okafor": true, "maya.okafor@firm.example": true,
		strings.Repeat("a", 1000):     true,
		"correct horse battery":       false,
		"a long enough one":           false,
		"a new long password":         false,
		"demo demo demo 1":            false,
		"kein passwort f\u00fcr alle": false,
		"\u6b63\u78ba\u306a\u99ac\u306e\u96fb\u6c60\u3068\u30db\u30c1\u30ad\u30b9": false,
		"hgtpa-xkqle-pnv4t-mwzr2": false,
	} {
		if got := Easy(password, about); got != want {
			t.Errorf("%q is easy: %v, want %v", password, got, want)
		}
	}
}

// However long and odd a password is, only so many of its characters are scored: the time grows with their square, and with
// the ways to read them.
func TestHostilePasswordsAreCutShort(t *testing.T) {
	for password, want := range map[string]int{
		strings.Repeat("4@8({[<3691!|170$5+7%2", 45): maxDisguised,
		strings.Repeat("1|!7+(", 166):                maxScored,
		strings.Repeat("p4$$w0rd1!", 100):            maxScored,
		strings.Repeat("1.1.19", 160):                maxScored,
		strings.Repeat("zxcvbnm,./", 99):             maxScored,
		strings.Repeat("\u0130", 1000):               maxScored,
		strings.Repeat("e\u0301", 500):               maxScored,
		strings.Repeat("\U0001f600", 1000):           maxScored,
		"4@8({[<369":                                 10,
		"e\u0301":                                    1,
	} {
		if got := utf8.RuneCountInString(scored(password)); got != want {
			t.Errorf("%.40q: %d characters are scored, want %d", password, got, want)
		}
		Easy(password, []string{password})
	}
	if n := len(wordsOf([]string{strings.Repeat("word ", 1000)})); n > maxWords {
		t.Errorf("%d words about a person count, want at most %d", n, maxWords)
	}
}
