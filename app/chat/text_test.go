package chat

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The front end runs the same cases in text.test.ts.
func TestValidText(t *testing.T) {
	data, err := os.ReadFile("testdata/text.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Name, Text, Want, Problem string }
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			got, err := ValidText(tt.Text)
			problem := ""
			if err != nil {
				problem = err.Error()
			}
			if got != tt.Want || problem != tt.Problem {
				t.Fatalf("%q: %q, %s", tt.Text, got, problem)
			}
		})
	}
}

// Limits count characters, not bytes, after the text is normalized.
func TestLengthOfText(t *testing.T) {
	for _, longest := range []string{strings.Repeat("é", MaxText), strings.Repeat("e\u0301", MaxText), strings.Repeat("👍", MaxText) + "\r\n"} {
		if _, err := ValidText(longest); err != nil {
			t.Error(err)
		}
	}
	if _, err := ValidText(strings.Repeat("a", 12345)); CodeOf(err) != TextTooLong || !strings.Contains(err.Error(), "10,000 characters. This one has 12,345") {
		t.Error(err)
	}
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	for _, text := range []string{"a\xffb", "\xed\xa0\x80"} {
		if _, err := ValidText(text); CodeOf(err) != TextInvalid {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := ValidName("name", text); CodeOf(err) != TextInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Checks of single characters take shortcuts.
func TestShortcutsAgreeWithUnicode(t *testing.T) {
	for r := range unicode.MaxRune {
		if text := string(r); plain(text) && norm.NFC.String(inMessages.Replace(text)) != text {
			t.Errorf("%U is plain but not normal", r)
		}
		if multiline(r) != unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) {
			t.Errorf("multiline(%U) is %v", r, multiline(r))
		}
		if r < firstMark && unicode.Is(unicode.M, r) {
			t.Errorf("%U is a mark", r)
		}
	}
}

// A message that is sent again must be recognized: the rules must leave alone what they have normalized.
func FuzzValidText(f *testing.F) {
	f.Add("  a\r\n\u202eb e\u0301 ")
	f.Add("\u1112\u1161\u11ab\ufeff\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		once, err := ValidText(text)
		if err != nil {
			return
		}
		if again, err := ValidText(once); err != nil || again != once {
			t.Fatalf("%q, then %q: %v", once, again, err)
		}
		if !utf8.ValidString(once) || !norm.NFC.IsNormalString(once) || strings.ContainsAny(once, "\r\u202a\u202b\u202c\u202d\u202e\ufeff\x00") {
			t.Fatalf("%q", once)
		}
	})
}
