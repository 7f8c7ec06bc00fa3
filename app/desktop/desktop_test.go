package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/zalando/go-keyring"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// office is a real portal with one matter of Maya's, and an App without its window.
type office struct {
	*App
	t      *testing.T
	store  *records.Store
	server *httptest.Server
	ana    chat.Caller
	matter string
	toAna  string
	events chan event
	toasts chan alert.Toast
}

type event struct {
	name string
	data any
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
	ana, err := o.store.AddAccount(t.Context(), records.Account{Email: "ana@client.example", Name: "Ana", Password: "right"})
	check(t, err)
	o.ana = chat.Caller{Account: ana, Name: "Ana"}
	o.matter, err = o.store.AddMatter(t.Context(), chat.Matter{Reference: "1", Title: "Elm Street", Assigned: maya})
	check(t, err)
	o.toAna, err = o.store.AddParticipant(t.Context(), chat.Participant{Matter: o.matter, Name: "Ana", Role: "Client"}, ana)
	check(t, err)
	o.server = httptest.NewServer(portal.New(o.store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
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
	o.events, o.toasts = make(chan event, 1000), make(chan alert.Toast, 100)
	events, toasts := o.events, o.toasts
	o.App = newApp(Options{Data: data, Log: slog.New(slog.DiscardHandler), Toast: func(t alert.Toast) error {
		toasts <- t
		return nil
	}})
	o.emit = func(name string, data any) { events <- event{name, data} }
	o.App.start()
}

// hear waits for an event that is certain to come.
func (o *office) hear(name string, is func(data any) bool) {
	o.t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case e := <-o.events:
			if e.name == name && is(e.data) {
				return
			}
		case <-late:
			o.t.Fatalf("no event %s", name)
		}
	}
}

func (o *office) signIn() {
	o.t.Helper()
	check(o.t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
	o.hear(EventFreshness, func(data any) bool { return data.(Freshness).State == "current" })
}

func (o *office) anaSays(text string) {
	o.t.Helper()
	said, err := o.store.Say(context.Background(), o.ana, []records.Saying{{ID: uuid.NewString(), Participant: o.toAna, Text: text}})
	check(o.t, err)
	check(o.t, said[0].Err)
}

// alertCount hears how many messages the alerts stand for.
func (o *office) alertCount(n int) {
	o.t.Helper()
	o.hear(EventAlerts, func(data any) bool { return alert.Unread(data.([]alert.Alert)) == n })
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
		rows, err := o.Matters("mine")
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
	o.hear(EventFreshness, func(data any) bool { return data.(Freshness).State == "current" })
	o.anaSays("third")
	o.alertCount(2)
	if toast := <-o.toasts; toast.Body != "third" {
		t.Fatalf("toasted again: %+v", toast)
	}
}

// Signing out forgets the token and keeps what was written for the same user's next sign-in.
func TestSignOut(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.server.CloseClientConnections()
	_, err := o.Send(o.toAna, "kept", false)
	check(t, err)
	check(t, o.SaveDraft(o.toAna, "half a thought", true))
	check(t, o.SignOut())
	if _, err := o.Matters("all"); chat.CodeOf(err) != chat.SignedOut {
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

// What the front end is told of an error has a code and a sentence, and nothing of ours.
func TestFailure(t *testing.T) {
	a := newApp(Options{Log: slog.New(slog.DiscardHandler)})
	if got := a.failure(fmt.Errorf("read: %w", chat.ErrNotFound)); got != `{"code":"not_found","message":"There is nothing here by that name, or it is not yours to see.","field":""}` {
		t.Fatal(got)
	}
	ours := a.failure(errors.New("disk I/O error at /home/maya")).(string)
	if !strings.Contains(ours, `"code":"internal"`) || strings.Contains(ours, "maya") {
		t.Fatal(ours)
	}
}
