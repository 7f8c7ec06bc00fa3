package desktop

import (
	"slices"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/session"
	"matterline/app/syncer"
)

// listener updates the window and the tray when something happens in a session.
type listener struct{ app *App }

func (l listener) shows(s *session.Session) bool {
	current, err := l.app.current()
	return err == nil && current == s
}

func (l listener) Changed(s *session.Session, matters []string) {
	if !l.shows(s) {
		return
	}
	if len(matters) > 0 {
		l.app.window.Emit(EventChanged, matters...)
	}
	l.app.window.Emit(EventFreshness)
	l.app.window.Emit(EventAlerts)
}

func (l listener) Updated(s *session.Session, alerts []alert.Alert, f session.Freshness) {
	a := l.app
	a.mu.Lock()
	o := a.open[s.Key()]
	if o == nil || o.session != s {
		a.mu.Unlock()
		return
	}
	now := status{f.Note(), f.State == syncer.SignedOut}
	newStatus := o.status != now || alert.Unread(o.alerts) != alert.Unread(alerts)
	newAlerts := a.shown != o && !slices.Equal(o.alerts, alerts)
	o.alerts, o.status = alerts, now
	a.mu.Unlock()
	a.updateTray()
	if newStatus {
		a.window.Emit(EventAccounts)
	}
	if newAlerts { // Changed has told of those in the window's account
		a.window.Emit(EventAlerts)
	}
}

// Connected sends what waits for any portal: where one can be reached, the others probably can, too.
func (l listener) Connected(*session.Session) { l.app.sendSignOuts() }

func (l listener) RepliesChanged(s *session.Session) {
	if l.shows(s) {
		l.app.window.Emit(EventReplies)
	}
}

// SelfChanged also means the firm: the list of users says who is an admin.
func (l listener) SelfChanged(s *session.Session) {
	l.app.selfChanged(s)
	l.FirmChanged(s)
}

func (l listener) FirmChanged(s *session.Session) {
	if l.shows(s) {
		l.app.window.Emit(EventFirm)
	}
}

// LockChanged makes the window ask for the session, which says whether the copy is locked.
func (l listener) LockChanged(s *session.Session) {
	if l.shows(s) {
		l.app.window.Emit(EventSession)
	}
}

func (l listener) Erase(s *session.Session, why *chat.Error) { l.app.erase(s, why) }

func (l listener) Damaged(s *session.Session) { l.app.repair(s) }

func (l listener) Limits(s *session.Session) alert.Limits {
	limits := l.app.limits()
	if l.shows(s) {
		limits.InSight = l.app.sight.chat()
	}
	return limits
}

// limits are the limits of notifications in all accounts.
func (a *App) limits() alert.Limits {
	settings := a.settings.Get()
	rules := settings.MuteRules()
	return alert.Limits{Muted: rules.Off, HeldUntil: rules.HeldUntil(a.now()), NoPreview: !settings.Preview}
}
