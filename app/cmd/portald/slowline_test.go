package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
	"matterline/app/syncer"
)

const (
	lineSpeed = 3000            // in bytes a second, each way
	lineStall = 6 * time.Second // once, within the first upload
)

// slowLine is a slow TCP line to a portal, which all connections share.
type slowLine struct {
	up, down sync.Mutex
	stall    sync.Once
}

// newSlowLine returns the address of the line's near end.
func newSlowLine(t *testing.T, portal string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := new(slowLine)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", portal)
			if err != nil {
				near.Close()
				continue
			}
			t.Cleanup(func() {
				near.Close()
				far.Close()
			})
			go l.carry(near, far, &l.down, 0)
			go l.carry(far, near, &l.up, 1500)
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

// carry carries bytes at the line's speed. After some bytes, the line stalls once.
func (l *slowLine) carry(to, from net.Conn, way *sync.Mutex, stallAfter int) {
	defer to.Close()
	piece := make([]byte, lineSpeed/10)
	for carried := 0; ; {
		n, err := from.Read(piece)
		if err != nil {
			return
		}
		way.Lock()
		<-time.After(time.Duration(n) * time.Second / lineSpeed)
		way.Unlock()
		if carried += n; stallAfter > 0 && carried > stallAfter {
			l.stall.Do(func() { <-time.After(lineStall) })
		}
		if _, err := to.Write(piece[:n]); err != nil {
			return
		}
	}
}

// A desktop app on a line of 3 kB a second that also stalls for 6 s sends 27 kB at once, with a message of 10,000
// characters. Nothing is rejected.
func TestSlowLineDeliversEverything(t *testing.T) {
	t.Parallel()
	g := startTarget(t)
	client := portalapi.NewClient(newSlowLine(t, g.address), g.user)
	me, err := portalapi.Call(t.Context(), portalapi.NewClient("http://"+g.address, g.user), portalapi.Me, &portalapi.Nothing{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := replica.Open(t.Context(), filepath.Join(t.TempDir(), "lee"), chat.User{ID: me.Body.Account, Name: me.Body.Name}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	changed := make(chan struct{}, 1)
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	r.OnChanged(func([]string) { signal() })
	s := syncer.New(r, client, slog.New(slog.DiscardHandler), func(syncer.Freshness) { signal() })
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	until := func(what string, is func() bool) {
		t.Helper()
		late := time.After(3 * time.Minute) // never reached unless the test fails
		for !is() {
			select {
			case <-changed:
			case <-late:
				t.Fatalf("no %s: %+v", what, s.Freshness())
			}
		}
	}
	until("first sync", func() bool { return s.Freshness().State == syncer.Current })
	texts := make([]string, 7)
	for i := range texts {
		texts[i] = strings.Repeat("x", 2500)
	}
	for _, text := range append(texts, strings.Repeat("x", chat.MaxText)) {
		if _, err := r.Send(t.Context(), replica.Outgoing{Draft: g.chat, To: []string{g.chat}, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	s.Push()
	until("empty outbox", func() bool {
		outbox, err := r.Outbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range outbox {
			if u.State == "rejected" {
				t.Fatalf("rejected: %s", u.Reason)
			}
		}
		return len(outbox) == 0
	})
}
