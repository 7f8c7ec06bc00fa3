package alert

import (
	"testing"
	"time"
)

func TestMuted(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 30, 0, time.Local) }
	night := MuteRules{QuietFrom: 18*60 + 30, QuietUntil: 8 * 60}
	noon := MuteRules{QuietFrom: 12 * 60, QuietUntil: 13 * 60}
	for _, tt := range []struct {
		name  string
		rules MuteRules
		now   time.Time
		want  bool
	}{
		{"No rules", MuteRules{}, at(3, 0), false},
		{"Off", MuteRules{Off: true}, at(10, 0), true},
		{"Paused", MuteRules{PausedUntil: at(11, 0)}, at(10, 59), true},
		{"After the pause", MuteRules{PausedUntil: at(11, 0)}, at(11, 0), false},
		{"Before the quiet hours", night, at(18, 29), false},
		{"Start of the quiet hours", night, at(18, 30), true},
		{"Midnight", night, at(0, 0), true},
		{"Last minute of the quiet hours", night, at(7, 59), true},
		{"End of the quiet hours", night, at(8, 0), false},
		{"Before noon", noon, at(11, 59), false},
		{"Noon", noon, at(12, 0), true},
		{"After noon", noon, at(13, 0), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.rules.Muted(tt.now) != tt.want {
				t.Error(tt.now)
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
