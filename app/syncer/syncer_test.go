package syncer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

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
}

func (c *faultyReplica) Take(ctx context.Context, limit int) ([]chat.Unsent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unsent, err := c.Replica.Take(ctx, limit)
	return append(slices.Clone(c.extra), unsent...), err
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

// The answer to the first attempt is lost. The message is sent again with the same id, and the portal has it once.
func TestLostAnswerSendsOnce(t *testing.T) {
	var posts atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method == http.MethodPost && posts.Add(1) == 1 {
			portal.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	d.send(d.toAna, "once")
	d.untilUnsent(0)
	if texts := d.texts(d.matter); len(texts) != 1 || posts.Load() < 1 {
		t.Fatalf("%v after %d posts", texts, posts.Load())
	}
}

func TestReconnectsAfterThePortalFailed(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if down.Load() {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		portal.ServeHTTP(w, r)
	})
	d.until("busy portal", func() bool {
		f := d.syncer.Freshness()
		return f.State == syncer.PortalBusy && f.Problem != "" && f.Next == syncer.TryAgain
	})
	down.Store(false)
	d.syncer.Retry()
	d.untilCurrent()
	if f := d.syncer.Freshness(); f.AsOf == 0 || f.Problem != "" || f.Next != "" {
		t.Fatalf("%+v", f)
	}
}

// An ended session stops the sync. Messages stay in the outbox until the next sign-in.
func TestSignedOut(t *testing.T) {
	d := newDesk(t, passOn)
	d.untilCurrent()
	check(t, d.store.EndSession(t.Context(), d.token, chat.Origin{}))
	d.send(d.toAna, "kept")
	d.until("sign-out", d.state(syncer.SignedOut))
	if f := d.syncer.Freshness(); f.Next != syncer.SignIn || f.Problem != chat.ErrSignedOut.Message {
		t.Fatalf("%+v", f)
	}
	d.untilUnsent(1)
	token, err := d.store.StartSession(t.Context(), d.maya.Account, chat.Origin{})
	check(t, err)
	d.client.SetToken(token)
	d.syncer.Retry()
	d.untilUnsent(0)
	d.untilCurrent()
}

func TestRejectedMessageDoesNotBlockTheNext(t *testing.T) {
	d := prepareDesk(t, noStream)
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	stranger := d.addUnknownChat()
	d.send(stranger, "hello")
	d.send(d.toAna, "hello")
	d.untilUnsent(0)
	c, err := d.replica.Chat(t.Context(), stranger, 0)
	check(t, err)
	if m := c.Messages[1]; m.Delivery != "rejected" || m.Reason != chat.ErrNotFound.Message {
		t.Fatalf("%+v", m)
	}
	if texts := d.texts(d.matter); len(texts) != 1 {
		t.Fatal(texts)
	}
}

// noStream swallows the live stream, so that with NeverRetry the heads are asked for only once.
func noStream(w http.ResponseWriter, r *http.Request, portal http.Handler) {
	if isLive(r) {
		<-r.Context().Done()
		return
	}
	portal.ServeHTTP(w, r)
}

// addUnknownChat adds a chat that the portal doesn't know to the copy. Call it where the heads don't come again: they
// would show that the copy is ahead.
func (d *desk) addUnknownChat() (id string) {
	d.t.Helper()
	id = uuid.NewString()
	have, err := d.replica.KnownOf(d.t.Context(), d.matter)
	check(d.t, err)
	check(d.t, d.replica.Apply(d.t.Context(), chat.Changes{Matter: d.matter, After: have.Version, Version: have.Version + 1,
		Participants: []chat.Participant{{ID: id, Matter: d.matter, Name: "Nobody", Version: have.Version + 1}},
		Messages:     []chat.Message{{ID: uuid.NewString(), Participant: id, Author: id, Text: "boo", Version: have.Version + 1}}}))
	return id
}

// A message that is sent while its matter is pulled arrives, although the portal read the page before it.
func TestEventDuringPull(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	var held atomic.Bool
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if !isChanges(r) {
			portal.ServeHTTP(w, r)
			return
		}
		old := httptest.NewRecorder()
		portal.ServeHTTP(old, r)
		if held.CompareAndSwap(false, true) { // only the first
			close(asked)
			<-answer
		}
		for name, values := range old.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(old.Code)
		w.Write(old.Body.Bytes())
	})
	t.Cleanup(release)
	d.start()
	<-asked
	d.anaSends(d.toAna, "meanwhile", 1)
	other, toAna := d.addMatter("Oak Street") // and the pull does not delay other matters
	d.anaSends(toAna, "elsewhere", 1)
	d.until("the other matter", d.shows(toAna, "elsewhere"))
	if f := d.syncer.Freshness(); f.State != syncer.CatchingUp || f.Total == 0 {
		t.Fatalf("%+v, %s", f, other)
	}
	release()
	d.until("the message", d.shows(d.toAna, "meanwhile"))
	d.untilCurrent()
}

