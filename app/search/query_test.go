package search

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// describe writes a query on one line. Terms are in brackets, and * marks a prefix.
func describe(q Query) string {
	var parts []string
	add := func(name string, terms []Term) {
		for _, t := range terms {
			part := name + "[" + strings.TrimSpace(t.Line()) + "]"
			if t.Prefix {
				part += "*"
			}
			parts = append(parts, part)
		}
	}
	day := func(name string, at int64) {
		if at != math.MinInt64 && at != math.MaxInt64 {
			parts = append(parts, name+time.UnixMilli(at).UTC().Format("2006-01-02"))
		}
	}
	add("", q.Terms)
	add("matter:", q.Matter)
	add("from:", q.From)
	if q.FromMe {
		parts = append(parts, "from:me")
	}
	day("after:", q.After)
	day("before:", q.Before)
	if q.Problem != "" {
		parts = append(parts, "! "+q.Problem)
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC) // a Monday
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"  !? ", ""},
		{"deposit", "[deposit]*"},
		{"deposit ", "[deposit]"},
		{"Café bond", "[cafe] [bond]*"},
		{"2026-01", "[2026 01]*"},
		{`"deposit bond" pa`, "[deposit bond] [pa]*"},
		{`"deposit bo`, "[deposit bo]*"},
		{"“deposit bond”", "[deposit bond]"},
		{"deposit matter:elm", "[deposit] matter:[elm]*"},
		{"matter:elm deposit", "[deposit]* matter:[elm]*"},
		{`matter:"Elm Street" from:Ana`, "matter:[elm] matter:[street]* from:[ana]*"},
		{`from:"Ana Okafor`, "from:[ana] from:[okafor]*"},
		{"FROM:Me", "from:me"},
		{"from: ben", "from:[ben]*"},
		{"deposit from:", "[deposit]"},
		{"from:ana from:ben", "from:[ana]* from:[ben]*"},
		{"after:yesterday", "after:2026-11-22"},
		{"after:last week deposit", "[deposit]* after:2026-11-16"},
		{"deposit after:12 Nov before:13 Nov", "[deposit] after:2026-11-12 before:2026-11-13"},
		{`before:"3 October 2026" x`, "[x]* before:2026-10-03"},
		{"before:May be", "[be]* ! “May” isn't a date. Try 2026-10-03, 3 October, yesterday or last week."},
		{"deposit before:soon", "[deposit] ! “soon” isn't a date. Try 2026-10-03, 3 October, yesterday or last week."},
		{"http://example.com", "[http example com]*"},
		{"e.g.matter:elm", "[e g matter elm]*"},
	} {
		if got := describe(Parse(tt.text, now)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, got, tt.want)
		}
	}
	if q := Parse(strings.Repeat("thanks ", 1500), now); len(q.Terms) != maxTerms {
		t.Errorf("%d terms", len(q.Terms))
	}
}

func TestEmpty(t *testing.T) {
	for text, want := range map[string]string{
		"":              "true false",
		"!":             "true false",
		"from:":         "true false",
		"deposit":       "false false",
		"matter:elm":    "false false",
		"from:me":       "false true",
		"from:ana":      "false true",
		"after:2026":    "false true",
		"before:2026":   "false true",
		"before:soon":   "true false",
		"after:9999 hi": "false true",
	} {
		q := Parse(text, time.Now())
		if got := fmt.Sprint(q.Empty(), q.MessagesOnly()); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
