package notification

import (
	"bufio"
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert"
)

// desktop is a notification service on a session bus that the test starts.
type desktop struct {
	t      *testing.T
	bus    *dbus.Conn
	offers []string // capabilities
	shown  chan shown
	closed chan uint32
	next   uint32
}

type shown struct {
	id, replaces  uint32
	summary, body string
	actions       []string
	hints         map[string]dbus.Variant
}

const path, name = "/org/freedesktop/Notifications", "org.freedesktop.Notifications"

func newDesktop(t *testing.T, capabilities ...string) *desktop {
	t.Helper()
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--nosyslog", "--print-address=1", "--address=unix:dir="+t.TempDir())
	out, err := daemon.StdoutPipe()
	check(t, err)
	check(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Signal(os.Interrupt)
		_ = daemon.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	check(t, err)
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	d := &desktop{t: t, offers: capabilities, shown: make(chan shown, 10), closed: make(chan uint32, 10)}
	d.bus, err = dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { d.bus.Close() })
	check(t, d.bus.Export(d, path, name))
	_, err = d.bus.RequestName(name, 0)
	check(t, err)
	return d
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The methods of the service.

func (d *desktop) GetCapabilities() ([]string, *dbus.Error) { return d.offers, nil }

func (d *desktop) GetServerInformation() (product, vendor, version, spec string, failed *dbus.Error) {
	return "desktop", "test", "1", "1.2", nil
}

func (d *desktop) Notify(_ string, replaces uint32, _, summary, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	id := replaces
	if id == 0 {
		d.next++
		id = d.next
	}
	d.shown <- shown{id, replaces, summary, body, actions, hints}
	return id, nil
}

func (d *desktop) CloseNotification(id uint32) *dbus.Error {
	d.closed <- id
	return nil
}

// The actions of the user.

func (d *desktop) click(id uint32) { d.emit("ActionInvoked", id, "default") }

func (d *desktop) dismiss(id uint32) { d.emit("NotificationClosed", id, uint32(2)) }

func (d *desktop) emit(signal string, values ...any) {
	d.t.Helper()
	check(d.t, d.bus.Emit(path, name+"."+signal, values...))
}

// next waits for a value that is certain to come.
func next[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(20 * time.Second):
		t.Fatal("timed out")
	}
	return v
}

func icon(t *testing.T) []byte {
	var b bytes.Buffer
	check(t, png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 4, 4))))
	return b.Bytes()
}

// A chat has one notification, until it is withdrawn. A click on it opens the chat. Clicks on dismissed
// notifications and on those of other programs do nothing.
func TestOneNotificationPerChat(t *testing.T) {
	d := newDesktop(t, "body", "body-markup", "actions")
	notifications := New(icon(t))
	clicked := make(chan alert.Notification, 10)
	notifications.OnClick(func(n alert.Notification) { clicked <- n })
	show := func(n alert.Notification) shown {
		t.Helper()
		check(t, notifications.Show(n))
		return next(t, d.shown)
	}

	first := alert.Notification{Title: "Ana · Elm Street", Body: "<b>first</b> & more", Matter: "elm", Participant: "ana"}
	ana := show(first)
	if ana.summary != first.Title || ana.body != "&lt;b&gt;first&lt;/b&gt; &amp; more" || !reflect.DeepEqual(ana.actions, []string{"default", "Open"}) {
		t.Fatalf("%+v", ana)
	}
	if _, has := ana.hints["image-data"]; !has {
		t.Fatal("no icon")
	}
	ben := show(alert.Notification{Matter: "mill", Participant: "ben"})
	if ben.replaces != 0 || ben.id == ana.id {
		t.Fatalf("it replaced another chat's: %+v", ben)
	}
	second := alert.Notification{Title: first.Title, Body: "second", Matter: "elm", Participant: "ana"}
	if again := show(second); again.replaces != ana.id {
		t.Fatalf("the chat has two: %+v", again)
	}
	d.click(99)
	d.click(ana.id)
	if got := next(t, clicked); got != second {
		t.Fatalf("%+v", got)
	}

	summary := show(alert.Notification{Title: "Portal Chat", Body: "42 new messages in 6 chats"})
	notifications.KeepOnly("", "ben")
	if id := next(t, d.closed); id != ana.id {
		t.Fatalf("closed %d, want %d", id, ana.id)
	}
	d.click(ana.id)
	d.dismiss(ben.id)
	d.click(ben.id)
	d.click(summary.id)
	if got := next(t, clicked); got.Title != "Portal Chat" {
		t.Fatalf("%+v", got)
	}
	if again := show(second); again.replaces != 0 {
		t.Fatalf("%+v", again)
	}
}

// A service without markup gets the text unescaped.
func TestPlainBody(t *testing.T) {
	d := newDesktop(t, "body", "actions")
	check(t, New(icon(t)).Show(alert.Notification{Body: "1 < 2"}))
	if got := next(t, d.shown); got.body != "1 < 2" {
		t.Fatalf("%+v", got)
	}
}

// Where the service reports no clicks, beeep shows the notification.
func TestServiceWithoutClicks(t *testing.T) {
	d := newDesktop(t, "body")
	check(t, New(icon(t)).Show(alert.Notification{Title: "Ana", Participant: "ana"}))
	if got := next(t, d.shown); got.summary != "Ana" || len(got.actions) != 0 {
		t.Fatalf("%+v", got)
	}
}

// Without a session bus Show returns an error, and KeepOnly does nothing.
func TestNoSessionBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	t.Setenv("PATH", t.TempDir()) // no notify-send
	notifications := New(icon(t))
	if err := notifications.Show(alert.Notification{Title: "Ana"}); err == nil {
		t.Fatal("no error")
	}
	notifications.KeepOnly("")
}
