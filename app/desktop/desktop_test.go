package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
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
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
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
	portalAway    atomic.Bool
	reported      chan struct{} // after a request with reports for the audit trail
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
	handler := portal.New(o.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.portalAway.Load() {
			panic(http.ErrAbortHandler) // like a portal that can't be reached
		}
		handler.ServeHTTP(w, r)
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
	return o
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
	o.window, o.icon = &fakeWindow{events: events}, &fakeTray{events: events}
	o.controls.SetWindow(o.window)
	o.controls.SetTray(o.icon)
	o.undo = 0
}

// fakeNotifications records the notifications.
type fakeNotifications struct {
	shown chan alert.Notification
	kept  chan []string // the participants whose notifications are kept
}

func (f fakeNotifications) Show(n alert.Notification) error {
	f.shown <- n
	return nil
}
func (f fakeNotifications) KeepOnly(_ string, participants ...string) { f.kept <- participants }

// fakeWindow passes on the events. choose is the user's answer in the file dialog.
type fakeWindow struct {
	events chan event
	choose func(name string) string
}

func (f *fakeWindow) Emit(name Event, matters ...string)     { f.events <- event{name, matters} }
func (f *fakeWindow) ChooseFile(name string) (string, error) { return f.choose(name), nil }

// fakeTray keeps what the tray shows. Each change is an event.
type fakeTray struct {
	events chan<- event
	mu     sync.Mutex
	note   string
	paused bool
}

func (f *fakeTray) Show(_ []alert.Alert, note string, paused bool) {
	f.mu.Lock()
	f.note, f.paused = note, paused
	f.mu.Unlock()
	f.events <- event{name: "tray"}
}

func (f *fakeTray) shows(note string, paused bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.note == note && f.paused == paused
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
		first, _, _ := strings.Cut(o.icon.note, ", ")
		return f.State == state && (first == note || note == "" && o.icon.paused)
	})
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

func TestSignIn(t *testing.T) {
	o := newOffice(t)
	for _, tt := range []struct {
		name, address, email, password string
		code                           chat.Code
	}{
		{"ErrAddress", "not an address", "", "", chat.Malformed},
		{"ErrAddressPlainHTTP", "http://portal.example", "", "", chat.Malformed},
		{"ErrUnreachable", "http://127.0.0.1:1", "", "", chat.Unreachable},
		{"ErrWrongPassword", o.server.URL, "maya@firm.example", "wrong", chat.WrongPassword},
		{"ErrClient", o.server.URL, "ana@client.example", "right", chat.NotAllowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := o.SignIn(tt.address, tt.email, tt.password); chat.CodeOf(err) != tt.code {
				t.Fatal(err)
			}
			if s := o.Session(); s.State != "out" {
				t.Fatalf("%+v", s)
			}
		})
	}
	t.Run("OK", func(t *testing.T) {
		o.signIn()
		if s := o.Session(); s.State != "in" || s.Name != "Maya Hart" || s.Portal != o.server.URL {
			t.Fatalf("%+v", s)
		}
		rows, err := o.Matters(nil)
		check(t, err)
		if len(rows) != 1 || rows[0].Title != "Elm Street" {
			t.Fatalf("%+v", rows)
		}
	})
}

// A message raises an alert and one notification, but no notification in the chat that is in sight. Reading clears the
// alert. A restart repeats nothing.
func TestAlertsAndNotifications(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	o.untilAlerts(1)
	if n := <-o.notifications.shown; n.Body != "first" || n.Participant != o.toAna || n.Account != o.Session().Key {
		t.Fatalf("%+v", n)
	}
	o.SetChatInSight(o.toAna)
	o.anaSends("second")
	o.untilAlerts(2)
	o.untilNotified()
	o.SetChatInSight("")
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	check(t, o.MarkRead(o.toAna, c.Messages[0].Version))
	o.untilAlerts(1)
	o.controls.Close()
	if len(o.notifications.shown) != 0 {
		t.Fatalf("one for the chat in sight: %+v", <-o.notifications.shown)
	}

	o.start(o.options.Data)
	o.untilAlerts(1)
	o.untilState("current")
	o.anaSends("third")
	o.untilAlerts(2)
	if n := <-o.notifications.shown; n.Body != "third" {
		t.Fatalf("shown again: %+v", n)
	}
}

