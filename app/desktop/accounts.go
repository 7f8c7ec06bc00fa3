package desktop

import (
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
)

// Account is an account in the front end's list.
type Account struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Firm   string `json:"firm"`
	Portal string `json:"portal"`
	Demo   bool   `json:"demo"`
}

// Accounts returns the accounts that have signed in on this computer, the newest sign-in last.
func (a *App) Accounts() ([]Account, error) {
	accounts, err := a.accounts.List()
	list := []Account{}
	for _, acc := range accounts {
		list = append(list, Account{Key: acc.Key(), Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == computer.Demo})
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
	return a.openAccount(acc)
}

// ShowStart shows the start screen, where the user chooses how to sign in. The account in the window stays signed in.
func (a *App) ShowStart() error {
	a.opening.Lock()
	defer a.opening.Unlock()
	if _, err := a.current(); err == nil {
		a.closeShown(a.startAfter(), closeSession)
	}
	return a.accounts.ClearLastOpen()
}

// openAccount opens an account that has signed in before.
func (a *App) openAccount(acc computer.Account) error {
	switch erased, err := a.finishErasures(acc.Key()); {
	case err != nil:
		return err
	case erased != "":
		return chat.Errorf(chat.SignedOut, "", "%s", erased)
	}
	switch acc.Kind {
	case computer.Demo:
		return a.StartDemo()
	case computer.Local:
		if acc.Portal = a.localAddress(); acc.Portal == "" {
			return chat.Errorf(chat.NotFound, "", "Couldn't start the portal on this computer. Restart Matterline to try again.")
		}
	}
	token, err := a.accounts.Token(acc)
	if err != nil { // the replica can be read and written without it, until the user signs in again
		a.log.Info("read token", "error", err)
	}
	if err := a.open(acc, token, portalapi.Self{}); err != nil {
		return err
	}
	return a.accounts.SetLastOpen(acc.Key())
}
