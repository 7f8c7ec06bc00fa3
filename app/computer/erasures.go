package computer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// maxErasures is how many erasures wait for their report at most.
const maxErasures = 20

// Erasure is a copy that this computer must delete, or has deleted and not yet reported to its portal.
type Erasure struct {
	Key    string `json:"key"` // of the account
	Kind   Kind   `json:"kind,omitempty"`
	Portal string `json:"portal"`
	// Why is the portal's sentence.
	Why string `json:"why"`
	// Messages and Drafts are how many the copy had that weren't sent.
	Messages int `json:"messages"`
	Drafts   int `json:"drafts"`
	// Session names the token of the ended session.
	Session string `json:"session"`
	Deleted bool   `json:"deleted"`
}

// Erasures keeps the erasures. Their tokens, with which they are reported, are kept like those of the accounts.
type Erasures struct {
	path   string
	tokens tokens
	log    *slog.Logger
	mu     sync.Mutex
}

// NewErasures keeps the erasures in a folder.
func NewErasures(dir string, log *slog.Logger) *Erasures {
	return &Erasures{path: filepath.Join(dir, "erasures.json"), tokens: tokens{dir}, log: log}
}

// Begin stores that a copy must be deleted, before anything of it is. From then on it is deleted even if the program
// ends. It returns the erasure with its Session.
func (e *Erasures) Begin(x Erasure, token string) (Erasure, error) {
	sum := sha256.Sum256([]byte(token))
	x.Session = "erased-" + hex.EncodeToString(sum[:8])
	e.mu.Lock()
	defer e.mu.Unlock()
	// The token comes after the list: a copy must be deleted also if its report can't be made.
	err := e.put(x)
	return x, errors.Join(err, e.KeepToken(x, token))
}

// KeepToken stores the token with which an erasure is reported. Begin does, unless the disk is full.
func (e *Erasures) KeepToken(x Erasure, token string) error { return e.tokens.set(x.Session, token) }

// SetDeleted stores that a copy is deleted. What is left of the erasure names no person.
func (e *Erasures) SetDeleted(x Erasure) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	x.Deleted = true
	return e.put(x)
}

// List returns the erasures, the oldest first.
func (e *Erasures) List() ([]Erasure, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.read()
}

// Token returns the token with which an erasure is reported.
func (e *Erasures) Token(x Erasure) (string, error) { return e.tokens.get(x.Session, keyringAsks) }

// Remove removes an erasure that was reported.
func (e *Erasures) Remove(x Erasure) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, err := e.read()
	if err != nil {
		return err
	}
	e.tokens.remove(x.Session)
	return writeList(e.path, without(all, x))
}

func without(all []Erasure, x Erasure) []Erasure {
	return slices.DeleteFunc(all, func(other Erasure) bool { return other.Session == x.Session })
}

// put adds an erasure or replaces it; mu is held. When too many wait for their reports, the oldest of these is given up.
func (e *Erasures) put(x Erasure) error {
	all, err := e.read()
	if err != nil {
		return err
	}
	all = append(without(all, x), x)
	for len(all) > maxErasures {
		oldest := slices.IndexFunc(all, func(x Erasure) bool { return x.Deleted })
		if oldest < 0 {
			break
		}
		e.tokens.remove(all[oldest].Session)
		all = slices.Delete(all, oldest, oldest+1)
	}
	return writeList(e.path, all)
}

// accountKey is the form of Account.Key. A key names a folder that is deleted, so nothing else may pass for one.
var accountKey = regexp.MustCompile(`^[0-9a-f]{16}$`)

// read returns no erasures after it set aside a list that can't be parsed.
func (e *Erasures) read() (all []Erasure, err error) {
	broken, err := readJSON(e.path, &all, func() error {
		if slices.ContainsFunc(all, func(x Erasure) bool { return !accountKey.MatchString(x.Key) }) {
			return errors.New("an account's key is malformed")
		}
		return nil
	})
	if broken {
		e.log.Error("read erasures", "error", err)
		return nil, nil
	}
	return all, err
}

// Erase forgets an account and its token, also if the list of accounts can't be read. The secret by which the portal
// knows this computer goes, too, unless another account of the portal needs it.
func (a *Accounts) Erase(x Erasure) error {
	err := a.forget(x.Key)
	accounts, listed := a.List()
	if listed == nil && !slices.ContainsFunc(accounts, func(acc Account) bool { return acc.Portal == x.Portal }) {
		a.tokens.remove(deviceKey(x.Portal))
	}
	return err
}

// RemoveFolder deletes a folder with everything in it, and makes that durable. removed is called after each file. It
// empties the files first, so that a program that has one open, or keeps it from being deleted, can't read it any more.
func RemoveFolder(dir string, removed func()) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, file := range files {
		path := filepath.Join(dir, file.Name())
		if file.Type().IsRegular() && !strings.HasSuffix(path, "-shm") { // that one has no text, and may be mapped into memory
			_ = os.Truncate(path, 0)
		}
		err = errors.Join(err, os.RemoveAll(path))
		removed()
	}
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}
