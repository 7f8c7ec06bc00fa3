// Package tray shows the alerts in the system's tray: an icon with the unread count, a summary as its tooltip, and
// the newest alerts in its menu.
package tray

import (
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/systray"

	"matterline/app/alert"
)

// Actions are called when the user clicks in the menu.
type Actions struct {
	Open  func()
	Chat  func(alert.Alert)
	Pause func(alert.Pause)
	Quit  func()
	// Gone is called when the program that shows the icon, such as the desktop's panel, has ended and isn't back within
	// goneAfter.
	Gone func()
}

// goneAfter is longer than a panel takes to restart.
const goneAfter = 10 * time.Second

// maxItems is the number of alerts in the menu.
const maxItems = 5

// Tray is the icon in the tray.
type Tray struct {
	actions Actions
	stop    func()
	visible atomic.Bool
	wanted  chan alert.TrayContent // holds the latest, until it is shown

	mu     sync.Mutex
	alerts []alert.Alert
	gone   *time.Timer // calls Gone
	items  [maxItems]*systray.MenuItem
	note   *systray.MenuItem // hidden while there is none
	pause  *systray.MenuItem
	resume *systray.MenuItem // in place of pause while notifications are paused
}

// Start shows the icon, as soon as there is a program that shows icons. It returns an error where there can be none.
func Start(actions Actions) (*Tray, error) { return start(actions, goneAfter) }

func start(actions Actions, grace time.Duration) (*Tray, error) {
	t := &Tray{actions: actions, wanted: make(chan alert.TrayContent, 1)}
	stop, err := run(t.setUp, func(visible bool) { t.setVisible(visible, grace) })
	if err != nil {
		return nil, err
	}
	t.stop = stop
	return t, nil
}

// Visible reports whether there is a program that shows the icon.
func (t *Tray) Visible() bool { return t.visible.Load() }

func (t *Tray) setVisible(visible bool, grace time.Duration) {
	was := t.visible.Swap(visible)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone != nil {
		t.gone.Stop()
	}
	if was && !visible {
		t.gone = time.AfterFunc(grace, t.actions.Gone)
	}
}

// Close removes the icon. It doesn't wait longer than a moment for a system that hangs.
func (t *Tray) Close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.stop()
	}()
	select {
	case <-done:
	case <-time.After(time.Second / 2):
	}
}

func (t *Tray) setUp() {
	defer untilBusEnds()
	t.setIcon(alert.TrayContent{})
	systray.SetTitle("Matterline")
	systray.SetTooltip(alert.Summary(nil, false))
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
	go func() {
		for content := range t.wanted {
			t.show(content)
		}
	}()
}

// untilBusEnds stops systray's panic when the session bus has ended, which takes the icon with it.
func untilBusEnds() { _ = recover() }

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

// Show shows the content. It returns at once, and only the latest content is shown.
func (t *Tray) Show(content alert.TrayContent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alerts = content.Alerts // a click opens what the menu is about to show
	select {
	case <-t.wanted:
	default:
	}
	t.wanted <- content
}

func (t *Tray) show(content alert.TrayContent) {
	defer untilBusEnds()
	t.setIcon(content)
	summary := alert.Summary(content.Alerts, content.NoPreview)
	if content.Note == "" {
		t.note.Hide()
	} else {
		summary += " (" + content.Note + ")"
		t.note.SetTitle(content.Note)
		t.note.Show()
	}
	systray.SetTooltip(summary)
	if content.Paused {
		t.pause.Hide()
		t.resume.Show()
	} else {
		t.resume.Hide()
		t.pause.Show()
	}
	for i, item := range t.items {
		if i >= len(content.Alerts) {
			item.Hide()
			continue
		}
		item.SetTitle(menuText(content.Alerts[i].Line(content.NoPreview)))
		item.Show()
	}
}

// setIcon shows the unread count on the icon, and whether the app is connected. If the icon can't be drawn, the last one
// stays.
func (t *Tray) setIcon(content alert.TrayContent) {
	if icon, err := drawIcon(alert.Unread(content.Alerts), content.Away, content.SignedOut); err == nil {
		systray.SetIcon(iconFile(icon))
	}
}
