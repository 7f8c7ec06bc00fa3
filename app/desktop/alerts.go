package desktop

import (
	"context"

	"matterline/app/alert"
	"matterline/app/session"
	"matterline/app/syncer"
)

// Alerts returns the user's alerts, the newest first.
func (a *App) Alerts() ([]alert.Alert, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]alert.Alert, error) { return s.Alerts(ctx) })
}

// Freshness returns how fresh the copy is.
func (a *App) Freshness() (session.Freshness, error) {
	s, err := a.current()
	if err != nil {
		return session.Freshness{Freshness: syncer.Freshness{State: syncer.SignedOut}}, nil
	}
	return s.Freshness(context.Background())
}

// TryAgain tries to reach the portal now instead of after the wait.
func (a *App) TryAgain() error {
	return a.doAlsoLocked(func(_ context.Context, s *session.Session) error {
		s.Retry()
		return nil
	})
}
