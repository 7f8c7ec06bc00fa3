package desktop

import (
	"bytes"
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
	"testing"

	"github.com/google/uuid"

	"matterline/app/alert"
	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/records"
	"matterline/app/replica"
)

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
	check(t, o.SignOut())
	if kept := <-o.notifications.kept; len(kept) != 0 {
		t.Fatalf("%q", kept)
	}
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

// A message that can still be undone is sent when the user quits, or leaves the account for another one.
func TestLeavingSendsNow(t *testing.T) {
	for name, leave := range map[string]func(o *office){
		"quit":         func(o *office) { o.controls.Close() },
		"start screen": func(o *office) { check(t, o.ShowStart()) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.undo = replica.MaxUndo
			o.signIn()
			sent, err := o.Send(o.toAna, []string{o.toAna}, "on its way", false)
			check(t, err)
			if sent[0].LeavesAt == 0 {
				t.Fatalf("%+v", sent)
			}
			leave(o)
			o.background.Wait()
			page, err := o.store.Changes(t.Context(), o.ana, o.matter, records.Position{}, 100)
			check(t, err)
			if len(page.Messages) != 1 || page.Messages[0].ID != sent[0].ID {
				t.Fatalf("%+v", page.Messages)
			}
		})
	}
}

// After the portal has ended the session, everything stays on screen, and continues after the next sign-in.
func TestSignInAgain(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	token, err := o.accounts.Token(o.account())
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
		if kept := <-o.notifications.kept; slices.Contains(kept, alert.ConnectionTopic) {
			t.Fatal("it still says that the portal is away")
		}
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
