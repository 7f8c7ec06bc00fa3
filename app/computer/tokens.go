package computer

import (
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// tokens keeps the accounts' tokens in the system's keyring or, where there is none, in files that only the user
// can read.
type tokens struct{ dir string }

const keyringService = "Matterline"

func (t tokens) path(key string) string { return filepath.Join(t.dir, key+".token") }

func (t tokens) set(key, token string) error {
	if keyring.Set(keyringService, key, token) == nil {
		return nil
	}
	return writeText(t.path(key), []byte(token))
}

func (t tokens) get(key string) (string, error) {
	if token, err := keyring.Get(keyringService, key); err == nil {
		return token, nil
	}
	token, err := os.ReadFile(t.path(key))
	return string(token), err
}

// remove removes a token from both places. It is in one of them, so the other always returns an error.
func (t tokens) remove(key string) {
	_ = keyring.Delete(keyringService, key)
	_ = os.Remove(t.path(key))
}
