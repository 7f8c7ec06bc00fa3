package desktop

import (
	"context"
	"errors"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
)

// Settings returns the settings.
func (a *App) Settings() computer.CurrentSettings { return a.settings.GetAll() }

// ChangeSettings changes the settings. It returns malformed.
func (a *App) ChangeSettings(s computer.Settings) error {
	if err := a.settings.Set(s); err != nil {
		return err
	}
	a.updateTray()
	var failed error
	for _, open := range a.sessions() {
		open.Publish()
		err := open.Replica().CountColleagues(context.Background(), s.Colleagues)
		open.ReportError(err)
		failed = errors.Join(failed, err)
	}
	return failed
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
