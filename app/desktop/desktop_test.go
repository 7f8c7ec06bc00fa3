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
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// office is a real portal with one matter of Maya's, and an App without its window.
type office struct {
	*App
	t      *testing.T
	store  *records.Store
	server *httptest.Server
	maya   chat.Caller
	ana    chat.Caller
	matter string
	toAna  string
	events chan event
	toasts chan alert.Toast
	kept   chan []string // the chats that may keep their toasts
	shown  *fakeTray
	away   atomic.Bool // the portal
}

type event struct {
	name    Event
	matters []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	keyring.MockInitWithError(errors.New("no keyring here")) // the file takes its place
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "portal.db"))
	check(t, err)
	o := &office{t: t}
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
		if o.away.Load() {
			http.Error(w, "maintenance", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	o.start(t.TempDir())
	t.Cleanup(func() {
		o.shutdown()
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
func (o *office) start(data string) {
	o.toasts, o.kept = make(chan alert.Toast, 100), make(chan []string, 100)
	o.App = newApp(Options{Version: "1.2.3", Data: data, Autostart: &fakeAutostart{}, Toasts: fakeToasts{o.toasts, o.kept}, Log: slog.New(slog.DiscardHandler)})
	o.begin()
}

// begin starts the app, which has just been made.
func (o *office) begin() {
	o.events = make(chan event, 10_000)
	events := o.events
	o.emit = func(name Event, matters ...string) { events <- event{name, matters} }
	o.shown = &fakeTray{events: events}
	o.tray = o.shown
	o.undo = 0
	o.App.start()
}

// fakeToasts are toasts that nobody sees.
type fakeToasts struct {
	shown chan<- alert.Toast
	kept  chan<- []string
}

func (f fakeToasts) Show(t alert.Toast) error {
	f.shown <- t
	return nil
}
func (f fakeToasts) Keep(participants ...string) { f.kept <- participants }
func (f fakeToasts) OnClick(func(alert.Toast))   {}

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

// hear waits for an event after which something is true.
func (o *office) hear(name Event, is func(matters []string) bool) {
	o.t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case e := <-o.events:
			if e.name == name && is(e.matters) {
				return
			}
		case <-late:
			o.t.Fatalf("no event %s", name)
		}
	}
}

// until waits for something that is certain to come with some event.
func (o *office) until(what string, is func() bool) {
	o.t.Helper()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-o.events:
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

// untilState waits until the copy has a state, and the tray's note is of it.
func (o *office) untilState(state syncer.State) {
	o.t.Helper()
	noted := note(Freshness{Freshness: syncer.Freshness{State: state}})
	o.until(string(state), func() bool {
		f, err := o.Freshness()
		check(o.t, err)
		o.shown.mu.Lock()
		defer o.shown.mu.Unlock()
		first, _, _ := strings.Cut(o.shown.note, ", ")
		return f.State == state && (first == noted || noted == "" && o.shown.paused)
	})
}

func (o *office) anaSays(text string) {
	o.t.Helper()
	said, err := o.store.Send(context.Background(), o.ana, []records.Outgoing{{ID: uuid.NewString(), Participant: o.toAna, Text: text}})
	check(o.t, err)
	check(o.t, said[0].Err)
}

// alertCount waits until the alerts stand for so many messages.
func (o *office) alertCount(n int) {
	o.t.Helper()
	o.until(fmt.Sprint(n, " new messages"), func() bool {
		alerts, err := o.Alerts()
		check(o.t, err)
		return alert.Unread(alerts) == n
	})
}

// untilToasted waits until it is decided whether a toast shows Ana's newest message.
func (o *office) untilToasted() {
	o.t.Helper()
	s, err := o.current()
	check(o.t, err)
	o.until("decision", func() bool {
		toasted, err := s.replica.Toasted(o.t.Context())
		check(o.t, err)
		alerts, err := o.Alerts()
		check(o.t, err)
		return len(alerts) == 1 && toasted[o.toAna] == alerts[0].Version
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
		{"ErrClient", o.server.URL, "ana@client.example", "right", chat.WrongPassword},
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

// A message raises an alert and one toast; one in the chat that is in sight raises no toast; reading clears
// the alert; a restart repeats nothing.
func TestAlertsAndToasts(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSays("first")
	o.alertCount(1)
	if toast := <-o.toasts; toast.Body != "first" || toast.Participant != o.toAna {
		t.Fatalf("%+v", toast)
	}
	o.InSight(o.toAna)
	o.anaSays("second")
	o.alertCount(2)
	o.untilToasted()
	o.InSight("")
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	check(t, o.MarkRead(o.toAna, c.Messages[0].Version))
	o.alertCount(1)
	o.shutdown()
	if len(o.toasts) != 0 {
		t.Fatalf("a toast for what was in sight: %+v", <-o.toasts)
	}

	o.start(o.options.Data)
	o.alertCount(1)
	o.untilState("current")
	o.anaSays("third")
	o.alertCount(2)
	if toast := <-o.toasts; toast.Body != "third" {
		t.Fatalf("toasted again: %+v", toast)
	}
}

// The toast of a chat goes when the chat has been read, and all of them with the session.
func TestToastsGo(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSays("first")
	if kept := <-o.kept; !slices.Equal(kept, []string{o.toAna}) {
		t.Fatalf("%q", kept)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	check(t, o.MarkRead(o.toAna, c.Messages[0].Version))
	if kept := <-o.kept; len(kept) != 0 {
		t.Fatalf("%q", kept)
	}
	o.anaSays("second")
	<-o.kept
	check(t, o.ShowWayIn())
	if kept := <-o.kept; len(kept) != 0 {
		t.Fatalf("%q", kept)
	}
}

// goAway has the portal away, until comeBack.
func (o *office) goAway() {
	o.t.Helper()
	o.away.Store(true)
	o.server.CloseClientConnections()
	o.untilState("offline")
}

func (o *office) comeBack() {
	o.t.Helper()
	o.away.Store(false)
	check(o.t, o.TryAgain())
	o.untilState("current")
}

// Signing out forgets the token and keeps what was written for the same user's next sign-in.
func TestSignOut(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.server.CloseClientConnections()
	_, err := o.Send(o.toAna, []string{o.toAna}, "kept", false)
	check(t, err)
	check(t, o.SaveDraft(o.toAna, "half a thought", true))
	check(t, o.SignOut())
	if _, err := o.Matters(nil); chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(o.options.Data, "*"))
	check(t, err)
	if names := slices.DeleteFunc(left, func(p string) bool { return filepath.Base(p) == "replicas" }); len(names) != 0 {
		t.Fatalf("left behind: %v", names)
	}
	o.signIn()
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Text != "kept" || c.Draft.Text != "half a thought" || !c.Draft.SetStatus {
		t.Fatalf("%+v", c)
	}
}

// What can still be undone has not left; when the app is quit it leaves at once.
func TestQuitLetsGo(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.undo = replica.MaxUndo
	said, err := o.Send(o.toAna, []string{o.toAna}, "on its way", false)
	check(t, err)
	if said[0].LeavesAt == 0 {
		t.Fatalf("%+v", said)
	}
	o.shutdown()
	page, err := o.store.Changes(t.Context(), o.ana, o.matter, 0, 100)
	check(t, err)
	if len(page.Messages) != 1 || page.Messages[0].ID != said[0].ID {
		t.Fatalf("%+v", page.Messages)
	}
}

// A session that has ended leaves everything as it is on screen, and after the next sign-in goes on with it.
func TestSignInAgain(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	s, err := o.current()
	check(t, err)
	check(t, o.store.EndSession(t.Context(), s.token))
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
		t.Fatalf("the window was taken away: %+v", s)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Delivery != "sent" || c.Draft.Text != "half a thought" {
		t.Fatalf("%+v", c)
	}
}

// A copy that is found damaged while it is open is set aside and pulled again; what is unsent is not in it.
func TestDamaged(t *testing.T) {
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
	o.away.Store(false)
	check(t, o.TryAgain()) // the syncer meets it, or the window does
	_, err = o.Matters(nil)
	o.failure(err)
	o.hear(EventSession, func([]string) bool { return o.Session().Opened == 2 })
	o.until("mended", func() bool {
		f, err := o.Freshness()
		return err == nil && f.Mended != "" && f.State == "current" && f.Waiting == 0
	})
	if toast := <-o.toasts; !strings.Contains(toast.Body, "damaged") {
		t.Fatalf("%+v", toast)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Text != "unsent" {
		t.Fatalf("%+v", c)
	}
}

// That the portal is away is told once in a toast, until it is back.
func TestAwayToast(t *testing.T) {
	o := newOffice(t)
	o.grace = 0
	o.signIn()
	for range 2 {
		o.goAway()
		if toast := <-o.toasts; toast.Title != "Matterline: Offline" || toast.Body == "" {
			t.Fatalf("%+v", toast)
		}
		check(t, o.TryAgain())
		o.comeBack()
	}
	o.shutdown()
	if len(o.toasts) != 0 {
		t.Fatalf("told twice: %+v", <-o.toasts)
	}
}

// While Maya is away Tom sets the status: her message is sent, and does not take the place of what she has not
// seen. She decides, either way.
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

// What the front end is told of an error has a code and a sentence, and nothing of ours.
func TestFailure(t *testing.T) {
	a := newApp(Options{Log: slog.New(slog.DiscardHandler)})
	if got := a.failure(fmt.Errorf("read: %w", chat.ErrNotFound)); got != `{"code":"not_found","message":"This doesn't exist, or you don't have access to it.","field":""}` {
		t.Fatal(got)
	}
	ours := a.failure(errors.New("disk I/O error at /home/maya")).(string)
	if !strings.Contains(ours, `"code":"internal"`) || strings.Contains(ours, "maya") {
		t.Fatal(ours)
	}
}

// A portal that takes the question and never answers holds nobody who wants to go back.
func TestLeaveSignIn(t *testing.T) {
	o := newOffice(t)
	asked := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or it does not hear that nobody waits any more
		close(asked)
		<-r.Context().Done()
	}))
	defer silent.Close()
	over := make(chan error, 1)
	go func() { over <- o.SignIn(silent.URL, "maya@firm.example", "right") }()
	<-asked
	o.LeaveSignIn()
	if err := <-over; err == nil {
		t.Fatal("signed in")
	}
	if s := o.Session(); s.State != "out" {
		t.Fatalf("%+v", s)
	}
}

// Whoever signs out finds their portal's address where they sign in again.
func TestSignOutKeepsTheAddress(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	check(t, o.SignOut())
	if s := o.Session(); s.Portal != o.server.URL {
		t.Fatalf("%+v", s)
	}
}
