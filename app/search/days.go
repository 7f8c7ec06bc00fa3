package search

import (
	"slices"
	"strings"
	"time"
)

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// dateLayouts are the accepted ways to write a day. A month or a year means its first day.
var dateLayouts = []string{"2006-1-2", "2/1/2006", "2.1.2006", "2 January 2006", "2 Jan 2006", "2006-1", "January 2006", "Jan 2006", "2006"}

// parseDay reads a day as people write it, and returns when it begins in the time zone of now. A weekday, or a date
// without a year, means the most recent one.
func parseDay(text string, now time.Time) (day time.Time, ok bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " ")) + " "
	text = strings.TrimSpace(strings.ReplaceAll(text, " sept ", " sep ")) // the British abbreviation
	date := func(year int, month time.Month, day int) (time.Time, bool) {
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), true
	}
	year, month, today := now.Date()
	monday := today - (int(now.Weekday())+6)%7 // of this week; time.Date accepts days outside the month
	switch text {
	case "today":
		return date(year, month, today)
	case "yesterday":
		return date(year, month, today-1)
	case "this week":
		return date(year, month, monday)
	case "last week":
		return date(year, month, monday-7)
	case "this month":
		return date(year, month, 1)
	case "last month":
		return date(year, month-1, 1)
	case "this year":
		return date(year, 1, 1)
	case "last year":
		return date(year-1, 1, 1)
	}
	if at := slices.Index(weekdays, text); at >= 0 {
		if monday+at > today {
			at -= 7
		}
		return date(year, month, monday+at)
	}
	for _, layout := range dateLayouts {
		if day, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return day, true
		}
	}
	for _, layout := range []string{"2 January 2006", "2 Jan 2006"} {
		day, err := time.ParseInLocation(layout, text+now.Format(" 2006"), now.Location())
		if err == nil && day.After(now) {
			day = day.AddDate(-1, 0, 0)
		}
		if err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}
