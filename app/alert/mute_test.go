package alert

import (
	"testing"
	"time"
)

func TestHeldUntil(t *testing.T) {
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 11, day, hour, minute, second, 0, time.Local)
	}
	night := MuteRules{QuietFrom: 18*60 + 30, QuietUntil: 8 * 60}
	noon := MuteRules{QuietFrom: 12 * 60, QuietUntil: 13 * 60}
	pausedIn := func(rules MuteRules, until time.Time) MuteRules {
		rules.PausedUntil = until.UTC()
		return rules
	}
	never := time.Time{}
	for _, tt := range []struct {
		name  string
		rules MuteRules
		now   time.Time
		want  time.Time
	}{
		{"No rules", MuteRules{}, at(23, 3, 0, 0), never},
		{"Off", MuteRules{Off: true}, at(23, 10, 0, 0), never},
		{"Paused", pausedIn(MuteRules{}, at(23, 11, 0, 0)), at(23, 10, 59, 59), at(23, 11, 0, 0)},
		{"After the pause", pausedIn(MuteRules{}, at(23, 11, 0, 0)), at(23, 11, 0, 0), never},
		{"Before the quiet hours", night, at(23, 18, 29, 30), never},
		{"Start of the quiet hours", night, at(23, 18, 30, 0), at(24, 8, 0, 0)},
		{"Last day of a month", night, at(30, 23, 0, 0), at(31, 8, 0, 0)},
		{"Midnight", night, at(23, 0, 0, 0), at(23, 8, 0, 0)},
		{"Last minute of the quiet hours", night, at(23, 7, 59, 59), at(23, 8, 0, 0)},
		{"End of the quiet hours", night, at(23, 8, 0, 0), never},
		{"Before noon", noon, at(23, 11, 59, 30), never},
		{"Noon", noon, at(23, 12, 0, 30), at(23, 13, 0, 0)},
		{"After noon", noon, at(23, 13, 0, 0), never},
		{"A pause that ends in the quiet hours", pausedIn(night, at(23, 19, 0, 0)), at(23, 18, 0, 0), at(24, 8, 0, 0)},
		{"Quiet hours that end in the pause", pausedIn(noon, at(23, 14, 0, 0)), at(23, 12, 30, 0), at(23, 14, 0, 0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rules.HeldUntil(tt.now); !got.Equal(tt.want) {
				t.Error(got)
			}
		})
	}
}

func TestPause(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.Local)
	for pause, want := range map[Pause]time.Time{
		ForAnHour:     time.Date(2027, 1, 1, 0, 30, 0, 0, time.Local),
		UntilTomorrow: time.Date(2027, 1, 1, 6, 0, 0, 0, time.Local),
		NoPause:       {},
	} {
		if got, known := pause.Until(now); !known || !got.Equal(want) {
			t.Errorf("%q: %v", pause, got)
		}
	}
	if _, known := Pause("forever").Until(now); known {
		t.Error("\"forever\" is no pause")
	}
}
