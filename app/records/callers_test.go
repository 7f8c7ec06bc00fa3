package records_test

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// A session's row is gone, and nothing shows that to a look. A store that doesn't look knows after 5 seconds. A node that
// looks knows after a minute.
func TestCallersAreCachedLongerWhileANodeLooks(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		var seconds atomic.Int64
		clock := func() time.Time { return f.clock.Add(time.Duration(seconds.Load()) * time.Second) }
		open := func() *records.Store { return must(records.Open(t.Context(), f.db, clock))(t) }
		alone, node := open(), open()
		bus := silentBus{make(chan string)}
		witness := node.Watch(f.maya)
		defer witness.Close()
		witness.Follow(f.matter)
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			node.Join(ctx, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
		}()
		defer func() { leave(); <-ended }()
		look := func() {
			t.Helper()
			f.send(t, f.maya, f.toAna, "without a notice")
			bus.poll <- ""
			waitFor(t, witness, f.matter)
		}
		look()
		token := must(f.StartSession(t.Context(), f.maya.Account, chat.Origin{}))(t)
		for _, store := range []*records.Store{alone, node} {
			must(store.Caller(t.Context(), token))(t)
		}
		if err := f.db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`DELETE FROM sessions`) }); err != nil {
			t.Fatal(err)
		}
		for _, at := range []struct {
			second            int64
			aloneHas, nodeHas bool
		}{{4, true, true}, {8, false, true}, {30, false, true}, {59, false, true}, {60, false, false}} {
			seconds.Store(at.second)
			look()
			_, err := alone.Caller(t.Context(), token)
			if at.aloneHas != (err == nil) || err != nil && chat.CodeOf(err) != chat.SignedOut {
				t.Errorf("after %d s: %v", at.second, err)
			}
			_, err = node.Caller(t.Context(), token)
			if at.nodeHas != (err == nil) || err != nil && chat.CodeOf(err) != chat.SignedOut {
				t.Errorf("after %d s, at a node: %v", at.second, err)
			}
		}
	})
}

// Another program changes a user's name, and there is no notice of it. A node learns the new name when it looks.
func TestNodeNoticesANewNameByAnotherProgram(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, leave := context.WithCancel(t.Context())
		program := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		bus, ended := silentBus{make(chan string)}, make(chan struct{})
		w := f.Watch(f.maya)
		defer w.Close()
		go func() {
			defer close(ended)
			f.Join(ctx, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
		}()
		defer func() { leave(); <-ended }()
		waitFor(t, w, f.matter) // the first look
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		must(f.Caller(ctx, token))(t)
		if err := program.Rename(ctx, f.maya, "Maya H"); err != nil {
			t.Fatal(err)
		}
		bus.poll <- ""
		for !w.Take().SignedOut {
			<-w.Ready()
		}
		if c := must(f.Caller(ctx, token))(t); c.Name != "Maya H" {
			t.Errorf("still %s", c.Name)
		}
	})
}
