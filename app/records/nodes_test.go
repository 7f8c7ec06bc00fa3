package records_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// A command such as portald user deactivate signs an account out in its own process. On SQLite there are no notices.
func TestNodeNoticesASignOutByAnotherProgram(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, cancel := context.WithCancel(t.Context())
		program := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t) // shares only the database
		bus, ended := silentBus{make(chan struct{})}, make(chan struct{})
		go func() {
			defer close(ended)
			f.Join(ctx, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
		}()
		defer func() { cancel(); <-ended }()
		token := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{}))(t)
		must(f.Caller(ctx, token))(t) // now cached
		w := f.Watch(f.maya.Account)
		defer w.Close()
		for polled := false; !polled; { // the first poll finds no changes
			if err := program.SetClosed(ctx, f.maya, f.matter, true); err != nil {
				t.Fatal(err)
			}
			if err := program.SetClosed(ctx, f.maya, f.matter, false); err != nil {
				t.Fatal(err)
			}
			bus.poll <- struct{}{}
			select {
			case <-w.Ready():
				polled = true
			default:
			}
		}
		if w.Take().SignedOut {
			t.Fatal("signed out too early")
		}
		if err := program.ResetPassword(ctx, records.Program, f.maya.Account, longPassword); err != nil {
			t.Fatal(err)
		}
		bus.poll <- struct{}{}
		for !w.Take().SignedOut {
			<-w.Ready()
		}
		if _, err := f.Caller(ctx, token); !errors.Is(err, chat.ErrSignedOut) {
			t.Errorf("the old session: %v, want signed out", err)
		}
		if _, err := f.SignInByPassword(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Errorf("the old password: %v", err)
		}
		must(f.SignInByPassword(ctx, "maya", longPassword, chat.Origin{}))(t)
	})
}