// The matter that the user looks at is pulled next, even while long matters are being pulled.
func TestPrefer(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	started, resume := make(chan struct{}, 10), make(chan struct{})
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isChanges(r) {
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			started <- struct{}{}
			<-resume
		}
		portal.ServeHTTP(w, r)
	})
	for _, title := range []string{"Long", "Longer"} { // newer than the first, so they come before it
		_, to := d.addMatter(title)
		d.anaSends(to, "again and again", 1600)
	}
	d.start()
	<-started
	<-started
	d.syncer.Prefer(d.matter)
	go func() {
		for range started {
		}
	}()
	close(resume)
	d.untilCurrent()
	close(started)
	mu.Lock()
	defer mu.Unlock()
	at := 0
	for i, path := range asked {
		if strings.Contains(path, d.matter) {
			at = i
		}
	}
	if at == 0 || at > 5 || len(asked) < 8 {
		t.Fatalf("it was asked for as number %d of %d", at, len(asked))
	}
}

// A Retry right after a live stream has ended starts the next stream at once. (Missing it made a desktop poll for 10 s
// after the portal restarted.)
func TestRetryRightAfterTheStreamEnds(t *testing.T) {
	again := make(chan struct{})
	var streams atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isLive(r) {
			switch streams.Add(1) {
			case 1:
				return
			case 2:
				close(again)
			}
		}
		portal.ServeHTTP(w, r)
	})
	log := onLog{slog.DiscardHandler, func(message string) {
		if message == "live stream ended" && streams.Load() == 1 {
			d.syncer.Retry()
		}
	}}
	d.syncer = syncer.New(d.replica, d.client, slog.New(log), func(syncer.Freshness) { d.signal() })
	d.syncer.NeverRetry()
	d.start()
	select {
	case <-again:
	case <-time.After(20 * time.Second):
		t.Fatal("no second stream")
	}
}

// onLog calls a function for each log message.
type onLog struct {
	slog.Handler
	call func(message string)
}

func (h onLog) Enabled(context.Context, slog.Level) bool { return true }

func (h onLog) Handle(_ context.Context, r slog.Record) error {
	h.call(r.Message)
	return nil
}

// A stream that keeps breaking stops neither sending nor pulling.
func TestBrokenStream(t *testing.T) {
	var posts, pulls atomic.Int32
	sending, broken := make(chan struct{}), make(chan struct{})
	var streams atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			if streams.Add(1) == 1 {
				ctx, cancel := context.WithCancel(r.Context())
				go func() {
					<-sending
					cancel()
				}()
				portal.ServeHTTP(w, r.WithContext(ctx))
				return
			}
			if streams.Load() == 3 {
				close(broken)
			}
			panic(http.ErrAbortHandler)
		case r.Method == http.MethodPost:
			posts.Add(1)
			close(sending)
			<-broken
		case isChanges(r):
			pulls.Add(1)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	d.send(d.toAna, "through it all")
	d.untilUnsent(0)
	if posts.Load() != 1 {
		t.Fatalf("%d posts", posts.Load())
	}
	d.anaSends(d.toAna, "still here", 1)
	d.until("the message", d.shows(d.toAna, "still here"))
	if f := d.syncer.Freshness(); f.State == syncer.Offline {
		t.Fatalf("%+v", f)
	}
}

// A message without an answer, or one that breaks every request that contains it, delays only its own chat.
func TestFailedChatDoesNotDelayOthers(t *testing.T) {
	for _, fault := range []string{"hangs", "breaks", "fails", "is left out"} {
		t.Run(fault, func(t *testing.T) {
			var poison atomic.Bool
			poison.Store(true)
			hanging := make(chan struct{}, 100)
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if r.Method != http.MethodPost || !poison.Load() || !strings.Contains(body(r), "poison") {
					portal.ServeHTTP(w, r)
					return
				}
				switch fault {
				case "hangs":
					hanging <- struct{}{}
					<-r.Context().Done()
				case "breaks":
					panic(http.ErrAbortHandler)
				case "fails":
					ourFault(w)
				case "is left out":
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, `{"results":[]}`)
				}
			})
			d.untilCurrent()
			oak, toOak := d.addMatter("Oak Street")
			d.anaSends(toOak, "hello", 1)
			d.until("the other matter", d.shows(toOak, "hello"))
			d.send(d.toAna, "poison")
			if fault == "hangs" {
				<-hanging
			}
			d.send(d.toAna, "behind it")
			d.send(toOak, "not held back")
			d.untilUnsent(2)
			if texts := d.texts(oak); len(texts) != 2 {
				t.Fatal(texts)
			}
			if fault == "hangs" {
				return
			}
			d.until("the problem", func() bool { return d.syncer.Freshness().Problem != "" })
			poison.Store(false)
			d.untilUnsent(0)
			if texts := d.texts(d.matter); fmt.Sprint(texts) != "[poison behind it]" {
				t.Fatal(texts)
			}
			d.until("the end of the problem", func() bool { f := d.syncer.Freshness(); return f.Problem == "" && f.State == syncer.Current })
		})
	}
}

