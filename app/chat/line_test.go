package chat

import (
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		code             Code
	}{
		{"OK", "  Ana Okafor ", "Ana Okafor", ""},
		{"Decomposed", "Zoe\u0308 O\u2019Neill", "Zo\u00eb O\u2019Neill", ""},
		{"Persian", "علی\u200cرضا", "علی\u200cرضا", ""},
		{"HebrewWithMarks", "יעל\u200f (Cohen)\u200e", "יעל\u200f (Cohen)\u200e", ""},
		{"Emoji", "Zoë 👩\u200d⚖️", "Zoë 👩\u200d⚖️", ""},
		{"ByteOrderMark", "\ufeffAna", "Ana", ""},
		{"Longest", strings.Repeat("e\u0301", maxName), strings.Repeat("é", maxName), ""},
		{"ErrTooLong", strings.Repeat("é", maxName+1), "", TooLong},
		{"ErrBlank", " \u00a0\u3000", "", Required},
		{"ErrLine", "Ana\nOkafor", "", TextInvalid},
		{"ErrTab", "Ana\tOkafor", "", TextInvalid},
		{"ErrLineSeparator", "Ana\u2028Okafor", "", TextInvalid},
		{"ErrControl", "Ana\u0000", "", TextInvalid},
		{"ErrControl1", "Ana\u0085", "", TextInvalid},
		{"ErrOverride", "Ana \u202erofakO", "", TextInvalid},
		{"ErrEmbedding", "Ana \u202brofakO\u202c", "", TextInvalid},
		{"ErrIsolate", "Ana \u2067rofakO", "", TextInvalid},
		{"ErrMarksWithoutEnd", "a" + strings.Repeat("\u0301", 50), "", TextInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ValidName("name", tt.text)
			if tt.code == "" && err != nil || tt.code != "" && CodeOf(err) != tt.code || got != tt.want {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
	for _, r := range "\u200b\u2800\u3164\uffa0\ufeff\u115f\u1160\u180e\u00ad\u034f\u061c\u17b4\u200e\u2060\u2063\u206a\ufe0f\ufff9\ufffc\U000e0041\U000e0100\U0001d159\u0301" {
		if _, err := ValidName("name", string(r)+" "+string(r)); CodeOf(err) != Required {
			t.Errorf("a name of %U alone: %v", r, err)
		}
	}
}

func TestValidEmail(t *testing.T) {
	for _, tt := range []struct {
		email, want string
		code        Code
	}{
		{" Maya@Hartwell.Example ", "maya@hartwell.example", ""},
		{"ZOE\u0308@firm.example", "zo\u00eb@firm.example", ""},
		{"a\u200bna@firm.example\ufeff", "ana@firm.example", ""},
		{"", "", Required},
		{"\u200b", "", Required},
		{"ana", "", Malformed},
		{"a\u0000@firm.example", "", TextInvalid},
		{"Ana <ana@firm.example>", "", Malformed},
		{strings.Repeat("a", maxName) + "@firm.example", "", TooLong},
	} {
		if got, err := ValidEmail(tt.email); got != tt.want || tt.code != "" && CodeOf(err) != tt.code || tt.code == "" && err != nil {
			t.Errorf("%q: %q, %v", tt.email, got, err)
		}
	}
}

func TestFoldName(t *testing.T) {
	for _, same := range [][2]string{
		{"2026-A1", " 2026-a1 "}, {"Zoe\u0308", "ZO\u00cb"}, {"Ana Okafor", "Ana\u00a0\u200b Okafor"}, {"가", "\u1100\u1161"},
	} {
		if FoldName(same[0]) != FoldName(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	if FoldName("Zoë") == FoldName("Zoe") || FoldName("A1") == FoldName("A 1") {
		t.Error("different names are the same")
	}
}

func TestDeviceName(t *testing.T) {
	for _, tt := range [][2]string{
		{" Firefox on\tWindows\n", "Firefox on Windows"}, {"", ""}, {"\u200b\u202e", ""}, {"\u202exoferiF", "xoferiF"}, {"a\u0000b", "a b"},
		{strings.Repeat("é", 300), strings.Repeat("é", maxDevice)},
	} {
		if got := DeviceName(tt[0]); got != tt[1] {
			t.Errorf("%q: %q", tt[0], got)
		}
	}
}

func TestLine(t *testing.T) {
	if got := Line("Ana\u202e rofakO\u2069\n\x02a\u200f\xff"); got != "Ana rofakO  a\u200f\ufffd" {
		t.Fatalf("%q", got)
	}
}

func FuzzValidName(f *testing.F) {
	f.Add(" Zoe\u0308 \u200b")
	f.Fuzz(func(t *testing.T, name string) {
		once, err := ValidName("name", name)
		if again, err2 := ValidName("name", once); err == nil && (err2 != nil || again != once) {
			t.Fatalf("%q, then %q: %v", once, again, err2)
		}
		if folded := FoldName(name); FoldName(folded) != folded {
			t.Fatalf("%q, then %q", folded, FoldName(folded))
		}
		if once, err := ValidEmail(name); err == nil && FoldName(once) != once {
			t.Fatalf("%q", once)
		}
	})
}