// A chat's notification is withdrawn once the chat is read, and all of them when the session is closed.
func TestNotificationsAreWithdrawn(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	if kept := <-o.notifications.kept; !slices.Equal(kept, []string{o.toAna}) {
		t.Fatalf("%q", kept)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	check(t, o.MarkRead(o.toAna, c.Messages[0].Version))
	if kept := <-o.notifications.kept; len(kept) != 0 {
		t.Fatalf("%q", kept)
	}
	o.anaSends("second")
	<-o.notifications.kept
	check(t, o.ShowStart())
	if kept := <-o.notifications.kept; len(kept) != 0 {
		t.Fatalf("%q", kept)
	}
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

// Signing out removes the token, and keeps unsent messages and drafts for the same user's next sign-in.
func TestSignOut(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.server.CloseClientConnections()
	_, err := o.Send(o.toAna, []string{o.toAna}, "kept", false)
	check(t, err)
	check(t, o.SaveDraft(o.toAna, "half a thought", true))
	check(t, o.SignOut())
	o.background.Wait()
	if _, err := o.Matters(nil); chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(o.options.Data, "*"))
	check(t, err)
	kept := func(path string) bool { // the empty folder, and the secret by which the portal knows this computer
		name := filepath.Base(path)
		return name == "replicas" || strings.HasPrefix(name, "device-")
	}
	if names := slices.DeleteFunc(left, kept); len(names) != 0 {
		t.Fatalf("left behind: %v", names)
	}
	o.signIn()
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Text != "kept" || c.Draft.Text != "half a thought" || !c.Draft.SetStatus {
		t.Fatalf("%+v", c)
	}
}

// The start screen says that matters stayed on this computer.
func TestSignOutThatCannotDelete(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	stuck := filepath.Join(o.options.Data, "replicas", o.Session().Key, "copy.db.damaged", "stuck")
	check(t, os.MkdirAll(stuck, 0o700)) // a folder with something in it can't be deleted like a file
	check(t, o.SignOut())
	if s := o.Session(); s.State != "out" || s.Problem == "" {
		t.Fatalf("%+v", s)
	}
	check(t, os.RemoveAll(filepath.Dir(stuck)))
	o.signIn()
	check(t, o.SignOut())
	if s := o.Session(); s.State != "out" || s.Problem != "" {
		t.Fatalf("%+v", s)
	}
}

// A message that can still be undone is sent when the user quits.
func TestQuitSendsNow(t *testing.T) {
	o := newOffice(t)
	o.undo = replica.MaxUndo
	o.signIn()
	sent, err := o.Send(o.toAna, []string{o.toAna}, "on its way", false)
	check(t, err)
	if sent[0].LeavesAt == 0 {
		t.Fatalf("%+v", sent)
	}
	o.controls.Close()
	page, err := o.store.Changes(t.Context(), o.ana, o.matter, records.Position{}, 100)
	check(t, err)
	if len(page.Messages) != 1 || page.Messages[0].ID != sent[0].ID {
		t.Fatalf("%+v", page.Messages)
	}
}

// After the portal has ended the session, everything stays on screen, and continues after the next sign-in.
func TestSignInAgain(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	token, err := o.accounts.Token(o.account)
	check(t, err)
	check(t, o.store.EndSession(t.Context(), token, chat.Origin{}))
	o.untilState("signed_out")
	_, err = o.Send(o.toAna, []string{o.toAna}, "kept", false)
	check(t, err)
	check(t, o.SaveDraft(o.toAna, "half a thought", false))
	if n, err := o.Unsent(); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
	o.until("kept is sent", func() bool {
		f, err := o.Freshness()
		check(t, err)
		return f.State == "current" && f.Waiting == 0
	})
	if s := o.Session(); s.State != "in" || s.Opened != 1 {
		t.Fatalf("the window was closed: %+v", s)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Delivery != "sent" || c.Draft.Text != "half a thought" {
		t.Fatalf("%+v", c)
	}
}

// A copy that is found damaged while it is open is set aside and pulled again. Unsent messages aren't in it.
func TestDamagedCopyIsRepaired(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.goAway()
	_, err := o.Send(o.toAna, []string{o.toAna}, "unsent", false)
	check(t, err)
	copies, err := filepath.Glob(filepath.Join(o.options.Data, "replicas", "*", "copy.db*"))
	check(t, err)
	for _, file := range copies {
		check(t, os.WriteFile(file, bytes.Repeat([]byte("damaged "), 100_000), 0o600))
	}
	o.portalAway.Store(false)
	check(t, o.TryAgain()) // the syncer notices, or the window
	_, err = o.Matters(nil)
	o.errorJSON(err)
	o.waitEvent(EventSession, func([]string) bool { return o.Session().Opened == 2 })
	o.until("mended", func() bool {
		f, err := o.Freshness()
		return err == nil && f.Mended != "" && f.State == "current" && f.Waiting == 0
	})
	if n := <-o.notifications.shown; !strings.Contains(n.Body, "damaged") {
		t.Fatalf("%+v", n)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Text != "unsent" {
		t.Fatalf("%+v", c)
	}
}

// One notification says that the portal is away, until it is back.
func TestAwayNotification(t *testing.T) {
	o := newOffice(t)
	o.grace = 0
	o.signIn()
	for range 2 {
		o.goAway()
		if n := <-o.notifications.shown; n.Title != "Matterline: Offline" || n.Body == "" {
			t.Fatalf("%+v", n)
		}
		check(t, o.TryAgain())
		o.comeBack()
	}
	o.controls.Close()
	if len(o.notifications.shown) != 0 {
		t.Fatalf("shown twice: %+v", <-o.notifications.shown)
	}
}

// While Maya is offline, Tom sets the status. Her message is sent, but doesn't replace a status she hasn't seen. She
// decides which one stays.
func TestStatusConflict(t *testing.T) {
	for _, mine := range []bool{false, true} {
		t.Run(fmt.Sprintf("mine=%v", mine), func(t *testing.T) {
			o := newOffice(t)
			tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Admin: true})
			check(t, err)
			o.signIn()
			o.goAway()
			_, err = o.Send(o.toAna, []string{o.toAna}, "Exchanged.", true)
			check(t, err)
			theirs := uuid.NewString()
			said, err := o.store.Send(t.Context(), chat.Caller{Account: tom, Name: "Tom", User: true, Admin: true},
				[]records.Outgoing{{ID: theirs, Participant: o.toAna, Text: "Completed.", SetStatus: true}})
			check(t, err)
			check(t, said[0].Err)
			o.comeBack()
			var refused string
			o.until("the conflict", func() bool {
				unsent, err := o.Outbox()
				check(t, err)
				if len(unsent) == 1 && unsent[0].Code == string(chat.Superseded) {
					refused = unsent[0].ID
				}
				return refused != ""
			})
			want := "Completed."
			if mine {
				want = "Exchanged."
				check(t, o.UseMine(refused))
			} else {
				check(t, o.KeepTheirs(refused))
			}
			o.until(want, func() bool {
				c, err := o.Chat(o.toAna, 0)
				check(t, err)
				unsent, err := o.Outbox()
				check(t, err)
				return len(unsent) == 0 && len(c.Messages) == 2 && len(c.Statuses) > 0 && c.Statuses[0].Text == want && c.Statuses[0].EndedAt == 0
			})
		})
	}
}

// The front end gets an error's code and a sentence, and nothing internal.
func TestErrorJSON(t *testing.T) {
	a := newApp(Options{Log: slog.New(slog.DiscardHandler)})
	if got := a.errorJSON(fmt.Errorf("read: %w", chat.ErrNotFound)); got != `{"code":"not_found","message":"This doesn't exist, or you don't have access to it.","field":""}` {
		t.Fatal(got)
	}
	internal := a.errorJSON(errors.New("disk I/O error at /home/maya")).(string)
	if !strings.Contains(internal, `"code":"internal"`) || strings.Contains(internal, "maya") {
		t.Fatal(internal)
	}
}

// A sign-in at a portal that never answers can be cancelled.
func TestCancelSignIn(t *testing.T) {
	o := newOffice(t)
	asked := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server doesn't notice that the client has gone
		close(asked)
		<-r.Context().Done()
	}))
	defer silent.Close()
	over := make(chan error, 1)
	go func() { over <- o.SignIn(silent.URL, "maya@firm.example", "right") }()
	<-asked
	o.CancelSignIn()
	if err := <-over; err == nil {
		t.Fatal("signed in")
	}
	if s := o.Session(); s.State != "out" {
		t.Fatalf("%+v", s)
	}
}

// After signing out, the start screen offers the portal's address.
func TestSignOutKeepsTheAddress(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	check(t, o.SignOut())
	if s := o.Session(); s.Portal != o.server.URL {
		t.Fatalf("%+v", s)
	}
}