// Only the failed item of a batch is sent again.
func TestInternalResult(t *testing.T) {
	var posts atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method != http.MethodPost || posts.Add(1) > 1 {
			portal.ServeHTTP(w, r)
			return
		}
		in := body(r)
		var sent struct{ Messages []portalapi.Outgoing }
		check(t, json.Unmarshal([]byte(in), &sent))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"results":[{"id":%q,"error":{"code":"internal","detail":"Our fault."}}]}`, sent.Messages[0].ID)
	})
	d.untilCurrent()
	d.send(d.toAna, "again")
	d.untilUnsent(0)
	if posts.Load() != 2 {
		t.Fatalf("%d posts", posts.Load())
	}
}

// Many read marks share a request. One for a removed chat doesn't hold back the others.
func TestReads(t *testing.T) {
	var puts atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method == http.MethodPut {
			puts.Add(1)
		}
		noStream(w, r, portal)
	})
	d.syncer.NeverRetry()
	d.anaSends(d.toAna, "read me", 1)
	d.start()
	d.until("the message", d.shows(d.toAna, "read me"))
	d.untilCurrent()
	for _, id := range []string{d.addUnknownChat(), d.toAna} {
		c, err := d.replica.Chat(t.Context(), id, 0)
		check(t, err)
		check(t, d.replica.MarkRead(t.Context(), id, c.Messages[0].Version))
	}
	d.syncer.Push()
	d.until("the marks", func() bool {
		left, err := d.replica.UnsentReads(t.Context())
		check(t, err)
		page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
		check(t, err)
		return len(left) == 0 && len(page.Reads) == 1
	})
	// Both together and then each alone, or only each alone if the first was sent before the second was set.
	if n := puts.Load(); n != 3 && n != 2 {
		t.Fatalf("%d requests", n)
	}
}

// Each obstacle between syncer and portal has its own state and sentence.
func TestStates(t *testing.T) {
	answer := func(status int, kind, text string) handler {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, text)
		}
	}
	heads := func(level, needs int) handler {
		return answer(http.StatusOK, "application/json", fmt.Sprintf(`{"epoch":"e","level":%d,"needs":%d,"matters":[]}`, level, needs))
	}
	for _, tt := range []struct {
		name  string
		fault handler
		want  syncer.State
		says  string
	}{
		{"Offline", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, syncer.Offline, "reach the portal"},
		{"Busy", answer(http.StatusServiceUnavailable, "text/html", "<h1>maintenance</h1>"), syncer.PortalBusy, "busy or restarting"},
		{"Slow", answer(http.StatusRequestTimeout, "text/html", ""), syncer.Offline, "too slow"},
		{"InternalError", answer(http.StatusInternalServerError, "application/problem+json", `{"code":"internal","detail":"Something went wrong at the portal."}`), syncer.Offline, "went wrong at the portal"},
		{"CaptivePage", answer(http.StatusOK, "text/html", "<h1>Free Wi-Fi</h1>"), syncer.Proxy, "answered instead of the portal"},
		{"Firewall", answer(http.StatusForbidden, "application/json", `{"code":"malformed","detail":"Blocked."}`), syncer.Proxy, "answered instead of the portal"},
		{"TooOld", heads(0, 0), syncer.TooOld, "too old for this version"},
		{"TooNew", heads(99, 99), syncer.TooNew, "needs a newer version"},
		{"Proxy", answer(http.StatusProxyAuthRequired, "text/html", ""), syncer.Proxy, "requires a name and password"},
		{"SignedOut", answer(http.StatusUnauthorized, "application/problem+json", `{"code":"signed_out","detail":"You are signed out. Please sign in again."}`), syncer.SignedOut, "signed out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var gone atomic.Bool
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if gone.Load() {
					portal.ServeHTTP(w, r)
					return
				}
				tt.fault(w, r, portal)
			})
			d.until("state", d.state(tt.want))
			if f := d.syncer.Freshness(); !strings.Contains(f.Problem, tt.says) || f.Next == "" || f.Code == "" {
				t.Fatalf("%+v", f)
			}
			gone.Store(true)
			d.syncer.Retry()
			d.untilCurrent()
		})
	}
}

// A full disk has its own state. When it works again, missing changes are pulled.
func TestDisk(t *testing.T) {
	d := prepareDesk(t, passOn)
	d.replica.fail(chat.Errorf(chat.DiskFull, "", "The disk is full."))
	d.start()
	d.until("the state", d.state(syncer.Disk))
	if f := d.syncer.Freshness(); f.Problem != "The disk is full." || f.Code != chat.DiskFull {
		t.Fatalf("%+v", f)
	}
	d.replica.fail(nil)
	d.syncer.Retry()
	d.untilCurrent()
}

// A wrong clock stops nothing, but the user gets a warning.
func TestClock(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		w.Header().Set("Date", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	if f := d.syncer.Freshness(); !strings.HasPrefix(f.Warning, "This computer's clock is 2 hours behind.") && !strings.HasPrefix(f.Warning, "This computer's clock is 3 hours behind.") {
		t.Fatalf("%+v", f)
	}
}

// A matter that the portal can't read doesn't delay the others.
func TestFailedMatterDoesNotDelayOthers(t *testing.T) {
	var healed atomic.Bool
	var broken atomic.Value
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isChanges(r) && !healed.Load() && strings.Contains(r.URL.Path, broken.Load().(string)) {
			ourFault(w)
			return
		}
		portal.ServeHTTP(w, r)
	})
	broken.Store(d.matter)
	_, toOak := d.addMatter("Oak Street")
	d.anaSends(toOak, "hello", 1)
	d.start()
	d.until("the other matter", d.shows(toOak, "hello"))
	d.until("the problem", func() bool {
		f := d.syncer.Freshness()
		return f.State == syncer.CatchingUp && f.Problem == "Our fault."
	})
	healed.Store(true)
	d.untilCurrent()
}

// Decisions are sent in order. A status names the status that its writer saw, and is rejected if another is current.
func TestDecisions(t *testing.T) {
	var lost atomic.Bool
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/status") && lost.CompareAndSwap(false, true) { // the repeated request changes nothing
			portal.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	tom, err := d.store.AddAccount(t.Context(), records.Account{Email: "tom", Name: "Tom", User: true})
	check(t, err)
	d.send(d.toAna, "first")
	d.send(d.toAna, "second")
	d.untilUnsent(0)
	page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
	check(t, err)
	first, second := page.Messages[0].ID, page.Messages[1].ID
	none := ""
	d.replica.addExtra(
		chat.Unsent{ID: "1", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: first, SawStatus: &none},
		chat.Unsent{ID: "2", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: second, SawStatus: &none},
		chat.Unsent{ID: "3", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: "", SawStatus: &first},
		chat.Unsent{ID: "4", Kind: chat.AssignMatter, Matter: d.matter, Assigned: tom},
		chat.Unsent{ID: "5", Kind: chat.AssignMatter, Matter: d.matter, Assigned: "nobody"},
	)
	d.syncer.Push()
	d.until("the decisions", func() bool {
		d.replica.mu.Lock()
		defer d.replica.mu.Unlock()
		return len(d.replica.results) == 5
	})
	want := map[string]chat.Code{"1": "", "2": chat.Superseded, "3": "", "4": "", "5": chat.NotFound}
	if !maps.Equal(d.replica.results, want) {
		t.Fatal(d.replica.results)
	}
	page, err = d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
	check(t, err)
	if page.Info.Assigned != tom || len(page.Statuses) != 1 || page.Statuses[0].EndedAt == 0 {
		t.Fatalf("%+v", page)
	}
}

// A copy that is newer than its portal, which was restored from a backup, is pulled again.
func TestCopyAheadOfThePortal(t *testing.T) {
	d := newDesk(t, passOn)
	d.anaSends(d.toAna, "hello", 1)
	d.until("the message", d.shows(d.toAna, "hello"))
	d.untilCurrent()
	d.addUnknownChat()
	d.syncer.Retry()
	d.until("the portal's version", func() bool {
		have, err := d.replica.KnownOf(t.Context(), d.matter)
		check(t, err)
		page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
		check(t, err)
		return have.Version == page.Version
	})
	d.untilCurrent()
}

// The portal has lost a message of Maya's. Her copy sends it again as soon as it's pulled, without a push.
func TestSendsAgainWhatThePortalLost(t *testing.T) {
	d := newDesk(t, passOn)
	d.untilCurrent()
	have, err := d.replica.KnownOf(t.Context(), d.matter)
	check(t, err)
	check(t, d.replica.Apply(t.Context(), chat.Changes{Matter: d.matter, After: have.Version, Version: have.Version + 1,
		Messages: []chat.Message{{ID: uuid.NewString(), Participant: d.toAna, Author: d.maya.Account, Text: "lost", Version: have.Version + 1}}}))
	d.syncer.Retry()
	d.until("the message at the portal", func() bool { return slices.Equal(d.texts(d.matter), []string{"lost"}) })
}
