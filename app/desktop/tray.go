package desktop

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"matterline/app/alert"
)

// tray is what the icon in the tray shows of all accounts.
type tray struct {
	mu     sync.Mutex
	icon   Tray               // nil where there is no tray
	unread int                // messages, as the window shows
	shown  *alert.TrayContent // nil until something is shown
	timer  *time.Timer        // fires when a pause ends
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
	alerts := a.withOthers(nil, []alert.Alert{})
	limits := a.limits()
	if n := alert.Unread(alerts); n != t.unread {
		a.window.SetUnread(n, n > t.unread && !limits.Quiet())
		t.unread = n
	}
	if t.icon == nil {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	content := alert.TrayContent{Alerts: alerts, NoPreview: limits.NoPreview}
	content.Note, content.Away, content.SignedOut = a.trayNote()
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

// trayNote says what is wrong with the accounts, whether none of them is connected, and whether one is signed out.
func (a *App) trayNote() (note string, away, signedOut bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := a.labels()
	accounts := 0
	var bad []string
	different := map[string]bool{}
	for key, o := range a.open {
		if !o.counts() {
			continue
		}
		accounts++
		signedOut = signedOut || o.status.signedOut
		if wrong := o.noteNow(); wrong != "" {
			bad = append(bad, names[key]+": "+wrong)
			different[wrong] = true
		}
	}
	switch {
	case accounts == 0 && a.shown == nil && a.startScreen.State == "out":
		return "Signed out", true, true
	case len(bad) == accounts && len(different) == 1:
		for note = range different {
			return note, true, signedOut
		}
	}
	slices.Sort(bad)
	return strings.Join(bad, ", "), len(bad) > 0 && len(bad) == accounts, signedOut
}

// pausedUntil returns when the pause of notifications ends, or zero.
func (a *App) pausedUntil() time.Time {
	until := time.UnixMilli(a.settings.Get().PausedUntil)
	if !until.After(a.now()) {
		return time.Time{}
	}
	return until
}
