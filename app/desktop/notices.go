package desktop

import (
	"slices"

	"matterline/app/alert"
	"matterline/app/computer"
)

// tell tells the user what happened to an account that the window doesn't show: in a notification, and in the window until
// the user has read it.
func (a *App) tell(acc computer.Account, text string) {
	text = a.labelOf(acc) + ": " + text
	a.options.Notifications.Show(alert.Notification{Title: "Matterline", Body: text, Account: acc.Key(), Topic: alert.ProblemTopic})
	a.addNotice(text)
}

// addNotice shows a text in the window until the user has read it.
func (a *App) addNotice(text string) {
	a.mu.Lock()
	a.notices = append(a.notices, text)
	a.mu.Unlock()
	a.window.Emit(EventSession)
}

// DismissNotice removes a notice that the user has read.
func (a *App) DismissNotice(text string) {
	a.mu.Lock()
	if i := slices.Index(a.notices, text); i >= 0 {
		a.notices = slices.Delete(a.notices, i, i+1)
	}
	a.mu.Unlock()
	a.window.Emit(EventSession)
}
