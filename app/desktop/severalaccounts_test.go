package desktop

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/sqlite"
)

// branch is another firm's real portal, with one user and one matter of theirs.
type branch struct {
	t        *testing.T
	store    *records.Store
	server   *httptest.Server
	user     string
	client   chat.Caller
	matter   string
	toClient string
	key      string // of the user's account in the app
	away     atomic.Bool
	hangs    atomic.Bool
	hanging  chan struct{} // closed when the test ends
}

func newBranch(t *testing.T, firm string) *branch {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "portal.db"))
	check(t, err)
	b := &branch{t: t, hanging: make(chan struct{})}
	b.store, err = records.Open(t.Context(), db, time.Now)
	check(t, err)
	check(t, b.store.SetFirm(t.Context(), records.Program, records.Firm{Name: firm}))
	b.user, err = b.store.AddAccount(t.Context(), records.Account{Email: "rosa@firm.example", Name: "Rosa Reyes", Password: "right", User: true})
	check(t, err)
	id, err := b.store.AddAccount(t.Context(), records.Account{Email: "ben@client.example", Name: "Ben", Password: "right"})
	check(t, err)
	b.client = chat.Caller{Account: id, Name: "Ben"}
	b.matter, err = b.store.AddMatter(t.Context(), chat.Matter{Reference: "7", Title: "Mill Lane", Assigned: b.user})
	check(t, err)
	b.toClient, err = b.store.AddParticipant(t.Context(), chat.Participant{Matter: b.matter, Name: "Ben", Role: "Client"}, id)
	check(t, err)
	handler := portal.New(b.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.hangs.Load() {
			select {
			case <-r.Context().Done():
			case <-b.hanging:
			}
			return
		}
		if b.away.Load() {
			panic(http.ErrAbortHandler) // like a portal that can't be reached
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		close(b.hanging)
		b.server.CloseClientConnections()
		b.server.Close()
		b.store.Close()
	})
	return b
}

func (b *branch) clientSends(text string) {
	b.t.Helper()
	sent, err := b.store.Send(context.Background(), b.client, []records.Outgoing{{ID: uuid.NewString(), Participant: b.toClient, Text: text}})
	check(b.t, err)
	check(b.t, sent[0].Err)
}

// withBranch signs in to another firm beside Maya's, whose account the window then shows again.
func (o *office) withBranch(firm string) *branch {
	o.t.Helper()
	b := newBranch(o.t, firm)
	maya := o.Session().Key
	check(o.t, o.SignIn(b.server.URL, "rosa@firm.example", "right"))
	o.untilState("current")
	b.key = o.Session().Key
	check(o.t, o.SwitchTo(maya))
	o.t.Cleanup(o.controls.Close) // before the portal
	return b
}

// untilAccount waits until an account is as wanted.
func (o *office) untilAccount(key string, is func(Account) bool) {
	o.t.Helper()
	o.until("account", func() bool {
		all, err := o.Accounts()
		check(o.t, err)
		for _, acc := range all {
			if acc.Key == key {
				return is(acc)
			}
		}
		return false
	})
}

func (o *office) nextNotification() alert.Notification {
	o.t.Helper()
	select {
	case n := <-o.notifications.shown:
		return n
	case <-time.After(20 * time.Second):
		o.t.Fatal("no notification")
		return alert.Notification{}
	}
}

