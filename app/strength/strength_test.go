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

// A password of the person's words and little else is easy to guess, however the words are written and joined. Of one
// with these words in it, the rest counts.
func TestOwnWordsAreEasy(t *testing.T) {
	tests := []struct {
		about []string
		easy  []string
		hard  []string
	}{
		{[]string{"Sara Lindqvist", "sara@hartwell.example", "Hartwell & Lee"},
			[]string{"sara@hartwell", "Hartwell.Sara", "s4r4@h4rtwell", "SARA--LINDQVIST", "lindqvist sara 1", "hartwell & lee!", "example sara 12", "leehartwell99", "sa\u0301ra lindqvist"},
			[]string{"sara purple kettle lamp", "lindqvist-xkqle-pnv4t", "ballet shoes under stairs"}},
		{[]string{"Tom Reed", "tom.reed1984@hartwell.example", "Hartwell Legal"},
			[]string{"Tom Reed 2026 pw", "tomreed 1984", "reed1984tom", "T0m R33d 12345", "tom_reed_2026!", "hartwell_tom_pw"},
			[]string{"reeds by a quiet river", "custom tomato furniture"}},
		{[]string{"Northgate Bank", "desk@northgate.example", "Hartwell Legal"}, []string{"northgate bank", "NorthgateBank1", "bank of northgate"}, nil},
		{[]string{"Ana Okafor", "ao@home.example", "Hartwell Legal"}, []string{"ana okafor", "okafor, ana", "Okafor-Ana!!"}, []string{"banana okapi balcony"}},
		{[]string{"Jos\u00e9 N\u00fa\u00f1ez", "jn@home.example", "Hartwell Legal"}, []string{"jose nunez 1", "Jos\u00e9N\u00fa\u00f1ez!"}, nil},
		{[]string{"\u0641\u0627\u0637\u0645\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621", "f@home.example", "Hartwell Legal"},
			[]string{"\u0641\u0627\u0637\u0645\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621", "\u0627\u0644\u0632\u0647\u0631\u0627\u0621\u0641\u0627\u0637\u0645\u06291",
				"\u0641\u064e\u0627\u0637\u0650\u0645\u064e\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621"},
			[]string{"\u0641\u0627\u0637\u0645\u0629 \u062a\u0634\u0631\u0628 \u0627\u0644\u0642\u0647\u0648\u0629 \u0635\u0628\u0627\u062d\u0627"}},
		{[]string{"\u738b\u5c0f\u660e", "wang@home.example", "Hartwell Legal"}, []string{"\u738b\u5c0f\u660e\u738b\u5c0f\u660e\u738b\u5c0f\u660e\u738b", "wang \u738b\u5c0f\u660e 123"}, nil},
	}
	for _, tt := range tests {
		for _, password := range tt.easy {
			if !Easy(password, tt.about) {
				t.Errorf("%q isn't easy for %q", password, tt.about)
			}
		}
		for _, password := range tt.hard {
			if Easy(password, tt.about) {
				t.Errorf("%q is easy for %q", password, tt.about)
			}
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
