package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	"github.com/zalando/go-keyring"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/session"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// office is a real portal with one matter of Maya's, and an App without a window.
type office struct {
	*App
	controls      *Controls
	t             *testing.T
	store         *records.Store
	server        *httptest.Server
	maya          chat.Caller
	ana           chat.Caller
	matter        string
	toAna         string
	window        *fakeWindow
	icon          *fakeTray
	notifications fakeNotifications
	portal        atomic.Pointer[http.Handler]
	portalAway    atomic.Bool
	reported      chan struct{} // after a request with reports for the audit trail
	browsing      sync.WaitGroup
}

type event struct {
	name    Event
	matters []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	keyring.MockInitWithError(errors.New("no keyring here")) // so tokens are kept in files
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "portal.db"))
	check(t, err)
	o := &office{t: t, reported: make(chan struct{}, 100)}
	o.store, err = records.Open(t.Context(), db, time.Now)
	check(t, err)
	maya, err := o.store.AddAccount(t.Context(), records.Account{Email: "maya@firm.example", Name: "Maya Hart", Password: "right", User: true})
	check(t, err)
	o.maya = chat.Caller{Account: maya, Name: "Maya Hart", User: true}
	ana, err := o.store.AddAccount(t.Context(), records.Account{Email: "ana@client.example", Name: "Ana", Password: "right"})
	check(t, err)
	o.ana = chat.Caller{Account: ana, Name: "Ana"}
	o.matter, err = o.store.AddMatter(t.Context(), chat.Matter{Reference: "1", Title: "Elm Street", Assigned: maya})
	check(t, err)
	o.toAna, err = o.store.AddParticipant(t.Context(), chat.Participant{Matter: o.matter, Name: "Ana", Role: "Client"}, ana)
	check(t, err)
	o.answerFrom(o.store)
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.portalAway.Load() {
			panic(http.ErrAbortHandler) // like a portal that can't be reached
		}
		(*o.portal.Load()).ServeHTTP(w, r)
		if r.URL.Path == portalapi.Prefix+portalapi.ReportActivity.Path {
			o.reported <- struct{}{}
		}
	}))
	o.start(t.TempDir())
	t.Cleanup(func() {
		o.controls.Close()
		o.server.CloseClientConnections()
		o.server.Close()
		o.store.Close()
	})
	t.Cleanup(o.browsing.Wait)
	return o
}

// answerFrom makes the portal at the address have this store.
func (o *office) answerFrom(store *records.Store) {
	handler := portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	o.portal.Store(&handler)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start starts the app on a data folder, as after a restart.
func (o *office) start(data string) { o.startWith(Options{Version: "1.2.3", Data: data}) }

// startAt starts the app again on a computer with another clock.
func (o *office) startAt(now func() time.Time) {
	o.prepare(o.options)
	o.now = now
	o.controls.Start()
}

func (o *office) startWith(options Options) {
	o.prepare(options)
	o.controls.Start()
}

// prepare makes an app, which isn't started.
func (o *office) prepare(options Options) {
	events := make(chan event, 10_000)
	o.notifications = fakeNotifications{make(chan alert.Notification, 100), make(chan []string, 100)}
	options.Autostart, options.Notifications, options.Log = &fakeAutostart{}, o.notifications, slog.New(slog.DiscardHandler)
	o.controls = New(options)
	o.App = o.controls.App()
	o.window, o.icon = &fakeWindow{events: events, browsing: &o.browsing}, &fakeTray{events: events}
	o.controls.SetWindow(o.window)
	o.controls.SetTray(o.icon)
	o.undo = 0
}

// fakeNotifications records the notifications.
type fakeNotifications struct {
	shown chan alert.Notification
	kept  chan []string // the topics whose notifications are kept, without the problem's
}

func (f fakeNotifications) Show(n alert.Notification) { f.shown <- n }
func (f fakeNotifications) KeepOnly(_ string, topics ...string) {
	f.kept <- slices.DeleteFunc(slices.Clone(topics), func(topic string) bool { return topic == alert.ProblemTopic })
}

// fakeWindow passes on the events. choose is the user's answer in the file dialog.
type fakeWindow struct {
	events chan event
	choose func(name string) string
	// browse is what the user does in the browser.
	browse   func(address string)
	browsing *sync.WaitGroup

	mu     sync.Mutex
	unread int
	urgent bool
}

func (f *fakeWindow) Emit(name Event, matters ...string)     { f.events <- event{name, matters} }
func (f *fakeWindow) ChooseFile(name string) (string, error) { return f.choose(name), nil }
func (f *fakeWindow) OpenBrowser(address string) error {
	f.browsing.Add(1)
	defer f.browsing.Done()
	f.browse(address)
	return nil
}
func (f *fakeWindow) Show() { f.events <- event{name: "show"} }
func (f *fakeWindow) SetUnread(n int, urgent bool) {
	f.mu.Lock()
	f.unread, f.urgent = n, urgent
	f.mu.Unlock()
	f.events <- event{name: "unread"}
}

// shows reports whether the window shows this number of unread messages.
func (f *fakeWindow) shows(n int, urgent bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.unread == n && f.urgent == urgent
}

// fakeTray keeps what the tray shows. Each change is an event.
type fakeTray struct {
	events chan<- event
	mu     sync.Mutex
	alert.TrayContent
}

func (f *fakeTray) Show(content alert.TrayContent) {
	f.mu.Lock()
	f.TrayContent = content
	f.mu.Unlock()
	f.events <- event{name: "tray"}
}

func (f *fakeTray) shows(note string, paused bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Note == note && f.Paused == paused
}

func (f *fakeTray) alerts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.Alerts)
}

