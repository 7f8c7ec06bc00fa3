package replica

import (
	"slices"
	"strings"
	"time"
)

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// writtenDays are the ways in which one writes a day, or a month or year, which are their first day.
var writtenDays = []string{"2006-1-2", "2/1/2006", "2.1.2006", "2 January 2006", "2 Jan 2006", "2006-1", "January 2006", "Jan 2006", "2006"}

// dayOf is when the day begins of which a text speaks, where now is. A weekday is the last one that was, and
// so are a day and a month without a year.
func dayOf(text string, now time.Time) (day time.Time, is bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " ")) + " "
	text = strings.TrimSpace(strings.ReplaceAll(text, " sept ", " sep ")) // as British English has it
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	switch text {
	case "today":
		return today, true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	case "this week":
		return monday, true
	case "last week":
		return monday.AddDate(0, 0, -7), true
	case "this month":
		return today.AddDate(0, 0, 1-today.Day()), true
	case "last month":
		return time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, now.Location()), true
	case "this year":
		return time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location()), true
	case "last year":
		return time.Date(now.Year()-1, 1, 1, 0, 0, 0, 0, now.Location()), true
	}
	if at := slices.Index(weekdays, text); at >= 0 {
		day = monday.AddDate(0, 0, at)
		if day.After(today) {
			day = day.AddDate(0, 0, -7)
		}
		return day, true
	}
	for _, layout := range writtenDays {
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
