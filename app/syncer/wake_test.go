package syncer

import (
	"strings"
	"testing"
	"time"
)

func TestSlept(t *testing.T) {
	for _, tt := range []struct {
		name      string
		wall, ran time.Duration
		want      bool
	}{
		{"Awake", 2 * time.Second, 2 * time.Second, false},
		{"Busy", 9 * time.Second, 9 * time.Second, false},
		{"Asleep", 8 * time.Hour, 2 * time.Second, true},
		{"AsleepWhileBothClocksRun", 8 * time.Hour, 8 * time.Hour, true},
		{"SetBack", -time.Hour, 2 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := slept(tt.wall, tt.ran); got != tt.want {
				t.Fatal(got)
			}
		})
	}
}

func TestClockWarning(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		0: "", 4 * time.Minute: "", -4 * time.Minute: "",
		30 * time.Minute: "30 minutes ahead", -90 * time.Minute: "90 minutes behind", 3 * time.Hour: "3 hours ahead", -72 * time.Hour: "3 days behind",
	} {
		if got := clockWarning(ahead); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", ahead, got)
		}
	}
}

// Waits grow to a limit, and jitter never makes them longer.
func TestWaits(t *testing.T) {
	var wait time.Duration
	for range 20 {
		was := wait
		if wait = defaultPace.longer(wait); wait < was || wait > time.Minute {
			t.Fatal(was, wait)
		}
		if j := jitter(wait); j < wait/2 || j > wait {
			t.Fatal(wait, j)
		}
	}
	if wait != time.Minute {
		t.Fatal(wait)
	}
}
