package desktop

import (
	"context"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/session"
)

// Settings returns the settings.
func (a *App) Settings() computer.CurrentSettings { return a.settings.GetAll() }

// ChangeSettings changes the settings. It returns malformed.
func (a *App) ChangeSettings(s computer.Settings) error {
	if err := a.settings.Set(s); err != nil {
		return err
	}
	a.updateTray()
	if _, err := a.current(); err != nil {
		return nil
	}
	return a.doAlsoLocked(func(ctx context.Context, open *session.Session) error {
		open.Publish()
		return open.Replica().CountColleagues(ctx, s.Colleagues)
	})
}

// Pause pauses notifications for an hour or until tomorrow, or with "" resumes them. It returns malformed.
func (a *App) Pause(pause alert.Pause) error {
	until, known := pause.Until(a.now())
	if !known {
		return chat.Errorf(chat.Malformed, "paused_until", "Choose one of the pauses in the list.")
	}
	s := a.settings.GetAll().Settings
	s.PausedUntil = 0
	if !until.IsZero() {
		s.PausedUntil = until.UnixMilli()
	}
	if err := a.ChangeSettings(s); err != nil {
		return err
	}
	a.window.Emit(EventSettings)
	return nil
}
