package desktop

import "testing"

// A chat is in sight only while the window is shown, the screen isn't locked and the page answers. Otherwise its
// messages raise notifications, as those of other chats.
func TestInSight(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	c := o.controls
	for i, tt := range []struct {
		name  string
		ends  func()
		again func()
	}{
		{"the window is hidden", func() { c.SetHidden(true) }, func() { c.SetHidden(false) }},
		{"the screen is locked", func() { c.SetScreenLocked(true) }, func() { c.SetScreenLocked(false) }},
		{"the page doesn't answer", func() { c.SetPageAnswers(false) }, func() { c.SetPageAnswers(true) }},
		{"the page has ended", func() { c.PageEnded() }, func() {}},
	} {
		o.SetChatInSight(o.toAna)
		o.anaSends("in sight: no notification")
		o.untilAlerts(2*i + 1)
		o.untilNotified()
		tt.ends()
		o.anaSends(tt.name)
		if n := <-o.notifications.shown; n.Body != tt.name {
			t.Fatalf("%s: %+v", tt.name, n)
		}
		o.untilAlerts(2*i + 2)
		tt.again()
	}
}

// The page learns that the screen is locked, and once only.
func TestScreenLocked(t *testing.T) {
	o := newOffice(t)
	o.controls.SetScreenLocked(true)
	o.controls.SetScreenLocked(true)
	o.waitEvent(EventScreen, func([]string) bool { return o.ScreenLocked() })
	o.controls.SetScreenLocked(false)
	o.waitEvent(EventScreen, func([]string) bool { return !o.ScreenLocked() })
	if n := len(o.window.events); n != 0 {
		t.Fatalf("%d more events", n)
	}
}
