package desktop

import (
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
)

// Pause keeps toasts back for an hour, until tomorrow, or with "" no longer. It returns malformed.
func (a *App) Pause(pause alert.Pause) error {
	until, is := pause.Until(a.now())
	if !is {
		return chat.Errorf(chat.Malformed, "paused_until", "This cannot be set.")
	}
	now := a.Settings().Settings
	now.PausedUntil = 0
	if !until.IsZero() {
		now.PausedUntil = until.UnixMilli()
	}
	if err := a.ChangeSettings(now); err != nil {
		return err
	}
	a.emit(EventSettings)
	return nil
}

// paused is until when toasts are paused, or zero.
func (a *App) paused() (until time.Time) {
	if until = time.UnixMilli(a.set().PausedUntil); !until.After(a.now()) {
		return time.Time{}
	}
	return until
}

// showTray shows the alerts in the tray, with notes on how the app stands.
func (a *App) showTray(alerts []alert.Alert, note string) {
	until := a.paused()
	if until.IsZero() {
		a.tray.Show(alerts, note, false)
		return
	}
	at := until.Format("15:04")
	if until.YearDay() != a.now().YearDay() {
		at = until.Format("Mon 15:04")
	}
	if note == "" {
		note = "Notifications paused until " + at
	} else {
		note += ", notifications paused until " + at
	}
	a.tray.Show(alerts, note, true)
}

// retell has the tray say what was set.
func (a *App) retell() {
	if s, err := a.current(); err == nil {
		s.teller.tell()
		return
	}
	a.showTray(nil, a.outside())
}

// outside is the tray's note while no account is open.
func (a *App) outside() string {
	if a.Session().State == "out" {
		return "Signed out"
	}
	return ""
}
