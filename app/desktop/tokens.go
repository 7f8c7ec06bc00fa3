package desktop

import (
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// tokens keeps an account's token in the system's keyring or, where there is none, in a file that only
// its owner can read.
type tokens struct{ dir string }

const keyringService = "Matterline"

func (t tokens) file(acc account) string { return filepath.Join(t.dir, accountKey(acc)+".token") }

func (t tokens) set(acc account, token string) error {
	if keyring.Set(keyringService, accountKey(acc), token) == nil {
		return nil
	}
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(t.file(acc), []byte(token), 0o600)
}

func (t tokens) get(acc account) (string, error) {
	if token, err := keyring.Get(keyringService, accountKey(acc)); err == nil {
		return token, nil
	}
	token, err := os.ReadFile(t.file(acc))
	return string(token), err
}

// remove forgets a token. It lies in one of the two places, so the other always complains.
func (t tokens) remove(acc account) {
	_ = keyring.Delete(keyringService, accountKey(acc))
	_ = os.Remove(t.file(acc))
}
