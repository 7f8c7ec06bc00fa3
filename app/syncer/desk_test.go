package syncer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
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

// desk is a real replica, syncer and portal, with a fault between them.
type desk struct {
	t       *testing.T
	store   *records.Store
	replica *faultyReplica
	client  *portalapi.Client
	syncer  *syncer.Syncer
	maya    chat.Caller
	ana     chat.Caller
	matter  string
	toAna   string
	token   string
	changed chan struct{}
}

// faultyReplica is a replica that tests can make fail, and give items to send that its outbox doesn't hold.
type faultyReplica struct {
	*replica.Replica
	changed func()
	mu      sync.Mutex
	fails   error
	extra   []chat.Unsent // to send before the outbox
	results map[string]chat.Code
	forgot  chan<- string
	taken   int // items in the last Take
}

func (c *faultyReplica) Take(ctx context.Context, limit int) ([]chat.Unsent, error) {
	defer c.changed()
	c.mu.Lock()
	defer c.mu.Unlock()
	unsent, err := c.Replica.Take(ctx, limit)
	unsent = append(slices.Clone(c.extra), unsent...)
	c.taken = len(unsent)
	return unsent, err
}

func (c *faultyReplica) Settle(ctx context.Context, id string) error {
	if c.record(id, "") {
		return nil
	}
	return c.Replica.Settle(ctx, id)
}

func (c *faultyReplica) Reject(ctx context.Context, id string, why *chat.Error) error {
	if c.record(id, why.Code) {
		return nil
	}
	return c.Replica.Reject(ctx, id, why)
}

// record stores the result of an extra item, and reports whether it is one.
func (c *faultyReplica) record(id string, code chat.Code) (extra bool) {
	defer c.changed()
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(c.extra), func(u chat.Unsent) bool { return u.ID == id })
	if extra = len(left) < len(c.extra); extra {
		c.extra, c.results[id] = left, code
	}
	return extra
}

func (c *faultyReplica) addExtra(u ...chat.Unsent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.extra = append(c.extra, u...)
}

func (c *faultyReplica) ConfirmReads(ctx context.Context, reads []chat.Read) error {
	defer c.changed()
	return c.Replica.ConfirmReads(ctx, reads)
}

func (c *faultyReplica) Forget(ctx context.Context, matter string) error {
	select {
	case c.forgot <- matter:
	default:
	}
	return c.Replica.Forget(ctx, matter)
}

func (c *faultyReplica) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fails = err
}

func (c *faultyReplica) Apply(ctx context.Context, page chat.Changes) error {
	c.mu.Lock()
	fails := c.fails
	c.mu.Unlock()
	if fails != nil {
		return fails
	}
	return c.Replica.Apply(ctx, page)
}

// handler answers a request itself, or passes it on to the portal.
type handler func(w http.ResponseWriter, r *http.Request, portal http.Handler)

func passOn(w http.ResponseWriter, r *http.Request, portal http.Handler) { portal.ServeHTTP(w, r) }

// newDesk puts a fault between syncer and portal, and starts the syncer.
func newDesk(t *testing.T, fault handler) *desk {
	t.Helper()
	d := prepareDesk(t, fault)
	d.start()
	return d
}

func prepareDesk(t *testing.T, fault handler) *desk {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	db, err := sqlite.Open(filepath.Join(dir, "portal.db"))
	check(t, err)
	d := &desk{t: t, changed: make(chan struct{}, 1)}
	d.store, err = records.Open(ctx, db, time.Now)
	check(t, err)
	t.Cleanup(func() { d.store.Close() })
	maya, err := d.store.AddAccount(ctx, records.Account{Email: "maya", Name: "Maya", User: true})
	check(t, err)
	d.maya = chat.Caller{Account: maya, Name: "Maya", User: true}
	ana, err := d.store.AddAccount(ctx, records.Account{Email: "ana", Name: "Ana"})
	check(t, err)
	d.ana = chat.Caller{Account: ana, Name: "Ana"}
	d.matter, d.toAna = d.addMatter("Elm Street")
	d.token, err = d.store.StartSession(ctx, maya, chat.Origin{})
	check(t, err)
	handler := portal.New(d.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, handler) }))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	r, err := replica.Open(ctx, filepath.Join(dir, "maya"), chat.User{ID: maya, Name: "Maya"}, time.Now)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	r.OnChanged(func([]string) { d.signal() })
	d.replica = &faultyReplica{Replica: r, changed: d.signal, results: map[string]chat.Code{}}
	d.client = portalapi.NewClient(server.URL, d.token)
	d.syncer = syncer.New(d.replica, d.client, slog.New(slog.DiscardHandler), func(syncer.Freshness) { d.signal() })
	d.syncer.Hurry()
	return d
}

