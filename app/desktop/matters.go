package desktop

import (
	"context"

	"matterline/app/replica"
	"matterline/app/session"
)

// Matters lists these matters, or all if none is named, by newest activity.
func (a *App) Matters(only []string) ([]replica.MatterRow, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]replica.MatterRow, error) {
		return s.Replica().Matters(ctx, only...)
	})
}

// People returns the names of the participants by matter.
func (a *App) People() (map[string]string, error) {
	return with(a, func(ctx context.Context, s *session.Session) (map[string]string, error) {
		return s.Replica().People(ctx)
	})
}

// Matter returns a matter with its participants. The user has it open, so the syncer pulls it before all others, and an
// admin's view of a matter that isn't theirs is reported to the portal. It returns not_found.
func (a *App) Matter(id string) (replica.Matter, error) {
	return with(a, func(ctx context.Context, s *session.Session) (replica.Matter, error) {
		s.Prefer(id)
		m, err := s.Replica().Matter(ctx, id)
		if err == nil {
			s.ReportView(ctx, m)
		}
		return m, err
	})
}

// Unanswered lists the chats that wait for the firm's answer, in these matters or in all if none is named, the
// longest wait first.
func (a *App) Unanswered(only []string) ([]replica.UnansweredRow, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]replica.UnansweredRow, error) {
		return s.Replica().Unanswered(ctx, only...)
	})
}

// AssignTo assigns a matter to another user once the portal can be reached. It returns not_found.
func (a *App) AssignTo(matter, user string) error {
	return a.change(func(ctx context.Context, r *replica.Replica) error { return r.AssignTo(ctx, matter, user) })
}

// Search finds matters, people and messages.
func (a *App) Search(text string) (replica.Found, error) {
	return with(a, func(ctx context.Context, s *session.Session) (replica.Found, error) {
		return s.Replica().Search(ctx, text)
	})
}
