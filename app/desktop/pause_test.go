package desktop

import (
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
)

// fakeTray is what the tray shows.
type fakeTray chan trayShows

type trayShows struct {
	note   string
	paused bool
}

func (f fakeTray) Show(_ []alert.Alert, note string, paused bool) { f <- trayShows{note, paused} }

func (f fakeTray) see(t *testing.T, want trayShows) {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case got := <-f:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("no %+v in the tray", want)
		}
	}
}

// A pause is the same in the tray and in the settings; the tray says when it is over, and that one is signed out.
func TestPause(t *testing.T) {
	o := newOffice(t)
	tray := make(fakeTray, 100)
	o.tray = tray
	var clock atomic.Int64
	clock.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local).UnixMilli())
	noon := time.UnixMilli(clock.Load())
	o.now = func() time.Time { return time.UnixMilli(clock.Load()) }
	o.signIn()

	check(t, o.Pause(alert.ForAnHour))
	o.hear(EventSettings, func(data any) bool {
		return data.(SettingsNow).PausedUntil == noon.Add(time.Hour).UnixMilli()
	})
	tray.see(t, trayShows{"Notifications paused until 13:00", true})
	check(t, o.Pause(alert.UntilTomorrow))
	tray.see(t, trayShows{"Notifications paused until Tue 06:00", true})
	o.goAway()
	tray.see(t, trayShows{"Offline, notifications paused until Tue 06:00", true})
	check(t, o.Pause(alert.NoPause))
	tray.see(t, trayShows{"Offline", false})

	soon := firstSettings
	soon.PausedUntil = noon.Add(10 * time.Millisecond).UnixMilli()
	check(t, o.ChangeSettings(soon))
	tray.see(t, trayShows{"Offline, notifications paused until 12:00", true})
	clock.Store(noon.Add(time.Hour).UnixMilli())
	tray.see(t, trayShows{"Offline", false})

	check(t, o.ShowWayIn())
	tray.see(t, trayShows{"Signed out", false})
	check(t, o.Pause(alert.ForAnHour))
	tray.see(t, trayShows{"Signed out, notifications paused until 14:00", true})
	if err := o.Pause("for ever"); chat.CodeOf(err) != chat.Malformed {
		t.Fatal(err)
	}
}