// start runs the syncer until the end of the test, or until stop.
func (d *desk) start() (stop func()) {
	running, cancel := context.WithCancel(context.WithoutCancel(d.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.syncer.Run(running)
	}()
	stop = func() {
		cancel()
		<-done
	}
	d.t.Cleanup(stop)
	return stop
}

// addMatter adds a matter of Maya's with Ana.
func (d *desk) addMatter(title string) (matter, toAna string) {
	d.t.Helper()
	matter, err := d.store.AddMatter(d.t.Context(), chat.Matter{Reference: title, Title: title, Assigned: d.maya.Account})
	check(d.t, err)
	toAna, err = d.store.AddParticipant(d.t.Context(), chat.Participant{Matter: matter, Name: "Ana"}, d.ana.Account)
	check(d.t, err)
	return matter, toAna
}

// anaSends sends a message from Ana at the portal, n times.
func (d *desk) anaSends(chat, text string, n int) {
	d.t.Helper()
	messages := make([]records.Outgoing, n)
	for i := range messages {
		messages[i] = records.Outgoing{ID: uuid.NewString(), Participant: chat, Text: text}
	}
	sent, err := d.store.Send(context.WithoutCancel(d.t.Context()), d.ana, messages)
	check(d.t, err)
	check(d.t, sent[0].Err)
}

// send sends a message from Maya.
func (d *desk) send(chat, text string) {
	d.t.Helper()
	_, err := d.replica.Send(d.t.Context(), replica.Outgoing{Draft: chat, To: []string{chat}, Text: text})
	check(d.t, err)
	d.syncer.Push()
}

func (d *desk) signal() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// until waits for something that always happens.
func (d *desk) until(what string, is func() bool) {
	d.t.Helper()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-d.changed:
		case <-late:
			d.t.Fatalf("no %s: %+v", what, d.syncer.Freshness())
		}
	}
}

func (d *desk) state(want syncer.State) func() bool {
	return func() bool { return d.syncer.Freshness().State == want }
}

// untilCurrent waits until the copy is complete.
func (d *desk) untilCurrent() {
	d.t.Helper()
	d.until("first sync", d.state(syncer.Current))
}

// untilUnsent waits until this many messages are unsent.
func (d *desk) untilUnsent(want int) {
	d.t.Helper()
	d.until(fmt.Sprintf("%d waiting", want), func() bool {
		b, err := d.replica.Backlog(d.t.Context())
		check(d.t, err)
		return b.Waiting == want
	})
}

// shows reports whether a chat's newest message has this text.
func (d *desk) shows(chat, text string) func() bool {
	return func() bool {
		c, err := d.replica.Chat(d.t.Context(), chat, 0)
		return err == nil && len(c.Messages) > 0 && c.Messages[len(c.Messages)-1].Text == text
	}
}

// texts returns a matter's messages at the portal.
func (d *desk) texts(matter string) (texts []string) {
	d.t.Helper()
	page, err := d.store.Changes(d.t.Context(), d.maya, matter, records.Position{}, 2000)
	check(d.t, err)
	for _, m := range page.Messages {
		texts = append(texts, m.Text)
	}
	return texts
}

func isLive(r *http.Request) bool    { return strings.HasSuffix(r.URL.Path, portalapi.Live.Path) }
func isChanges(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/changes") }

// ourFault answers that the portal has a fault.
func ourFault(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusInternalServerError)
	io.WriteString(w, `{"code":"internal","detail":"Our fault."}`)
}

// body reads a request's body, which can be read again.
func body(r *http.Request) string {
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}

// noStream swallows the live stream, so that with NeverRetry the heads are asked for only once.
func noStream(w http.ResponseWriter, r *http.Request, portal http.Handler) {
	if isLive(r) {
		<-r.Context().Done()
		return
	}
	portal.ServeHTTP(w, r)
}

// addUnknownChat adds a chat that the portal doesn't know to the copy, in the place of a change that the copy doesn't know.
// Call it where the heads don't come again: they would show that the copy has another history.
func (d *desk) addUnknownChat() (id string) {
	d.t.Helper()
	id = uuid.NewString()
	have, err := d.replica.KnownOf(d.t.Context(), d.matter)
	check(d.t, err)
	check(d.t, d.store.EditMatter(d.t.Context(), d.maya, chat.Matter{ID: d.matter, Reference: "1", Title: "Elm Street 14", Type: "Sale"}))
	check(d.t, d.replica.Apply(d.t.Context(), chat.Changes{Matter: d.matter, After: have.Version, Version: have.Version + 1,
		Participants: []chat.Participant{{ID: id, Matter: d.matter, Name: "Nobody", Version: have.Version + 1}},
		Messages:     []chat.Message{{ID: uuid.NewString(), Participant: id, Author: id, Text: "boo", Version: have.Version + 1}}}))
	return id
}
