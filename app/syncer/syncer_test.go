package syncer_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk is a real replica, a real syncer and a real portal, with a fault in between.
type desk struct {
	store   *records.Store
	replica *replica.Replica
	syncer  *syncer.Syncer
	maya    chat.Caller
	matter  string
	toAna   string
	token   string
	news    chan struct{}
}

// newDesk puts fault between desktop and portal: it answers a request itself, or hands it on.
func newDesk(t *testing.T, fault func(w http.ResponseWriter, r *http.Request, portal http.Handler)) *desk {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	db, err := sqlite.Open(filepath.Join(dir, "portal.db"))
	check(t, err)
	d := &desk{news: make(chan struct{}, 1)}
	d.store, err = records.Open(ctx, db, time.Now)
	check(t, err)
	maya, err := d.store.AddAccount(ctx, records.Account{Email: "maya", Name: "Maya", User: true})
	check(t, err)
	d.maya = chat.Caller{Account: maya, Name: "Maya", User: true}
	d.matter, err = d.store.AddMatter(ctx, chat.Matter{Reference: "1", Title: "Elm Street", Assigned: maya})
	check(t, err)
	d.toAna, err = d.store.AddParticipant(ctx, chat.Participant{Matter: d.matter, Name: "Ana"}, "")
	check(t, err)
	d.token, err = d.store.StartSession(ctx, maya, "")
	check(t, err)
	handler := portal.New(d.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, handler) }))
	d.replica, err = replica.Open(ctx, filepath.Join(dir, "maya.db"), chat.User{ID: maya, Name: "Maya"}, time.Now)
	check(t, err)
	d.replica.OnChanged(func([]string) { d.tell() })
	d.syncer = syncer.New(d.replica, portalapi.NewClient(server.URL, d.token), slog.New(slog.DiscardHandler), func(syncer.Freshness) { d.tell() })
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.syncer.Run(running)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		server.CloseClientConnections()
		server.Close()
		d.replica.Close()
		d.store.Close()
	})
	return d
}

func (d *desk) tell() {
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// until waits for something that is certain to come.
func (d *desk) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-d.news:
		case <-late:
			t.Fatalf("no %s: %+v", what, d.syncer.Freshness())
		}
	}
}

func (d *desk) state(want syncer.State) func() bool {
	return func() bool { return d.syncer.Freshness().State == want }
}

func (d *desk) sent(t *testing.T) func() bool {
	return func() bool {
		n, err := d.replica.Waiting(t.Context())
		check(t, err)
		return n == 0
	}
}

func honest(w http.ResponseWriter, r *http.Request, portal http.Handler) { portal.ServeHTTP(w, r) }

// The answer to the first attempt is lost on its way: the message is asked for again under its id, and is
// at the portal once.
func TestLostAnswerSendsOnce(t *testing.T) {
	var posts atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method == http.MethodPost && posts.Add(1) == 1 {
			portal.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.until(t, "first sync", d.state(syncer.Current))
	_, err := d.replica.Send(t.Context(), d.toAna, "once", false)
	check(t, err)
	d.syncer.Push()
	d.until(t, "confirmation", d.sent(t))
	page, err := d.store.Changes(t.Context(), d.maya, d.matter, 0, 10)
	check(t, err)
	if len(page.Messages) != 1 || posts.Load() < 1 {
		t.Fatalf("%d messages after %d posts", len(page.Messages), posts.Load())
	}
}

// A portal that fails a while is met again.
func TestComesBack(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if down.Load() {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		portal.ServeHTTP(w, r)
	})
	d.until(t, "offline", func() bool { f := d.syncer.Freshness(); return f.State == syncer.Offline && f.Problem != "" })
	down.Store(false)
	d.syncer.Retry()
	d.until(t, "sync", d.state(syncer.Current))
	if f := d.syncer.Freshness(); f.AsOf == 0 || f.Problem != "" {
		t.Fatalf("%+v", f)
	}
}

// A session that has ended stops the sync and says so; what was written stays.
func TestSignedOut(t *testing.T) {
	d := newDesk(t, honest)
	d.until(t, "first sync", d.state(syncer.Current))
	check(t, d.store.EndSession(t.Context(), d.token))
	_, err := d.replica.Send(t.Context(), d.toAna, "kept", false)
	check(t, err)
	d.syncer.Push()
	d.until(t, "sign-out", d.state(syncer.SignedOut))
	if n, err := d.replica.Waiting(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d wait, %v", n, err)
	}
}

// What the portal refuses holds back nothing behind it.
func TestRejection(t *testing.T) {
	d := newDesk(t, honest)
	d.until(t, "first sync", d.state(syncer.Current))
	check(t, d.replica.Apply(t.Context(), chat.Changes{Matter: d.matter, After: 0, Version: 1 << 30,
		Participants: []chat.Participant{{ID: "never was", Matter: d.matter, Name: "Nobody"}}}))
	for _, to := range []string{"never was", d.toAna} {
		_, err := d.replica.Send(t.Context(), to, "hello", false)
		check(t, err)
	}
	d.syncer.Push()
	d.until(t, "confirmation", d.sent(t))
	c, err := d.replica.Chat(t.Context(), "never was", 0)
	check(t, err)
	if m := c.Messages[0]; m.Delivery != "rejected" || m.Reason != chat.ErrNotFound.Message {
		t.Fatalf("%+v", m)
	}
	page, err := d.store.Changes(t.Context(), d.maya, d.matter, 0, 10)
	check(t, err)
	if len(page.Messages) != 1 {
		t.Fatalf("%+v", page.Messages)
	}
}
