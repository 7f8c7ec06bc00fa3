package records

import (
	"context"
	"testing"

	"matterline/app/chat"
)

const MarksKept = marksKept

var HashSecret = hashSecret

// Migrations are all migrations.
var Migrations = schema()

var fullMemory, fullPasses = hashMemory, hashPasses

// Hashing a password is slow on purpose, and most tests don't need that.
func init() { hashMemory, hashPasses = 64, 1 }

// HashAtFullCost makes a test hash passwords as the portal does.
func HashAtFullCost(t *testing.T) { hashWith(t, fullMemory, fullPasses) }

// HashSlowly makes hashing in a test take longer than a transaction, so that who acts at once acts on the same state.
func HashSlowly(t *testing.T) { hashWith(t, fullMemory, 1) }

func hashWith(t *testing.T, memory, passes uint32) {
	hadMemory, hadPasses := hashMemory, hashPasses
	hashMemory, hashPasses = memory, passes
	t.Cleanup(func() { hashMemory, hashPasses = hadMemory, hadPasses })
}

// SignInByPassword is SignIn without a code.
func (s *Store) SignInByPassword(ctx context.Context, email, password string, from chat.Origin) (token string, err error) {
	in, err := s.SignIn(ctx, email, password, "", from)
	return in.Token, err
}

// ReadSettingsSlowly makes it look as if a stream were reading the recent settings, until done is called.
func (s *Store) ReadSettingsSlowly() (done func()) {
	set := func(reading bool) {
		s.recentSettings.mu.Lock()
		defer s.recentSettings.mu.Unlock()
		s.recentSettings.reading = reading
	}
	set(true)
	return func() { set(false) }
}
