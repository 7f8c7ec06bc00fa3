package session

import (
	"context"
	"slices"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// coversSetting is the setting in the replica with the covers that concern the user.
const coversSetting = "covers"

// covers are the covers that concern the user, as the portal last listed them.
type covers struct {
	Mark   string       `json:"mark"` // Self's when they were listed
	Covers []chat.Cover `json:"covers"`
}

// Covers returns who covers for the user, and for whom they cover, until each ends by the portal's clock.
func (s *Session) Covers() []chat.Cover {
	now := s.portalNow()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.covers.Covers), func(c chat.Cover) bool { return c.Until <= now.UnixMilli() })
}

// portalNow is the time by the portal's clock.
func (s *Session) portalNow() time.Time { return s.options.Now().Add(-s.ClockAhead()) }

// untilCoverEnds is the time until the next cover ends. It is 0 if there is none.
func (s *Session) untilCoverEnds() (wait time.Duration) {
	now := s.portalNow()
	for _, c := range s.Covers() {
		if left := time.UnixMilli(c.Until).Sub(now); wait == 0 || left < wait {
			wait = left
		}
	}
	return wait
}

// openCovers reads the covers that the portal listed last.
func (s *Session) openCovers(ctx context.Context) error {
	var last covers
	err := s.Setting(ctx, coversSetting, &last)
	s.setCovers(last)
	return err
}

func (s *Session) setCovers(now covers) {
	s.mu.Lock()
	s.covers = now
	s.mu.Unlock()
	s.replica.SetCovers(now.Covers)
}

// updateCovers asks the portal for the covers if they have changed, as Self says.
func (s *Session) updateCovers(ctx context.Context) error {
	s.updatingCovers.Lock() // or an older list could replace a newer one
	defer s.updatingCovers.Unlock()
	mark := s.Self().Covers
	s.mu.Lock()
	known := s.covers.Mark == mark
	s.mu.Unlock()
	if known {
		return nil
	}
	listed, err := s.ReadCovers(ctx)
	if err != nil {
		return err
	}
	me := s.options.User.ID
	now := covers{mark, slices.DeleteFunc(listed, func(c chat.Cover) bool { return c.Account != me && c.By != me })}
	s.setCovers(now)
	_, err = s.SetSetting(ctx, coversSetting, now)
	s.publisher.publish()
	s.options.Listener.SelfChanged(s)
	return err
}

// ReadCovers asks the portal for the covers that concern the user or, if they are an admin, anyone.
func (s *Session) ReadCovers(ctx context.Context) ([]chat.Cover, error) {
	out, err := Call(ctx, s, portalapi.Covers, &portalapi.Nothing{})
	if err != nil {
		return nil, err
	}
	return out.Body.Covers, nil
}
