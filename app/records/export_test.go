package records

import (
	"context"

	"matterline/app/chat"
)

const MarksKept = marksKept

var HashSecret = hashSecret

// Seal encrypts the text of a notice, and Unseal returns it.
func (s *Store) Seal(text string) string { return s.seal(text) }

func (s *Store) Unseal(sealed string) (string, error) { return s.unseal(sealed) }

// Migrations are all migrations.
var Migrations = schema()

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
