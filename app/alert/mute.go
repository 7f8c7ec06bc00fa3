package alert

import "time"

// MuteRules say when the user wants no notifications.
type MuteRules struct {
	Off bool
	// QuietFrom and QuietUntil are the quiet hours, in minutes after midnight. They may span midnight. Equal values
	// mean no quiet hours.
	QuietFrom, QuietUntil int
	PausedUntil           time.Time
}

// HeldUntil returns when the pause and the quiet hours end that hold notifications back now, or zero. now is in the user's
// zone.
func (r MuteRules) HeldUntil(now time.Time) time.Time {
	until := now
	if until.Before(r.PausedUntil) {
		until = r.PausedUntil.In(now.Location())
	}
	until = r.quietEnd(until)
	if until.Before(r.PausedUntil) {
		until = r.PausedUntil.In(now.Location())
	}
	if until.Equal(now) {
		return time.Time{}
	}
	return until
}

// quietEnd returns when the quiet hours end that a time is in, or the time itself.
func (r MuteRules) quietEnd(at time.Time) time.Time {
	minute, day := at.Hour()*60+at.Minute(), at.Day()
	spans := r.QuietFrom > r.QuietUntil // midnight
	switch {
	case spans && minute >= r.QuietFrom:
		day++
	case spans && minute >= r.QuietUntil, !spans && (minute < r.QuietFrom || minute >= r.QuietUntil):
		return at
	}
	return time.Date(at.Year(), at.Month(), day, 0, r.QuietUntil, 0, 0, at.Location())
}

// Pause says for how long the user pauses notifications.
type Pause string

// The pauses.
const (
	ForAnHour     Pause = "hour"
	UntilTomorrow Pause = "tomorrow"
	NoPause       Pause = ""
)

// Until returns when a pause that starts now ends (zero for NoPause), and whether p is a known pause.
func (p Pause) Until(now time.Time) (end time.Time, known bool) {
	switch p {
	case ForAnHour:
		return now.Add(time.Hour), true
	case UntilTomorrow:
		return time.Date(now.Year(), now.Month(), now.Day()+1, morning, 0, 0, 0, now.Location()), true
	}
	return time.Time{}, p == NoPause
}

// morning is the hour at which UntilTomorrow ends.
const morning = 6
