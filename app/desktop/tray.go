package desktop

import (
	"slices"
	"sync"
	"time"

	"matterline/app/alert"
)

// tray is what the icon in the tray shows of the session in the window.
type tray struct {
	mu     sync.Mutex
	icon   Tray // nil where there is no tray
	alerts []alert.Alert
	note   string
	shown  trayContent
	timer  *time.Timer // fires when a pause ends
}

type trayContent struct {
	alerts []alert.Alert
	note   string
	paused bool
}

func (t *tray) set(alerts []alert.Alert, note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alerts, t.note = alerts, note
}

func (t *tray) clear() { t.set(nil, "") }

func (t *tray) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
	}
	t.icon = nil
}

// updateTray updates the icon in the tray if its content has changed.
func (a *App) updateTray() {
	t := &a.tray
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.icon == nil {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	content := trayContent{alerts: t.alerts, note: t.note}
	if a.Session().State == "out" {
		content.note = "Signed out"
	}
	if until := a.pausedUntil(); !until.IsZero() {
		content.paused = true
		t.timer = time.AfterFunc(until.Sub(a.now()), a.updateTray)
		at := until.Format("15:04")
		if until.YearDay() != a.now().YearDay() {
			at = until.Format("Mon 15:04")
		}
		if content.note == "" {
			content.note = "Notifications paused until " + at
		} else {
			content.note += ", notifications paused until " + at
		}
	}
	if s := t.shown; s.note == content.note && s.paused == content.paused && slices.Equal(s.alerts, content.alerts) {
		return
	}
	t.shown = content
	t.icon.Show(content.alerts, content.note, content.paused)
}

// pausedUntil returns when the pause of notifications ends, or zero.
func (a *App) pausedUntil() time.Time {
	until := time.UnixMilli(a.settings.Get().PausedUntil)
	if !until.After(a.now()) {
		return time.Time{}
	}
	return until
}
