package search

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The front end runs the same cases in fold.test.ts.
func TestWords(t *testing.T) {
	data, err := os.ReadFile("testdata/fold.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Text, Words string }
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, tt := range cases {
		if got := strings.TrimSpace(Line(Words(tt.Text))); got != tt.Words {
			t.Errorf("%q: %q, want %q", tt.Text, got, tt.Words)
		}
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("one two three four ", 10) + "the bank's Café " + strings.Repeat("five six seven ", 10)
	for _, tt := range []struct{ text, query, want string }{
		{long, "cafe", "…three four the bank's [Café] five six seven five six seven five six seven five six…"},
		{"a b a", "a", "[a] b [a]"},
		{"契約書を送りました", "契約書", "[契約書]を送りました"},
		{"no more of it", `"more of"`, "no [more] [of] it"},
		{"nothing matches", "other", "nothing matches"},
	} {
		got := strings.NewReplacer("\x02", "[", "\x03", "]").Replace(Snippet(tt.text, Terms(tt.query)))
		if got != tt.want {
			t.Errorf("%q in %q: %q, want %q", tt.query, tt.text, got, tt.want)
		}
	}
}

// No text can look like a match, also one that was stored before such characters were refused.
func TestTextCannotFakeAMatch(t *testing.T) {
	for text, want := range map[string]string{
		"a \x02fake\x03 b":           "a  fake  [b]",
		"\x03b\x02b":                 " [b] [b]",
		"\x02\x02 b \x03":            "   [b]  ",
		"nothing \x02matches\x03 it": "nothing  matches  it",
	} {
		if got := strings.NewReplacer("\x02", "[", "\x03", "]").Replace(Snippet(text, Terms("b"))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
