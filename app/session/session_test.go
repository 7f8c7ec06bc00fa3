package session

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/alert"
	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// firm is a real portal. Each of its users has a matter with one participant.
type firm struct {
	t      testing.TB
	store  *records.Store
	server *httptest.Server
}

func newFirm(t testing.TB) *firm {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "portal.db"))
	check(t, err)
	store, err := records.Open(t.Context(), db, time.Now)
	check(t, err)
	server := httptest.NewServer(portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		store.Close()
	})
	return &firm{t, store, server}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// user is a user of a firm with an open session.
type user struct {
	*Session
	t           testing.TB
	firm        *firm
	name        string
	participant string
	client      chat.Caller // who is the participant
	listener    *recorder
	shown       chan alert.Notification
}

func (f *firm) open(name string) *user { return f.openWith(name, func(*Options) {}) }

// openWith is open with other options.
func (f *firm) openWith(name string, set func(*Options)) *user {
	f.t.Helper()
	id, err := f.store.AddAccount(f.t.Context(), records.Account{Email: name + "@firm.example", Name: name, Password: "right", User: true})
	check(f.t, err)
	client := chat.Caller{Name: "Client of " + name}
	client.Account, err = f.store.AddAccount(f.t.Context(), records.Account{Email: name + "@client.example", Name: client.Name, Password: "right"})
	check(f.t, err)
	matter, err := f.store.AddMatter(f.t.Context(), chat.Matter{Reference: name, Title: "Matter of " + name, Assigned: id})
	check(f.t, err)
	participant, err := f.store.AddParticipant(f.t.Context(), chat.Participant{Matter: matter, Name: client.Name, Role: "Client"}, client.Account)
	check(f.t, err)
	u := &user{t: f.t, firm: f, name: name, participant: participant, client: client, listener: newRecorder(), shown: make(chan alert.Notification, 100)}
	o := Options{
		Key: name, Dir: f.t.TempDir(), Portal: f.server.URL, User: chat.User{ID: id, Name: name}, Token: u.signIn(),
		Grace: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler), Listener: u.listener, Notifications: notifications{u.shown},
	}
	set(&o)
	u.Session, err = Open(o)
	check(f.t, err)
	u.Start()
	f.t.Cleanup(func() { _ = u.Close() })
	u.until("current", func(_ []alert.Alert, f Freshness) bool { return f.State == "current" })
	return u
}

func (u *user) signIn() (token string) {
	u.t.Helper()
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password = u.name+"@firm.example", "right"
	out, err := portalapi.Call(context.Background(), portalapi.NewClient(u.firm.server.URL, ""), portalapi.SignIn, in)
	check(u.t, err)
	return out.Body.Token
}

// clientWrites sends a message of the user's client.
func (u *user) clientWrites(text string) {
	u.t.Helper()
	results, err := u.firm.store.Send(context.Background(), u.client, []records.Outgoing{{ID: uuid.NewString(), Participant: u.participant, Text: text}})
	check(u.t, err)
	check(u.t, results[0].Err)
}

// until waits for an update that is certain to come.
func (u *user) until(what string, is func([]alert.Alert, Freshness) bool) {
	u.t.Helper()
	late := time.After(20 * time.Second)
	for !u.listener.last(is) {
		select {
		case <-u.listener.updated:
		case <-late:
			u.t.Fatalf("%s isn't %s", u.name, what)
		}
	}
}

// recorder is a Listener that keeps the last update.
type recorder struct {
	updated chan struct{}
	onSelf  func()
	mu      sync.Mutex
	alerts  []alert.Alert
	f       Freshness
}

func newRecorder() *recorder {
	return &recorder{updated: make(chan struct{}, 10_000), onSelf: func() {}}
}

func (r *recorder) last(is func([]alert.Alert, Freshness) bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return is(r.alerts, r.f)
}

func (r *recorder) Updated(_ *Session, alerts []alert.Alert, f Freshness) {
	r.mu.Lock()
	r.alerts, r.f = alerts, f
	r.mu.Unlock()
	r.updated <- struct{}{}
}

func (r *recorder) Changed(*Session, []string)   {}
func (r *recorder) Connected(*Session)           {}
func (r *recorder) RepliesChanged(*Session)      {}
func (r *recorder) SelfChanged(*Session)         { r.onSelf() }
func (r *recorder) FirmChanged(*Session)         {}
func (r *recorder) LockChanged(*Session)         {}
func (r *recorder) Erase(*Session, *chat.Error)  {}
func (r *recorder) Damaged(*Session)             {}
func (r *recorder) Limits(*Session) alert.Limits { return alert.Limits{} }

type notifications struct{ shown chan alert.Notification }

func (n notifications) Show(note alert.Notification) { n.shown <- note }
func (n notifications) KeepOnly(string, ...string)   {}

// Two accounts are open at once: each syncs, and each gets only its own alerts and notifications.
func TestTwoSessionsAtOnce(t *testing.T) {
	f := newFirm(t)
	maya, tom := f.open("maya"), f.open("tom")
	maya.clientWrites("for Maya")
	tom.clientWrites("for Tom")
	for u, text := range map[*user]string{maya: "for Maya", tom: "for Tom"} {
		u.until("alerted", func(alerts []alert.Alert, _ Freshness) bool { return len(alerts) == 1 && alerts[0].Text == text })
		if n := <-u.shown; n.Body != text || n.Account != u.name {
			t.Errorf("%+v", n)
		}
	}
	check(t, maya.Close())
	tom.clientWrites("more for Tom")
	tom.until("alerted", func(alerts []alert.Alert, _ Freshness) bool { return len(alerts) == 1 && alerts[0].Count == 2 })
}

// A session can renew its token while other goroutines use it. The race detector checks this.
func TestRenewWhileInUse(t *testing.T) {
	f := newFirm(t)
	maya := f.open("maya")
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() {
			for range 20 {
				if _, err := maya.Alerts(t.Context()); err != nil {
					t.Error(err)
				}
				_, _ = Call(t.Context(), maya.Session, portalapi.Me, &portalapi.Nothing{})
			}
		})
	}
	token := ""
	for range 3 {
		token = maya.signIn()
		maya.Renew(t.Context(), token, maya.Self())
	}
	busy.Wait()
	reopened, err := maya.Reopen()
	check(t, err)
	defer reopened.Close()
	if reopened.token != token {
		t.Error("it is opened again with an old token")
	}
}

// Each message is written once, however often the session is closed and opened.
func TestReopenKeepsUnsentMessages(t *testing.T) {
	f := newFirm(t)
	maya := f.open("maya")
	check(t, maya.Close())
	for i := range 3 {
		s, err := Open(maya.options)
		check(t, err)
		if _, err := s.Send(t.Context(), maya.participant, []string{maya.participant}, fmt.Sprint(i), false); err != nil {
			t.Fatal(err)
		}
		check(t, s.Close())
	}
	s, err := Open(maya.options)
	check(t, err)
	defer s.Close()
	unsent, err := s.Replica().Outbox(t.Context())
	check(t, err)
	if len(unsent) != 3 || unsent[0].Text != "0" || unsent[2].Text != "2" {
		t.Fatalf("%+v", unsent)
	}
}
