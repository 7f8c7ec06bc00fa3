package desktop

import (
	"context"

	"matterline/app/alert"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// Alerts are the user's alerts, the newest first.
func (a *App) Alerts() ([]alert.Alert, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	return s.alerts(context.Background())
}

func (s *session) alerts(ctx context.Context) ([]alert.Alert, error) {
	news, err := s.replica.News(ctx)
	return alert.Due(s.account.User.ID, news), err
}

// Freshness is how fresh the copy is, and how many messages wait to be sent.
type Freshness struct {
	syncer.Freshness
	replica.Backlog
	// Mended is a sentence on what was found damaged when the copy was opened, and what became of it.
	Mended string `json:"mended"`
}

// Freshness is how fresh the copy is now.
func (a *App) Freshness() (Freshness, error) {
	s, err := a.current()
	if err != nil {
		return Freshness{Freshness: syncer.Freshness{State: syncer.SignedOut}}, nil
	}
	return s.freshness(context.Background())
}

func (s *session) freshness(ctx context.Context) (Freshness, error) {
	backlog, err := s.replica.Backlog(ctx)
	return Freshness{s.syncer.Freshness(), backlog, s.replica.Mended()}, err
}

// TryAgain asks the portal now instead of after the wait.
func (a *App) TryAgain() error {
	s, err := a.current()
	if err != nil {
		return err
	}
	s.syncer.Retry()
	return nil
}
