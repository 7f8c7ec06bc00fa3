package search

import (
	"testing"
	"time"
)

func TestParseDay(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, zone) // a Monday
	for text, want := range map[string]string{
		"today": "2026-11-23", "Yesterday": "2026-11-22", "this week": "2026-11-23", "last  week": "2026-11-16",
		"this month": "2026-11-01", "last month": "2026-10-01", "this year": "2026-01-01", "last year": "2025-01-01",
		"monday": "2026-11-23", "sunday": "2026-11-22", "tuesday": "2026-11-17",
		"2026-10-3": "2026-10-03", "2026-10-03": "2026-10-03", "3/10/2026": "2026-10-03", "3.10.2026": "2026-10-03",
		"3 October 2026": "2026-10-03", "3 oct 2026": "2026-10-03", "3 Sept": "2026-09-03", "3 september": "2026-09-03", "3 october": "2026-10-03", "24 Nov": "2025-11-24",
		"2026-10": "2026-10-01", "October 2026": "2026-10-01", "2025": "2025-01-01",
		"": "", "soon": "", "31 February 2026": "", "2026-13": "",
	} {
		day, ok := parseDay(text, now)
		got := ""
		if ok {
			got = day.Format("2006-01-02")
		}
		if got != want || ok && (day.Location() != zone || day.Hour() != 0) {
			t.Errorf("%q is %v, want %s", text, day, want)
		}
	}
}
