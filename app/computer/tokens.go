package computer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// tokens keeps the accounts' tokens in the system's keyring or, while that can't be written, in files that only the
// user can read. A token in a file is newer than the keyring's.
type tokens struct{ dir string }

const keyringService = "Matterline"

// The keyring is another program, which can hang. keyringWait limits each wait for it. Before the app gives up an
// account's token it waits for keyringAsks, as the keyring may be asking for its password.
const (
	keyringWait = 3 * time.Second
	keyringAsks = time.Minute
)

var errKeyringHangs = errors.New("the keyring doesn't answer")

// tokenFiles is held while a token's file is replaced or removed.
var tokenFiles sync.Mutex

func (t tokens) path(key string) string { return filepath.Join(t.dir, key+".token") }

func (t tokens) set(key, token string) error {
	set := make(chan error, 1)
	go func() { set <- keyring.Set(keyringService, key, token) }()
	select {
	case err := <-set:
		if err == nil {
			return t.removeFile(key)
		}
		return t.write(key, token)
	case <-time.After(keyringWait):
		if err := t.write(key, token); err != nil {
			return err
		}
		go func() {
			if <-set == nil { // the user has unlocked it
				t.removeFileOf(key, token)
			}
		}()
		return nil
	}
}

func (t tokens) write(key, token string) error {
	tokenFiles.Lock()
	defer tokenFiles.Unlock()
	return writeText(t.path(key), []byte(token))
}

func (t tokens) removeFile(key string) error {
	tokenFiles.Lock()
	defer tokenFiles.Unlock()
	if err := os.Remove(t.path(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeFileOf removes the file of a token, unless it has a newer one. If it can't, the file stays the newer place.
func (t tokens) removeFileOf(key, token string) {
	tokenFiles.Lock()
	defer tokenFiles.Unlock()
	if text, err := os.ReadFile(t.path(key)); err == nil && string(text) == token {
		_ = os.Remove(t.path(key))
	}
}

// get returns a token. It waits for the keyring for a while.
func (t tokens) get(key string, wait time.Duration) (string, error) {
	newer, err := os.ReadFile(t.path(key))
	if !errors.Is(err, fs.ErrNotExist) {
		return string(newer), err
	}
	type answer struct {
		token string
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		token, err := keyring.Get(keyringService, key)
		got <- answer{token, err}
	}()
	select {
	case a := <-got:
		if a.err != nil {
			return "", errors.Join(a.err, err)
		}
		return a.token, nil
	case <-time.After(wait):
		return "", errors.Join(errKeyringHangs, err)
	}
}

// remove removes a token from both places. It may be in only one of them, so errors say little.
func (t tokens) remove(key string) {
	deleted := make(chan struct{})
	go func() {
		_ = keyring.Delete(keyringService, key)
		close(deleted)
	}()
	select {
	case <-deleted:
	case <-time.After(keyringWait):
	}
	_ = t.removeFile(key)
}
