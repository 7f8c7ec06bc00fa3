// Package tray shows the alerts as an icon in the tray: the unread count on it, a summary as its tooltip,
// the newest alerts in its menu.
package tray

import (
	"sync"

	"fyne.io/systray"

	"matterline/app/alert"
)

// Actions are what the menu does.
type Actions struct {
	Open  func()
	Chat  func(alert.Alert)
	Pause func(alert.Pause)
	Quit  func()
}

// inMenu is how many alerts the menu names.
const inMenu = 5

// Tray is the icon in the tray.
type Tray struct {
	actions Actions
	close   func()

	mu     sync.Mutex
	alerts []alert.Alert
	items  [inMenu]*systray.MenuItem
	note   *systray.MenuItem // how the app stands, when that needs saying
	pause  *systray.MenuItem
	resume *systray.MenuItem // in place of pause while toasts are paused
	ready  chan struct{}
}

// Start puts the icon into the tray. It returns an error where there is no tray.
func Start(actions Actions) (*Tray, error) {
	t := &Tray{actions: actions, ready: make(chan struct{})}
	stop, err := run(t.setUp)
	if err != nil {
		return nil, err
	}
	t.close = stop
	return t, nil
}

// Close takes the icon away.
func (t *Tray) Close() { t.close() }

func (t *Tray) setUp() {
	t.paint(0)
	systray.SetTitle("Matterline")
	systray.SetTooltip(alert.Summary(nil))
	systray.SetOnTapped(t.actions.Open)
	t.note = systray.AddMenuItem("", "How fresh the copy on this computer is")
	t.note.Disable()
	t.note.Hide()
	for i := range t.items {
		t.items[i] = systray.AddMenuItem("", "Open this chat")
		t.items[i].Hide()
		go t.clicks(i)
	}
	systray.AddSeparator()
	open := systray.AddMenuItem("Open Matterline", "Show the window")
	t.pause = systray.AddMenuItem("Pause notifications", "Alerts show here and in the window alone")
	hour := t.pause.AddSubMenuItem("For 1 hour", "")
	tomorrow := t.pause.AddSubMenuItem("Until tomorrow", "")
	t.resume = systray.AddMenuItem("Resume notifications", "Alerts show as notifications again")
	t.resume.Hide()
	quit := systray.AddMenuItem("Quit", "End Matterline. New messages are told again when it is started.")
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

func (t *Tray) clicks(i int) {
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

// Show shows the alerts, a note on how the app stands ("Offline"), and whether toasts are paused.
func (t *Tray) Show(alerts []alert.Alert, note string, paused bool) {
	<-t.ready
	t.mu.Lock()
	t.alerts = alerts
	t.mu.Unlock()
	t.paint(alert.Unread(alerts))
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

// paint shows the icon with the unread count. An icon that cannot be drawn stays as it was.
func (t *Tray) paint(unread int) {
	if icon, err := withCount(unread); err == nil {
		systray.SetIcon(icon)
	}
}
