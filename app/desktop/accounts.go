package desktop

import (
	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Account is an account in the front end's list.
type Account struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Firm   string `json:"firm"`
	Portal string `json:"portal"`
	Demo   bool   `json:"demo"`
	// Unread is how many new messages its alerts stand for. Note says what is wrong in a word or two, such as "Offline", or
	// is empty.
	Unread int    `json:"unread"`
	Note   string `json:"note"`
}

// Accounts returns the accounts that have signed in on this computer, the newest sign-in last.
func (a *App) Accounts() ([]Account, error) {
	accounts, err := a.accounts.List()
	list := []Account{}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, acc := range accounts {
		one := Account{Key: acc.Key(), Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == computer.Demo}
		if o := a.open[acc.Key()]; o != nil {
			one.Unread, one.Note = alert.Unread(o.alerts), o.noteNow()
		}
		list = append(list, one)
	}
	return list, err
}

// SwitchTo shows another account in the window. It returns not_found.
func (a *App) SwitchTo(key string) error {
	acc, found, err := a.accounts.Find(key)
	if err != nil {
		return err
	}
	if !found {
		return chat.ErrNotFound
	}
	switch erased, err := a.finishErasures(key); {
	case err != nil:
		return err
	case erased != "":
		return chat.Errorf(chat.SignedOut, "", "%s", erased)
	}
	if err := a.openKnown(acc, true); err != nil {
		return err
	}
	return a.accounts.SetLastOpen(key)
}

// SwitchToChat shows the account of an address in the window, at what it names. It returns not_found.
func (a *App) SwitchToChat(at ChatAddress) error {
	if err := a.SwitchTo(at.Account); err != nil {
		return err
	}
	a.goToChat(at.Account, at)
	return nil
}

// ShowStart shows the start screen, where the user chooses how to sign in. The accounts stay at work.
func (a *App) ShowStart() error {
	a.mu.Lock()
	left := a.shown
	var acc computer.Account
	var s *session.Session
	if left != nil {
		acc, s = left.account, left.session
	}
	a.mu.Unlock()
	if left != nil {
		a.showStart(a.startAfter(acc))
		a.leave(s)
	}
	return a.accounts.ClearLastOpen()
}

var errNoLocalPortal = chat.Errorf(chat.NotFound, "", "Couldn't start the portal on this computer. Restart Matterline to try again.")

// openKnown opens an account that has signed in before, unless it is open, and shows it in the window if show is true.
func (a *App) openKnown(acc computer.Account, show bool) error {
	if a.showIfOpen(acc.Key(), show) {
		return nil
	}
	switch acc.Kind {
	case computer.Demo:
		return a.StartDemo()
	case computer.Local:
		if acc.Portal = a.localAddress(); acc.Portal == "" {
			a.notOpened(acc, errNoLocalPortal, show)
			return errNoLocalPortal
		}
	}
	token, err := a.accounts.Token(acc)
	if err != nil { // the replica can be read and written without it, until the user signs in again
		a.log.Info("read token", "error", err)
	}
	return a.openSession(acc, token, portalapi.Self{}, show)
}
