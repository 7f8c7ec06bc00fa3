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

// Muted reports whether notifications are off at a time, which is in the user's zone.
func (r MuteRules) Muted(now time.Time) bool {
	if r.Off || now.Before(r.PausedUntil) {
		return true
	}
	at := now.Hour()*60 + now.Minute()
	if r.QuietFrom <= r.QuietUntil {
		return r.QuietFrom <= at && at < r.QuietUntil
	}
	return r.QuietFrom <= at || at < r.QuietUntil
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