// An account that the window doesn't show alerts, in the bar, in the tray and in notifications, which name its firm. A click
// asks the front end to switch to its chat, which is there at once.
func TestOtherAccountsAlert(t *testing.T) {
	o := newOffice(t)
	check(t, o.store.SetFirm(t.Context(), records.Program, records.Firm{Name: "Hart & Co."}))
	o.signIn()
	maya := o.Session().Key
	b := o.withBranch("Doyle LLP")
	b.clientSends("for Rosa")
	o.untilAlerts(1)
	n := o.nextNotification()
	if n.Title != "Doyle LLP · Ben · Mill Lane" || n.Body != "for Rosa" || n.Account != b.key {
		t.Fatalf("%+v", n)
	}
	o.anaSends("for Maya")
	o.untilAlerts(2)
	if second := o.nextNotification(); second.Title != "Hart & Co. · Ana · Elm Street" || second.Account != maya {
		t.Fatalf("%+v", second)
	}
	alerts, err := o.Alerts()
	check(t, err)
	if alerts[0].Account != maya || alerts[0].Firm != "Hart & Co." || alerts[1].Account != b.key || alerts[1].Firm != "Doyle LLP" {
		t.Fatalf("%+v", alerts)
	}
	o.until("both in the tray", func() bool { return o.icon.alerts() == 2 })
	o.untilAccount(b.key, func(acc Account) bool { return acc.Unread == 1 && acc.Note == "" })

	o.controls.OpenChat(n.Account, ChatAddress{Matter: n.Matter, Participant: n.Participant})
	at := o.TakeChatToOpen()
	if s := o.Session(); s.Key != maya || at.Account != b.key {
		t.Fatalf("the window left the account by itself: %+v, %+v", s, at)
	}
	o.controls.OpenLink(o.Link(b.matter, "", "")) // a link's matter is in any account
	if linked := o.TakeChatToOpen(); linked != (ChatAddress{Account: b.key, Matter: b.matter}) {
		t.Fatalf("%+v", linked)
	}
	b.server.CloseClientConnections()
	b.hangs.Store(true) // switching doesn't wait for the portal
	check(t, o.SwitchToChat(at))
	if s := o.Session(); s.Key != b.key || s.Firm != "Doyle LLP" {
		t.Fatalf("%+v", s)
	}
	if at := o.TakeChatToOpen(); at.Participant != b.toClient {
		t.Fatalf("%+v", at)
	}
	c, err := o.Chat(b.toClient, 0)
	check(t, err)
	if len(c.Messages) != 1 || c.Messages[0].Text != "for Rosa" {
		t.Fatalf("%+v", c)
	}
	check(t, o.MarkAlertRead(maya, o.toAna, alerts[0].Version))
	o.untilAlerts(1)
}

// On the start screen nothing can be lost, so a click shows the chat's account at once.
func TestClickOnTheStartScreen(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	account := o.Session().Key
	check(t, o.ShowStart())
	o.anaSends("still at work")
	n := o.nextNotification()
	o.controls.OpenChat(n.Account, ChatAddress{Matter: n.Matter, Participant: n.Participant})
	o.until("account", func() bool { return o.Session().Key == account && o.TakeChatToOpen().Participant == o.toAna })
}

// All accounts work again after a restart, whichever the window shows, and each has its own status. One whose portal hangs
// holds up nothing.
func TestAccountsWorkAfterARestart(t *testing.T) {
	o := newOffice(t)
	o.grace = 0
	o.signIn()
	maya := o.Session().Key
	b := o.withBranch("Doyle LLP")
	o.controls.Close()
	b.hangs.Store(true)
	o.start(o.options.Data)
	if s := o.Session(); s.Key != maya {
		t.Fatalf("%+v", s)
	}
	o.untilState("current")
	o.anaSends("one")
	o.untilAlerts(1)
	b.away.Store(true)
	b.hangs.Store(false)
	b.server.CloseClientConnections()
	o.untilAccount(b.key, func(acc Account) bool { return acc.Note == "Offline" })
	o.until("its note in the tray", func() bool { return strings.HasSuffix(o.icon.note(), "Doyle LLP: Offline") && !o.icon.away() })
	b.away.Store(false)
	b.clientSends("two")
	s, err := o.sessionOf(b.key)
	check(t, err)
	s.Retry()
	o.untilAlerts(2)
	o.untilAccount(b.key, func(acc Account) bool { return acc.Note == "" })
	check(t, o.ShowStart())
	check(t, o.SwitchTo(maya))
	check(t, o.SignOut())
	if s := o.Session(); s.State != "out" {
		t.Fatalf("%+v", s)
	}
	b.clientSends("three")
	o.untilAccount(b.key, func(acc Account) bool { return acc.Unread == 2 })
}

// A firm ends the access of an account that the window doesn't show. Its copy is deleted at once, and the user reads it.
func TestEraseInTheBackground(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	maya := o.Session().Key
	b := o.withBranch("Doyle LLP")
	other, err := b.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Admin: true})
	check(t, err)
	check(t, b.store.Assign(t.Context(), chat.Caller{Account: b.user, User: true}, b.matter, other))
	check(t, b.store.EditUser(t.Context(), records.Program, b.user, false, false))
	want := "Doyle LLP: Your access was ended by the firm. Your matters on this computer were deleted."
	o.until("notice", func() bool { return o.Session().Notice == want })
	if n := o.nextNotification(); n.Body != want {
		t.Fatalf("%+v", n)
	}
	if copies, err := filepath.Glob(filepath.Join(o.options.Data, "replicas", "*")); len(copies) != 1 || filepath.Base(copies[0]) != maya || err != nil {
		t.Fatal(copies, err)
	}
	if s := o.Session(); s.Key != maya || s.State != "in" {
		t.Fatalf("%+v", s)
	}
	o.DismissNotice(want)
	if s := o.Session(); s.Notice != "" {
		t.Fatalf("%+v", s)
	}
	o.anaSends("alone")
	if n := o.nextNotification(); n.Title != "Ana · Elm Street" {
		t.Fatalf("%+v", n)
	}
}

