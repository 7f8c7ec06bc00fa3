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
