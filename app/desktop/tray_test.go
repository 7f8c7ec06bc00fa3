package desktop

import (
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
)

// A pause shows in the tray and in the settings. The tray also shows when the pause is over, and that the user is
// signed out.
func TestPause(t *testing.T) {
	o := newOffice(t)
	see := func(note string, paused bool) {
		t.Helper()
		o.until(note, func() bool { return o.icon.shows(note, paused) })
	}
	var clock atomic.Int64
	clock.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local).UnixMilli())
	noon := time.UnixMilli(clock.Load())
	o.now = func() time.Time { return time.UnixMilli(clock.Load()) }
	o.signIn()

	check(t, o.Pause(alert.ForAnHour))
	o.waitEvent(EventSettings, func([]string) bool {
		return o.Settings().PausedUntil == noon.Add(time.Hour).UnixMilli()
	})
	see("Notifications paused until 13:00", true)
	check(t, o.Pause(alert.UntilTomorrow))
	see("Notifications paused until Tue 06:00", true)
	o.goAway()
	see("Offline, notifications paused until Tue 06:00", true)
	check(t, o.Pause(alert.NoPause))
	see("Offline", false)

	soon := computer.DefaultSettings
	soon.PausedUntil = noon.Add(10 * time.Millisecond).UnixMilli()
	check(t, o.ChangeSettings(soon))
	see("Offline, notifications paused until 12:00", true)
	clock.Store(noon.Add(time.Hour).UnixMilli())
	see("Offline", false)

	check(t, o.SignOut())
	see("Signed out", false)
	check(t, o.Pause(alert.ForAnHour))
	see("Signed out, notifications paused until 14:00", true)
	if err := o.Pause("forever"); chat.CodeOf(err) != chat.Malformed {
		t.Fatal(err)
	}
}

// The window shows how many messages are unread, also without a tray. It asks for attention when there are more, unless
// notifications are paused.
func TestUnreadInWindow(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.controls.SetTray(nil)
	o.anaSends("first")
	o.until("1 unread", func() bool { return o.window.shows(1, true) })
	check(t, o.Pause(alert.ForAnHour))
	o.anaSends("second")
	o.until("2 unread", func() bool { return o.window.shows(2, false) })
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	check(t, o.MarkRead(o.toAna, c.Messages[1].Version))
	o.until("none unread", func() bool { return o.window.shows(0, false) })
}
