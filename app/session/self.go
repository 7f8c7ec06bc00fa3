package session

import (
	"context"
	"math/rand/v2"
	"time"

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

// FetchSelf starts to ask the portal about the user, and about the firm's settings. If something has changed, SelfChanged or
// FirmChanged follows.
func (s *Session) FetchSelf() { signal(s.fetchSelf) }

// fetchSpread is the time over which devices spread their FetchSelf after they got the heads.
const fetchSpread = 2 * time.Second

// fetchSelfSoon is FetchSelf after a moment. Heads come in pairs, and after a restart of the portal to all devices at once.
func (s *Session) fetchSelfSoon() {
	if s.fetchesSoon.CompareAndSwap(false, true) {
		time.AfterFunc(rand.N(fetchSpread), func() {
			s.fetchesSoon.Store(false)
			s.FetchSelf()
		})
	}
}

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
			if _, err := s.ReadFirmSettings(ctx); err != nil && ctx.Err() == nil {
				s.options.Log.Info("fetch the firm's settings", "error", err)
			}
		}
	}
}

// selfWait is how long a change to the user's account waits for the portal's description of its result.
const selfWait = 3 * time.Second

// WaitSelf is FetchSelf for callers who need the answer. It waits for it, but not for long.
func (s *Session) WaitSelf(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, selfWait)
	defer cancel()
	if err := s.updateSelf(ctx); err != nil {
		s.FetchSelf()
	}
}

// updateSelf asks the portal about the user, and then for what Self says has changed.
func (s *Session) updateSelf(ctx context.Context) error {
	turn := s.selfTurns.Add(1)
	out, err := Call(ctx, s, portalapi.Me, &portalapi.Nothing{})
	if err == nil {
		err = s.storeSelf(ctx, out.Body, turn)
	}
	if err != nil {
		return err
	}
	return s.updateCovers(ctx)
}

// SetSelf stores what the portal says about the user. If it has changed, SelfChanged follows.
func (s *Session) SetSelf(ctx context.Context, self portalapi.Self) error {
	return s.storeSelf(ctx, self, s.selfTurns.Add(1))
}

// storeSelf stores the answer to the question with this turn, unless the answer to a later one is stored already. When it
// returns, the listener knows of the change.
func (s *Session) storeSelf(ctx context.Context, self portalapi.Self, turn int64) error {
	s.storingSelf.Lock()
	defer s.storingSelf.Unlock()
	if turn < s.selfStored {
		return nil
	}
	s.selfStored = turn
	if s.Self() == self {
		return nil
	}
	s.mu.Lock()
	s.self = self
	s.mu.Unlock()
	_, err := s.SetSetting(ctx, selfSetting, self)
	s.options.Listener.SelfChanged(s)
	return err
}
