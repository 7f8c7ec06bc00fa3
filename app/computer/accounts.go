package computer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"matterline/app/chat"
)

// Kind says where an account's portal runs.
type Kind string

// The kinds of accounts.
const (
	Remote Kind = ""
	Demo   Kind = "demo"
	Local  Kind = "local" // the portal on this computer
)

// Account is a user of a portal who has signed in on this computer.
type Account struct {
	Portal string    `json:"portal"`
	Firm   string    `json:"firm"`
	User   chat.User `json:"user"`
	Kind   Kind      `json:"kind"`
}

// Key identifies an account in file names and in the keyring. It doesn't depend on the address of a portal on this
// computer, which changes.
func (a Account) Key() string {
	portal := a.Portal
	if a.Kind != Remote {
		portal = string(a.Kind)
	}
	sum := sha256.Sum256([]byte(portal + "\n" + a.User.ID))
	return hex.EncodeToString(sum[:8])
}

// Accounts remembers who has signed in on this computer, and their tokens.
type Accounts struct {
	path   string
	tokens tokens
	log    *slog.Logger
	mu     sync.Mutex
}

// NewAccounts keeps the accounts in a folder.
func NewAccounts(dir string, log *slog.Logger) *Accounts {
	return &Accounts{path: filepath.Join(dir, "accounts.json"), tokens: tokens{dir}, log: log}
}

// accountsFile is the content of accounts.json.
type accountsFile struct {
	Accounts []Account `json:"accounts"` // the newest sign-in last
	Open     string    `json:"open"`     // the key of the account that opens at the next start
}

func (f *accountsFile) remove(key string) {
	f.Accounts = slices.DeleteFunc(f.Accounts, func(a Account) bool { return a.Key() == key })
}

func (f *accountsFile) find(key string) (Account, bool) {
	i := slices.IndexFunc(f.Accounts, func(a Account) bool { return a.Key() == key })
	if i < 0 {
		return Account{}, false
	}
	return f.Accounts[i], true
}

var errBrokenList = chat.Errorf(chat.Internal, "", "Matterline couldn't read the list of accounts on this computer. Sign in again. Nothing you wrote is lost.")

// read returns errBrokenList after it set aside a list that can't be parsed.
func (a *Accounts) read() (accountsFile, error) {
	var f accountsFile
	broken, err := readJSON(a.path, &f, func() error { return nil })
	if broken {
		a.log.Error("read accounts", "error", err)
		return accountsFile{}, errBrokenList
	}
	return f, err
}

// List returns the accounts, the newest sign-in last.
func (a *Accounts) List() ([]Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	return f.Accounts, err
}

// Find returns an account by its key.
func (a *Accounts) Find(key string) (acc Account, found bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	acc, found = f.find(key)
	return acc, found, err
}

// LastOpen returns the account that opens at this start.
func (a *Accounts) LastOpen() (acc Account, found bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	acc, found = f.find(f.Open)
	return acc, found, err
}

// Remember adds an account that has signed in to the end of the list, or moves it there. It opens at the next start.
func (a *Accounts) Remember(acc Account) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	if err != nil && !errors.Is(err, errBrokenList) { // the list may be readable later, so nothing may replace it
		return err
	}
	f.remove(acc.Key())
	f.Accounts = append(f.Accounts, acc)
	f.Open = acc.Key()
	return WriteJSON(a.path, f)
}

// SetLastOpen makes an account the one that opens at the next start, and moves it to the end of the list, unless it has
// been forgotten.
func (a *Accounts) SetLastOpen(key string) error {
	return a.edit(key, func(f *accountsFile, acc Account) {
		f.remove(key)
		f.Accounts, f.Open = append(f.Accounts, acc), key
	})
}

// Rename changes the names of an account's firm and user, unless it has been forgotten.
func (a *Accounts) Rename(key, firm, user string) error {
	return a.edit(key, func(f *accountsFile, _ Account) {
		for i := range f.Accounts {
			if f.Accounts[i].Key() == key {
				f.Accounts[i].Firm, f.Accounts[i].User.Name = firm, user
			}
		}
	})
}

// edit changes the list if it has an account.
func (a *Accounts) edit(key string, change func(*accountsFile, Account)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	acc, found := f.find(key)
	if err != nil || !found {
		return err
	}
	change(&f, acc)
	return WriteJSON(a.path, f)
}

// ClearLastOpen makes the next start show the start screen instead of an account.
func (a *Accounts) ClearLastOpen() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.read()
	if err != nil || f.Open == "" {
		return err
	}
	f.Open = ""
	return WriteJSON(a.path, f)
}

// Forget removes an account and its token.
func (a *Accounts) Forget(acc Account) error { return a.forget(acc.Key()) }

func (a *Accounts) forget(key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens.remove(key)
	f, err := a.read()
	if err != nil {
		return err
	}
	f.remove(key)
	if f.Open == key {
		f.Open = ""
	}
	if len(f.Accounts) > 0 {
		return WriteJSON(a.path, f)
	}
	if err := os.Remove(a.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Token returns an account's token.
func (a *Accounts) Token(acc Account) (string, error) { return a.tokens.get(acc.Key(), keyringAsks) }

// SetToken keeps an account's token.
func (a *Accounts) SetToken(acc Account, token string) error { return a.tokens.set(acc.Key(), token) }

// DeviceSecret returns the secret by which a portal knows this computer, or an empty text. It survives signing out.
func (a *Accounts) DeviceSecret(portal string) string {
	secret, err := a.tokens.get(deviceKey(portal), keyringWait)
	if err != nil { // without it, signing in still works, except while others guess passwords
		return ""
	}
	return secret
}

// SetDeviceSecret keeps the secret by which a portal knows this computer.
func (a *Accounts) SetDeviceSecret(portal, secret string) error {
	return a.tokens.set(deviceKey(portal), secret)
}

func deviceKey(portal string) string {
	sum := sha256.Sum256([]byte(portal))
	return "device-" + hex.EncodeToString(sum[:8])
}
