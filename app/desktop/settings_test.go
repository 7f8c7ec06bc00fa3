package desktop

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/records"
)

// fakeAutostart is a system that can start the app.
type fakeAutostart struct{ on bool }

func (f *fakeAutostart) On() (bool, error) { return f.on, nil }
func (f *fakeAutostart) Set(on bool) error { f.on = on; return nil }

// A colleague's messages raise alerts until the user turns that off. Then their earlier messages raise none either.
func TestColleagues(t *testing.T) {
	o := newOffice(t)
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Admin: true})
	check(t, err)
	tomSays := func(text string) {
		t.Helper()
		said, err := o.store.Send(t.Context(), chat.Caller{Account: tom, Name: "Tom", User: true, Admin: true},
			[]records.Outgoing{{ID: uuid.NewString(), Participant: o.toAna, Text: text}})
		check(t, err)
		check(t, said[0].Err)
	}
	o.signIn()
	tomSays("first")
	o.untilAlerts(1)
	if n := <-o.notifications.shown; n.Body != "Tom: first" {
		t.Fatalf("%+v", n)
	}
	off := computer.DefaultSettings
	off.Colleagues = false
	check(t, o.ChangeSettings(off))
	o.untilAlerts(0)
	tomSays("second")
	o.anaSends("third")
	o.untilAlerts(1)
	if n := <-o.notifications.shown; n.Body != "third" {
		t.Fatalf("%+v", n)
	}
	rows, err := o.Matters(nil)
	check(t, err)
	if len(rows) != 1 || rows[0].Unread != 1 {
		t.Fatalf("%+v", rows)
	}

	o.controls.Close()
	check(t, computer.WriteJSON(filepath.Join(o.options.Data, "settings.json"), computer.DefaultSettings))
	o.start(o.options.Data)
	o.untilAlerts(3)
}

// While notifications are paused, none is shown. Afterwards one says how many chats have something new.
func TestPausedNotifications(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	paused := computer.DefaultSettings
	paused.PausedUntil = time.Now().Add(time.Hour).UnixMilli()
	check(t, o.ChangeSettings(paused))
	o.anaSends("first")
	o.until("alert in the tray", func() bool { return o.icon.alerts() == 1 })
	paused.PausedUntil = time.Now().Add(50 * time.Millisecond).UnixMilli()
	check(t, o.ChangeSettings(paused))
	if n := <-o.notifications.shown; n.Body != "While notifications were paused: 1 chat has something new" || n.Participant != o.toAna {
		t.Fatalf("%+v", n)
	}
	o.anaSends("second")
	if n := <-o.notifications.shown; n.Body != "second" {
		t.Fatalf("%+v", n)
	}
	paused.Preview = false
	check(t, o.ChangeSettings(paused))
	o.anaSends("third")
	if n := <-o.notifications.shown; n.Body != "New message in 1" || strings.Contains(n.Title, "Elm") {
		t.Fatalf("%+v", n)
	}
}

// The diagnostics describe the app's state, and contain no names, no addresses and no messages.
func TestDiagnostics(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.goAway()
	_, err := o.Send(o.toAna, []string{o.toAna}, "a secret", false)
	check(t, err)
	o.log.Error("open", "error", errors.New("open /home/maya: a secret"))
	file, err := o.SaveDiagnostics()
	check(t, err)
	text, err := os.ReadFile(file)
	check(t, err)
	for _, want := range []string{"version: 1.2.3", "copy: offline", "matters: 1", "outbox: 1", "accounts: 1", "own.db", "ERROR open error=internal"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for _, secret := range []string{"secret", "Maya", "maya", "Ana", "Elm Street", o.server.URL, o.options.Data} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
}
