package session

import (
	"context"
	"sync/atomic"

	"matterline/app/portalapi"
)

// reminders knows the version of the user's reminders at the portal.
type reminders struct {
	version atomic.Int64
	differ  chan struct{} // asks to compare it with the device's
}

// are notes the version that the heads say.
func (r *reminders) are(version int64) {
	r.version.Store(version)
	signal(r.differ)
}

// keepReminders fetches the user's reminders whenever the portal has others, until ctx ends.
func (s *Session) keepReminders(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.reminders.differ:
			if err := s.updateReminders(ctx); err != nil && ctx.Err() == nil {
				s.options.Log.Info("fetch reminders", "error", err)
			}
		}
	}
}

func (s *Session) updateReminders(ctx context.Context) error {
	have, err := s.replica.RemindersVersion(ctx)
	if err != nil || have == s.reminders.version.Load() {
		return err
	}
	out, err := Call(ctx, s, portalapi.Reminders, &portalapi.Nothing{})
	if err != nil {
		return err
	}
	unsent, err := s.replica.ApplyReminders(ctx, out.Body.Version, out.Body.Reminders)
	if unsent {
		s.syncer.Push()
	}
	return err
}
