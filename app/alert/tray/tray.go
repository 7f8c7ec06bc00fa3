// Package tray shows the alerts in the system's tray: an icon with the unread count, a summary as its tooltip, and
// the newest alerts in its menu.
package tray

import (
	"sync"

	"fyne.io/systray"

	"matterline/app/alert"
)

// Actions are called when the user clicks in the menu.
type Actions struct {
	Open  func()
	Chat  func(alert.Alert)
	Pause func(alert.Pause)
	Quit  func()
}

// maxItems is the number of alerts in the menu.
const maxItems = 5

// Tray is the icon in the tray.
type Tray struct {
	actions Actions
	stop    func()

	mu     sync.Mutex
	alerts []alert.Alert
	items  [maxItems]*systray.MenuItem
	note   *systray.MenuItem // hidden while there is none
	pause  *systray.MenuItem
	resume *systray.MenuItem // in place of pause while notifications are paused
	ready  chan struct{}
}

// Start shows the icon. It returns an error where there is no tray.
func Start(actions Actions) (*Tray, error) {
	t := &Tray{actions: actions, ready: make(chan struct{})}
	stop, err := run(t.setUp)
	if err != nil {
		return nil, err
	}
	t.stop = stop
	return t, nil
}

// Close removes the icon.
func (t *Tray) Close() { t.stop() }

func (t *Tray) setUp() {
	t.setIcon(0)
	systray.SetTitle("Matterline")
	systray.SetTooltip(alert.Summary(nil))
	systray.SetOnTapped(t.actions.Open)
	t.note = systray.AddMenuItem("", "Connection to the portal")
	t.note.Disable()
	t.note.Hide()
	for i := range t.items {
		t.items[i] = systray.AddMenuItem("", "Open this chat")
		t.items[i].Hide()
		go t.openClicked(i)
	}
	systray.AddSeparator()
	open := systray.AddMenuItem("Open Matterline", "Show the window")
	t.pause = systray.AddMenuItem("Pause notifications", "Show alerts only here and in the window")
	hour := t.pause.AddSubMenuItem("For 1 hour", "")
	tomorrow := t.pause.AddSubMenuItem("Until tomorrow", "")
	t.resume = systray.AddMenuItem("Resume notifications", "Show notifications again")
	t.resume.Hide()
	quit := systray.AddMenuItem("Quit", "Quit Matterline. You get no alerts until you start it again.")
	go func() {
		for {
			select {
			case <-open.ClickedCh:
				t.actions.Open()
			case <-hour.ClickedCh:
				t.actions.Pause(alert.ForAnHour)
			case <-tomorrow.ClickedCh:
				t.actions.Pause(alert.UntilTomorrow)
			case <-t.resume.ClickedCh:
				t.actions.Pause(alert.NoPause)
			case <-quit.ClickedCh:
				t.actions.Quit()
			}
		}
	}()
	close(t.ready)
}

func (t *Tray) openClicked(i int) {
	for range t.items[i].ClickedCh {
		t.mu.Lock()
		var at alert.Alert
		if i < len(t.alerts) {
			at = t.alerts[i]
		}
		t.mu.Unlock()
		if at.Participant != "" {
			t.actions.Chat(at)
		}
	}
}

// Show shows the alerts, a note such as "Offline", and whether notifications are paused.
func (t *Tray) Show(alerts []alert.Alert, note string, paused bool) {
	<-t.ready
	t.mu.Lock()
	t.alerts = alerts
	t.mu.Unlock()
	t.setIcon(alert.Unread(alerts))
	summary := alert.Summary(alerts)
	if note == "" {
		t.note.Hide()
	} else {
		summary += " (" + note + ")"
		t.note.SetTitle(note)
		t.note.Show()
	}
	systray.SetTooltip(summary)
	if paused {
		t.pause.Hide()
		t.resume.Show()
	} else {
		t.resume.Hide()
		t.pause.Show()
	}
	for i, item := range t.items {
		if i >= len(alerts) {
			item.Hide()
			continue
		}
		item.SetTitle(alerts[i].Name + ": " + alerts[i].Title)
		item.Show()
	}
}

// setIcon shows the unread count on the icon. If the icon can't be drawn, the last one stays.
func (t *Tray) setIcon(unread int) {
	if icon, err := withCount(unread); err == nil {
		systray.SetIcon(icon)
	}
}
