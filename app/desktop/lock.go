package desktop

import (
	"context"

	"matterline/app/session"
)

// While a copy is locked, the window shows why, and every method that would show something of the copy returns
// copy_locked. What the user typed can still be kept.

// with calls f with the session in the window. It returns signed_out if there is none, and copy_locked if its copy is
// locked.
func with[T any](a *App, f func(context.Context, *session.Session) (T, error)) (T, error) {
	return alsoLocked(a, unlessLocked(f))
}

// alsoLocked is with for calls that show nothing of the copy.
func alsoLocked[T any](a *App, f func(context.Context, *session.Session) (T, error)) (T, error) {
	s, err := a.current()
	return callWith(s, err, f)
}

// inAccount is with for the session of an account, which the window needn't show.
func inAccount[T any](a *App, key string, f func(context.Context, *session.Session) (T, error)) (T, error) {
	s, err := a.sessionOf(key)
	return callWith(s, err, unlessLocked(f))
}

func unlessLocked[T any](f func(context.Context, *session.Session) (T, error)) func(context.Context, *session.Session) (T, error) {
	return func(ctx context.Context, s *session.Session) (T, error) {
		if err := s.Locked(); err != nil {
			var none T
			return none, err
		}
		return f(ctx, s)
	}
}

func callWith[T any](s *session.Session, err error, f func(context.Context, *session.Session) (T, error)) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	v, err := f(context.Background(), s)
	s.ReportError(err)
	return v, err
}

// do is with for calls that return nothing.
func (a *App) do(f func(context.Context, *session.Session) error) error {
	_, err := with(a, nothing(f))
	return err
}

// doAlsoLocked is alsoLocked for calls that return nothing.
func (a *App) doAlsoLocked(f func(context.Context, *session.Session) error) error {
	_, err := alsoLocked(a, nothing(f))
	return err
}

func nothing(f func(context.Context, *session.Session) error) func(context.Context, *session.Session) (struct{}, error) {
	return func(ctx context.Context, s *session.Session) (struct{}, error) { return struct{}{}, f(ctx, s) }
}
