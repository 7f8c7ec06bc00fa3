// Package search reads what people type into a search field. It splits texts into words without case and accents,
// reads words, "phrases", the filters matter:, from:, before: and after:, and dates as people write them, and cuts
// snippets around matches. It's pure: it knows no database, and the current time is an argument.
package search

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// Query is a search: terms, and the filters typed among them.
type Query struct {
	Terms        []Term
	Matter, From []Term
	// FromMe limits the search to messages that the user wrote.
	FromMe bool
	// After and Before limit when a message was sent, in milliseconds UTC: from After on, and earlier than Before.
	// Without a limit they are math.MinInt64 and math.MaxInt64.
	After, Before int64
	// Problem is a sentence for people about a filter that couldn't be read, and so is ignored.
	Problem string
}

// filter is a word with a colon and its value, which is quoted or ends at the next space. A date may have more words.
var filter = regexp.MustCompile(`(?i)(?:^|\s)(?:(matter|from):[ \t]*("[^"]*"?|[^\s"]*)|(before|after):[ \t]*("[^"]*"?|[^\s"]*` + moreOfDate + `))`)

const moreOfDate = `(?:[ \t]+(?:week|month|year|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|[0-9]{4})\b){0,2}`

// straightQuotes replaces the quotes that phones and word processors type instead of ".
var straightQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)

// Parse reads a search as a person typed it.
func Parse(text string, now time.Time) Query {
	q := Query{After: math.MinInt64, Before: math.MaxInt64}
	rest := filter.ReplaceAllStringFunc(straightQuotes.Replace(text), func(found string) string {
		parts := filter.FindStringSubmatch(found)
		name, value, rest := strings.ToLower(parts[1]+parts[3]), parts[2]+parts[4], ""
		if parts[3] != "" && !strings.HasPrefix(value, `"`) {
			value, rest = cutDay(value, now)
		}
		value = strings.Trim(value, `"`)
		if strings.TrimSpace(value) != "" { // otherwise it's still being typed
			q.addFilter(name, value, now)
		}
		return " " + rest
	})
	q.Terms = Terms(rest)
	return q
}

// cutDay splits a text after its longest beginning that is a day, or after its first word.
func cutDay(text string, now time.Time) (day, rest string) {
	words := strings.Fields(text)
	n := len(words)
	for ; n > 1; n-- {
		if _, ok := parseDay(strings.Join(words[:n], " "), now); ok {
			break
		}
	}
	return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
}

func (q *Query) addFilter(name, value string, now time.Time) {
	switch name {
	case "matter":
		q.Matter = append(q.Matter, Terms(value)...)
	case "from":
		if strings.EqualFold(value, "me") {
			q.FromMe = true
		} else {
			q.From = append(q.From, Terms(value)...)
		}
	case "before", "after":
		day, ok := parseDay(value, now)
		switch {
		case !ok:
			q.Problem = fmt.Sprintf("“%s” isn't a date. Try 2026-10-03, 3 October, yesterday or last week.", value)
		case name == "before":
			q.Before = day.UnixMilli()
		default:
			q.After = day.UnixMilli()
		}
	}
}

// Empty reports whether there is nothing to search for.
func (q Query) Empty() bool { return len(q.Terms)+len(q.Matter) == 0 && !q.MessagesOnly() }

// MessagesOnly reports whether a filter excludes everything but messages.
func (q Query) MessagesOnly() bool {
	return len(q.From) > 0 || q.FromMe || q.After != math.MinInt64 || q.Before != math.MaxInt64
}
