package session

import (
	"context"

	"matterline/app/portalapi"
)

// selfSetting is the setting in the replica with the user as the portal last described them.
const selfSetting = "self"

// Self describes the user as the portal last did. It is empty before the first answer.
func (s *Session) Self() portalapi.Self {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.self
}

// openSelf takes the user from the options, or what the portal said about them last.
func (s *Session) openSelf(ctx context.Context) error {
	if s.self = s.options.Self; s.self.Account == "" {
		return s.Setting(ctx, selfSetting, &s.self)
	}
	_, err := s.SetSetting(ctx, selfSetting, s.self)
	return err
}

// FetchSelf starts to ask the portal about the user. If something has changed, SelfChanged follows.
func (s *Session) FetchSelf() { signal(s.fetchSelf) }

// keepSelf asks the portal about the user whenever FetchSelf asks for it, until ctx ends.
func (s *Session) keepSelf(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.fetchSelf:
			if err := s.updateSelf(ctx); err != nil && ctx.Err() == nil {
				s.options.Log.Info("fetch the user", "error", err)
			}
		}
	}
}

func (s *Session) updateSelf(ctx context.Context) error {
	out, err := Call(ctx, s, portalapi.Me, &portalapi.Nothing{})
	if err != nil {
		return err
	}
	return s.SetSelf(ctx, out.Body)
}

// SetSelf stores what the portal says about the user. If it has changed, SelfChanged follows.
func (s *Session) SetSelf(ctx context.Context, self portalapi.Self) error {
	s.mu.Lock()
	changed := s.self != self
	s.self = self
	s.mu.Unlock()
	if !changed {
		return nil
	}
	_, err := s.SetSetting(ctx, selfSetting, self)
	s.options.Listener.SelfChanged(s)
	return err
}
