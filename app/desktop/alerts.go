package desktop

import (
	"context"

	"matterline/app/alert"
	"matterline/app/replica"
	"matterline/app/session"
	"matterline/app/syncer"
)

// Alerts returns the alerts of all accounts, the newest first.
func (a *App) Alerts() ([]alert.Alert, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]alert.Alert, error) {
		alerts, err := s.Alerts(ctx)
		if err != nil {
			return nil, err
		}
		return a.withOthers(s, alerts), nil
	})
}

// MarkAlertRead marks a chat of any account as read up to a version. It returns not_found.
func (a *App) MarkAlertRead(account, participant string, version int64) error {
	return a.changeIn(account, func(ctx context.Context, r *replica.Replica) error { return r.MarkRead(ctx, participant, version) })
}

// SetAlertReminder is SetReminder for a chat of any account.
func (a *App) SetAlertReminder(account, participant string, dueAt, version int64) error {
	return a.changeIn(account, func(ctx context.Context, r *replica.Replica) error {
		return r.SetReminder(ctx, participant, dueAt, version)
	})
}

// changeIn makes a change in the replica of an account, which the syncer sends to the portal.
func (a *App) changeIn(account string, do func(context.Context, *replica.Replica) error) error {
	_, err := inAccount(a, account, nothing(func(ctx context.Context, s *session.Session) error {
		return s.Change(func(r *replica.Replica) error { return do(ctx, r) })
	}))
	return err
}

// withOthers adds the alerts of the other accounts to those of one, and names the accounts if there are several. s may be
// nil.
func (a *App) withOthers(s *session.Session, alerts []alert.Alert) []alert.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.open {
		if o.session != s {
			alerts = append(alerts, o.alerts...) // as the session last published them, so that no account holds up another
		}
	}
	names := a.labels()
	for i := range alerts {
		alerts[i].Firm = names[alerts[i].Account]
	}
	alert.Sort(alerts)
	return alerts
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
