package replica

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Das Café ist OFFEN!", " das cafe ist offen "},
		{"Ærøskøbing, Straße, Łódź, İstanbul", " aeroskobing strasse lodz istanbul "},
		{"2026-0147: £1,250.00", " 2026 0147 1 250 00 "},
		{"契約書を送りました", " 契 約 書 を 送 り ま し た "},
		{"か and が", " か and が "},
		{"매매계약서 v2", " 매 매 계 약 서 v2 "},
		{"ＡＢＣ ﬁne", " abc fine "},
		{"Добрый день", " добрыи день "},
		{"•…—", " "},
	} {
		if got := line(wordsOf(tt.text)); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
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
	} {
		got := strings.NewReplacer("\x02", "[", "\x03", "]").Replace(snippet(tt.text, termsOf(tt.query)))
		if got != tt.want {
			t.Errorf("%q in %q: %q, want %q", tt.query, tt.text, got, tt.want)
		}
	}
}
