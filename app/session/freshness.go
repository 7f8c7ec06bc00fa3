package session

import (
	"context"

	"matterline/app/alert"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// Freshness says how fresh the copy is, and how much in the outbox isn't sent.
type Freshness struct {
	syncer.Freshness
	replica.Backlog
	// Mended is a sentence on what was damaged when the copy was opened, and how it was repaired.
	Mended string `json:"mended"`
}

// Freshness returns how fresh the copy is now.
func (s *Session) Freshness(ctx context.Context) (Freshness, error) {
	backlog, err := s.replica.Backlog(ctx)
	return Freshness{s.syncer.Freshness(), backlog, s.replica.RepairNote()}, err
}

// Connected reports whether the copy is connected to the portal.
func (f Freshness) Connected() bool { return f.State == syncer.Current || f.State == syncer.CatchingUp }

// Note says in a word or two why the copy isn't connected to the portal. It is empty if it is.
func (f Freshness) Note() string {
	if f.Connected() {
		return ""
	}
	switch f.State {
	case syncer.SignedOut:
		return "Signed out"
	case syncer.TooOld:
		return "Portal out of date"
	case syncer.TooNew:
		return "Update needed"
	case syncer.PortalBusy:
		return "Portal busy"
	case syncer.Disk:
		return "Disk problem"
	}
	return "Offline"
}

// Alerts returns the user's alerts, the newest first.
func (s *Session) Alerts(ctx context.Context) ([]alert.Alert, error) {
	news, err := s.replica.UnreadChats(ctx)
	alerts := alert.Due(s.options.User.ID, news, s.Covers())
	for i := range alerts {
		alerts[i].Account = s.options.Key
	}
	return alerts, err
}
