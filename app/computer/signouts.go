package computer

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
)

// maxSignOuts is how many sign-outs wait at most. A portal ends older sessions by itself.
const maxSignOuts = 20

// SignOut is a session that has ended on this computer, but perhaps not at its portal.
type SignOut struct {
	Portal string `json:"portal"`
	Key    string `json:"key"` // of the token
}

// SignOuts keeps the sign-outs that a portal hasn't confirmed. Their tokens are kept like those of the accounts.
type SignOuts struct {
	path   string
	tokens tokens
	log    *slog.Logger
	mu     sync.Mutex
}

// NewSignOuts keeps the sign-outs in a folder.
func NewSignOuts(dir string, log *slog.Logger) *SignOuts {
	return &SignOuts{path: filepath.Join(dir, "signouts.json"), tokens: tokens{dir}, log: log}
}

// Add adds a session that the portal must end. When there are too many, the oldest is given up.
func (s *SignOuts) Add(portal, token string) error {
	sum := sha256.Sum256([]byte(token))
	added := SignOut{Portal: portal, Key: "signout-" + hex.EncodeToString(sum[:8])}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o SignOut) bool { return o == added })
	for len(all) >= maxSignOuts {
		s.tokens.remove(all[0].Key)
		all = all[1:]
	}
	if err := s.tokens.set(added.Key, token); err != nil {
		return err
	}
	return WriteJSON(s.path, append(all, added))
}

// List returns the sign-outs, the oldest first.
func (s *SignOuts) List() ([]SignOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read()
}

// Token returns the token of the session that must end.
func (s *SignOuts) Token(o SignOut) (string, error) { return s.tokens.get(o.Key, keyringAsks) }

// Remove removes a sign-out with its token.
func (s *SignOuts) Remove(o SignOut) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.remove(o.Key)
	all, err := s.read()
	if err != nil {
		return err
	}
	return writeList(s.path, slices.DeleteFunc(all, func(other SignOut) bool { return other == o }))
}

// read returns no sign-outs after it set aside a list that can't be parsed.
func (s *SignOuts) read() (all []SignOut, err error) {
	broken, err := readJSON(s.path, &all, func() error { return nil })
	if broken {
		s.log.Error("read sign-outs", "error", err)
		return nil, nil
	}
	return all, err
}