func (f *fakeTray) note() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Note
}

func (f *fakeTray) away() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Away
}

func (f *fakeTray) signedOut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.SignedOut
}

// waitEvent waits for an event after which a condition is true.
func (o *office) waitEvent(name Event, is func(matters []string) bool) {
	o.t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case e := <-o.window.events:
			if e.name == name && is(e.matters) {
				return
			}
		case <-late:
			o.t.Fatalf("no event %s", name)
		}
	}
}

// until waits for a condition that is certain to become true with some event.
func (o *office) until(what string, is func() bool) {
	o.t.Helper()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-o.window.events:
		case <-late:
			o.t.Fatalf("no %s", what)
		}
	}
}

func (o *office) signIn() {
	o.t.Helper()
	check(o.t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
	o.untilState("current")
}

// untilState waits until the copy has a state and the tray shows it.
func (o *office) untilState(state syncer.State) {
	o.t.Helper()
	note := session.Freshness{Freshness: syncer.Freshness{State: state}}.Note()
	o.until(string(state), func() bool {
		f, err := o.Freshness()
		check(o.t, err)
		o.icon.mu.Lock()
		defer o.icon.mu.Unlock()
		first, _, _ := strings.Cut(o.icon.Note, ", ")
		return f.State == state && (first == note || note == "" && o.icon.Paused)
	})
}

// session is the session in the window, and account its account.
func (o *office) session() *session.Session {
	o.t.Helper()
	s, err := o.current()
	check(o.t, err)
	return s
}

func (o *office) account() computer.Account {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.shown.account
}

func (o *office) anaSends(text string) {
	o.t.Helper()
	said, err := o.store.Send(context.Background(), o.ana, []records.Outgoing{{ID: uuid.NewString(), Participant: o.toAna, Text: text}})
	check(o.t, err)
	check(o.t, said[0].Err)
}

// untilAlerts waits until the alerts stand for this number of messages.
func (o *office) untilAlerts(n int) {
	o.t.Helper()
	o.until(fmt.Sprint(n, " new messages"), func() bool {
		alerts, err := o.Alerts()
		check(o.t, err)
		return alert.Unread(alerts) == n
	})
}

// untilNotified waits until the session has considered Ana's newest message for a notification.
func (o *office) untilNotified() {
	o.t.Helper()
	s, err := o.current()
	check(o.t, err)
	o.until("decision", func() bool {
		notified, err := s.Replica().Notified(o.t.Context())
		check(o.t, err)
		alerts, err := o.Alerts()
		check(o.t, err)
		return len(alerts) == 1 && notified[o.toAna] == alerts[0].Version
	})
}

// goAway makes the portal unavailable, until comeBack.
func (o *office) goAway() {
	o.t.Helper()
	o.portalAway.Store(true)
	o.server.CloseClientConnections()
	o.untilState("offline")
}

func (o *office) comeBack() {
	o.t.Helper()
	o.portalAway.Store(false)
	check(o.t, o.TryAgain())
	o.untilState("current")
}
