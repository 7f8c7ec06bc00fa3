package desktop

import (
	"reflect"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/session"
	"matterline/app/syncer"
)

// tray is what the icon in the tray shows of the session in the window.
type tray struct {
	mu        sync.Mutex
	icon      Tray // nil where there is no tray
	alerts    []alert.Alert
	unread    int // messages, as the window shows
	note      string
	signedOut bool
	shown     *alert.TrayContent // nil until something is shown
	timer     *time.Timer        // fires when a pause ends
}

func (t *tray) set(alerts []alert.Alert, f session.Freshness) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alerts, t.note, t.signedOut = alerts, f.Note(), f.State == syncer.SignedOut
}

func (t *tray) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alerts, t.note, t.signedOut = nil, "", false
}

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
	if n := alert.Unread(t.alerts); n != t.unread {
		quiet := a.settings.Get().MuteRules().Off || !a.settings.Get().MuteRules().HeldUntil(a.now()).IsZero()
		a.window.SetUnread(n, n > t.unread && !quiet)
		t.unread = n
	}
	if t.icon == nil {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	content := alert.TrayContent{
		Alerts: t.alerts, Note: t.note, SignedOut: t.signedOut, NoPreview: !a.settings.Get().Preview,
	}
	if a.Session().State == "out" {
		content.Note, content.SignedOut = "Signed out", true
	}
	content.Away = content.Note != ""
	if until := a.pausedUntil(); !until.IsZero() {
		content.Paused = true
		t.timer = time.AfterFunc(until.Sub(a.now()), a.updateTray)
		at := until.Format("15:04")
		if until.YearDay() != a.now().YearDay() {
			at = until.Format("Mon 15:04")
		}
		if content.Note == "" {
			content.Note = "Notifications paused until " + at
		} else {
			content.Note += ", notifications paused until " + at
		}
	}
	if t.shown != nil && reflect.DeepEqual(*t.shown, content) {
		return
	}
	t.shown = &content
	t.icon.Show(content)
}

// pausedUntil returns when the pause of notifications ends, or zero.
func (a *App) pausedUntil() time.Time {
	until := time.UnixMilli(a.settings.Get().PausedUntil)
	if !until.After(a.now()) {
		return time.Time{}
	}
	return until
}
