package desktop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"matterline/app/chat"
)

// account is a sign-in that this computer remembers. Its token lies in the keyring.
type account struct {
	Portal string    `json:"portal"`
	User   chat.User `json:"user"`
	Demo   bool      `json:"demo"`
}

// replicaDir is where an account's replica lies: one folder for each portal and user.
func (a *App) replicaDir(acc account) string {
	return filepath.Join(a.options.Data, "replicas", accountKey(acc))
}

// accountKey names an account in files and in the keyring. The demo's portal may listen anywhere.
func accountKey(acc account) string {
	portal := acc.Portal
	if acc.Demo {
		portal = "demo"
	}
	sum := sha256.Sum256([]byte(portal + "\n" + acc.User.ID))
	return hex.EncodeToString(sum[:8])
}

func (a *App) accountFile() string { return filepath.Join(a.options.Data, "account.json") }

func (a *App) remember(acc account, token string) error {
	if err := os.MkdirAll(a.options.Data, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(acc)
	if err != nil {
		return err
	}
	if err := a.tokens.set(acc, token); err != nil {
		return err
	}
	return os.WriteFile(a.accountFile(), text, 0o600)
}

func (a *App) remembered() (acc account, err error) {
	text, err := os.ReadFile(a.accountFile())
	if err != nil {
		return acc, err
	}
	return acc, json.Unmarshal(text, &acc)
}

func (a *App) forget(acc account) error {
	a.tokens.remove(acc)
	if err := os.Remove(a.accountFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
