package computer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// tokens keeps the accounts' tokens in the system's keyring or, while that can't be written, in files that only the
// user can read. A token in a file is newer than the keyring's.
type tokens struct{ dir string }

const keyringService = "Matterline"

func (t tokens) path(key string) string { return filepath.Join(t.dir, key+".token") }

func (t tokens) set(key, token string) error {
	if keyring.Set(keyringService, key, token) != nil {
		return writeText(t.path(key), []byte(token))
	}
	if err := os.Remove(t.path(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (t tokens) get(key string) (string, error) {
	newer, err := os.ReadFile(t.path(key))
	if !errors.Is(err, fs.ErrNotExist) {
		return string(newer), err
	}
	token, failed := keyring.Get(keyringService, key)
	if failed != nil {
		return "", errors.Join(failed, err)
	}
	return token, nil
}

// remove removes a token from both places. It may be in only one of them, so errors say little.
func (t tokens) remove(key string) {
	_ = keyring.Delete(keyringService, key)
	_ = os.Remove(t.path(key))
}
