package alert

import "time"

// Rules are when the user wants no toasts.
type Rules struct {
	Off bool
	// QuietFrom and QuietUntil are the quiet hours, in minutes after midnight, and may lie across it. The same
	// twice is none.
	QuietFrom, QuietUntil int
	PausedUntil           time.Time
}

// Hushed reports whether there are no toasts now. now is in the user's zone.
func (r Rules) Hushed(now time.Time) bool {
	if r.Off || now.Before(r.PausedUntil) {
		return true
	}
	at := now.Hour()*60 + now.Minute()
	if r.QuietFrom <= r.QuietUntil {
		return r.QuietFrom <= at && at < r.QuietUntil
	}
	return r.QuietFrom <= at || at < r.QuietUntil
}

// Pause is for how long the user wants no toasts.
type Pause string

const (
	ForAnHour     Pause = "hour"
	UntilTomorrow Pause = "tomorrow"
	NoPause       Pause = ""
)

// Until is when a pause that begins now ends, tomorrow at six; and whether there is such a pause.
func (p Pause) Until(now time.Time) (end time.Time, is bool) {
	switch p {
	case ForAnHour:
		return now.Add(time.Hour), true
	case UntilTomorrow:
		return time.Date(now.Year(), now.Month(), now.Day()+1, 6, 0, 0, 0, now.Location()), true
	}
	return time.Time{}, p == NoPause
}