// The copy of an account that the window doesn't show locks, too, and its alerts go.
func TestLockInTheBackground(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	b := o.withBranch("Doyle LLP")
	b.clientSends("secret")
	o.untilAlerts(1)
	settings := chat.DefaultFirmSettings
	settings.ReadExpired = false
	check(t, b.store.SetSettings(t.Context(), records.Program, settings))
	check(t, b.store.ResetPassword(t.Context(), records.Program, b.user, "four words are enough"))
	o.untilAccount(b.key, func(acc Account) bool { return acc.Note == "Signed out" && acc.Unread == 0 })
	o.untilAlerts(0)
	o.until("sign in the tray", func() bool { return o.icon.signedOut() && !o.icon.away() })
	if err := o.MarkAlertRead(b.key, b.toClient, 1); chat.CodeOf(err) != chat.CopyLocked {
		t.Fatal(err)
	}
}

// An account whose files can't be read is said so once. The others work, and it is opened as soon as it can be.
func TestAccountThatOpensLater(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	b := o.withBranch("Doyle LLP")
	o.controls.Close()
	folder := filepath.Join(o.options.Data, "replicas", b.key)
	aside := filepath.Join(t.TempDir(), "aside")
	check(t, os.Rename(folder, aside))
	check(t, os.WriteFile(folder, nil, 0o600)) // in place of the folder
	o.prepare(o.options)
	o.openAgain = 10 * time.Millisecond
	o.controls.Start()
	if n := o.nextNotification(); n.Account != b.key || n.Title != "Doyle LLP · Matterline" {
		t.Fatalf("%+v", n)
	}
	o.untilAccount(b.key, func(acc Account) bool { return acc.Note == "Couldn't be opened" })
	check(t, os.Remove(folder))
	check(t, os.Rename(aside, folder))
	o.untilAccount(b.key, func(acc Account) bool { return acc.Note == "" })
	b.clientSends("open again")
	o.untilAlerts(1)
	if n := o.nextNotification(); n.Body != "open again" {
		t.Fatalf("shown twice: %+v", n)
	}
}

// Closing sends what can still be undone in all accounts, also while one of the portals hangs, and takes a moment.
func TestClosingSendsInAllAccounts(t *testing.T) {
	o := newOffice(t)
	o.undo = replica.MaxUndo
	o.signIn()
	_, err := o.Send(o.toAna, []string{o.toAna}, "from Maya", false)
	check(t, err)
	b := o.withBranch("Doyle LLP")
	hung := o.withBranch("Hung LLP")
	for _, of := range []*branch{b, hung} {
		s, err := o.sessionOf(of.key)
		check(t, err)
		_, err = s.Send(t.Context(), of.toClient, []string{of.toClient}, "from Rosa", false)
		check(t, err)
	}
	hung.hangs.Store(true)
	o.controls.Close()
	page, err := b.store.Changes(t.Context(), b.client, b.matter, records.Position{}, 100)
	check(t, err)
	if len(page.Messages) != 1 || page.Messages[0].Text != "from Rosa" {
		t.Errorf("%+v", page.Messages)
	}
	page, err = o.store.Changes(t.Context(), o.ana, o.matter, records.Position{}, 100)
	check(t, err)
	if len(page.Messages) != 1 || page.Messages[0].Text != "from Maya" {
		t.Errorf("%+v", page.Messages)
	}
}

// Two users of one firm have accounts on this computer. Each alert says whose it is.
func TestTwoUsersOfAFirm(t *testing.T) {
	o := newOffice(t)
	check(t, o.store.SetFirm(t.Context(), records.Program, records.Firm{Name: "Hart & Co."}))
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom Reyes", Password: "right", User: true})
	check(t, err)
	o.signIn()
	maya := o.Session().Key
	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	o.untilState("current")
	o.anaSends("for Maya")
	o.untilAlerts(1)
	if n := o.nextNotification(); n.Account != maya || n.Title != "Hart & Co. (Maya Hart) · Ana · Elm Street" {
		t.Fatalf("%+v", n)
	}
	// The matter goes to Tom: the alert moves to his account.
	check(t, o.store.Assign(t.Context(), o.maya, o.matter, tom))
	o.until("Tom's alert", func() bool {
		alerts, err := o.Alerts()
		check(t, err)
		return len(alerts) == 1 && alerts[0].Firm == "Hart & Co. (Tom Reyes)"
	})
	check(t, o.SignOut()) // Tom
	o.untilAccount(maya, func(acc Account) bool { return acc.Note == "" })
}
