package desktop

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"matterline/app/chat"
)

// account is a sign-in that this computer remembers. Its token lies in the keyring.
type account struct {
	Portal string    `json:"portal"`
	Firm   string    `json:"firm"`
	User   chat.User `json:"user"`
	Kind   kind      `json:"kind"`
}

// kind is where an account's portal is.
type kind string

const (
	remote kind = ""
	demo   kind = "demo"
	local  kind = "local" // the portal on this computer
)

// Account is an account as the front end lists it.
type Account struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Firm   string `json:"firm"`
	Portal string `json:"portal"`
	Demo   bool   `json:"demo"`
}

// accounts is what accounts.json says: who has signed in here, the newest sign-in last, and whose window opens
// at the next start.
type accounts struct {
	Accounts []account `json:"accounts"`
	Open     string    `json:"open"`
}

func (s accounts) find(key string) (account, bool) {
	i := slices.IndexFunc(s.Accounts, func(acc account) bool { return accountKey(acc) == key })
	if i < 0 {
		return account{}, false
	}
	return s.Accounts[i], true
}

// replicaDir is where an account's replica lies: one folder for each portal and user.
func (a *App) replicaDir(acc account) string {
	return filepath.Join(a.options.Data, "replicas", accountKey(acc))
}

// accountKey names an account in files and in the keyring. A portal on this computer may listen anywhere.
func accountKey(acc account) string {
	portal := acc.Portal
	if acc.Kind != remote {
		portal = string(acc.Kind)
	}
	sum := sha256.Sum256([]byte(portal + "\n" + acc.User.ID))
	return hex.EncodeToString(sum[:8])
}

func (a *App) accountsFile() string { return filepath.Join(a.options.Data, "accounts.json") }

func (a *App) accounts() (s accounts, err error) {
	broken, err := kept(a.accountsFile(), &s, func() error { return nil })
	if broken {
		a.options.Log.Error("accounts", "error", err)
		return accounts{}, chat.Errorf(chat.Internal, "", "The list of accounts on this computer could not be read. Please sign in again; everything you wrote is kept.")
	}
	return s, err
}

// remember has the next start open this account.
func (a *App) remember(acc account) error {
	s, err := a.accounts()
	if err != nil {
		a.options.Log.Error("remember account", "error", err)
	}
	key := accountKey(acc)
	s.Accounts = slices.DeleteFunc(s.Accounts, func(other account) bool { return accountKey(other) == key })
	s.Accounts = append(s.Accounts, acc)
	s.Open = key
	return keep(a.accountsFile(), s)
}

// openNone has the next start show the ways in.
func (a *App) openNone() error {
	s, err := a.accounts()
	if err != nil || s.Open == "" {
		return err
	}
	s.Open = ""
	return keep(a.accountsFile(), s)
}

func (a *App) forget(acc account) error {
	a.tokens.remove(acc)
	s, err := a.accounts()
	if err != nil {
		return err
	}
	key := accountKey(acc)
	s.Accounts = slices.DeleteFunc(s.Accounts, func(other account) bool { return accountKey(other) == key })
	s.Open = ""
	if len(s.Accounts) == 0 {
		if err := os.Remove(a.accountsFile()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return keep(a.accountsFile(), s)
}

// Accounts are the accounts that this computer remembers, the newest sign-in last.
func (a *App) Accounts() ([]Account, error) {
	s, err := a.accounts()
	list := []Account{}
	for _, acc := range s.Accounts {
		list = append(list, Account{Key: accountKey(acc), Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == demo})
	}
	return list, err
}

// SwitchTo closes the window of the account that is open and opens another's. It returns not_found.
func (a *App) SwitchTo(key string) error {
	s, err := a.accounts()
	if err != nil {
		return err
	}
	acc, found := s.find(key)
	if !found {
		return chat.ErrNotFound
	}
	return a.enter(acc)
}

// ShowWayIn closes the window of the account that is open, which stays signed in, and shows the ways in.
func (a *App) ShowWayIn() error {
	a.opening.Lock()
	defer a.opening.Unlock()
	if s, err := a.current(); err == nil {
		a.closeSession(a.out(s), nil)
	}
	return a.openNone()
}

// enter opens an account that is remembered.
func (a *App) enter(acc account) error {
	switch acc.Kind {
	case demo:
		return a.StartDemo()
	case local:
		if acc.Portal = a.here(); acc.Portal == "" {
			return chat.Errorf(chat.NotFound, "", "The portal on this computer could not be started.")
		}
	}
	token, err := a.tokens.get(acc)
	if err != nil { // the copy can be read and written without it, until the user signs in again
		a.options.Log.Info("token", "error", err)
	}
	if err := a.open(acc, token); err != nil {
		return err
	}
	return a.remember(acc)
}
