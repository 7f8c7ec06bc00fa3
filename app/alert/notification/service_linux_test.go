package notification

import (
	"bytes"
	"image"
	"image/png"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert"
	"matterline/app/alert/bustest"
)

// desktop is a notification service on a session bus that the test starts.
type desktop struct {
	t       *testing.T
	address string
	bus     *dbus.Conn
	offers  []string // capabilities
	shown   chan call
	closed  chan uint32
	next    uint32

	mu   sync.Mutex
	held chan struct{} // Notify waits until it is closed, unless it is nil
}

// call is a call of Notify.
type call struct {
	id, replaces  uint32
	summary, body string
	actions       []string
	hints         map[string]dbus.Variant
}

func newDesktop(t *testing.T, capabilities ...string) *desktop {
	t.Helper()
	address, _ := bustest.Start(t)
	d := &desktop{t: t, address: address, offers: capabilities, shown: make(chan call, 300), closed: make(chan uint32, 10)}
	d.start()
	return d
}

// start starts the service, again if it has ended.
func (d *desktop) start() {
	d.t.Helper()
	var err error
	d.bus, err = dbus.Connect(d.address)
	check(d.t, err)
	d.t.Cleanup(func() { d.bus.Close() })
	check(d.t, d.bus.Export(d, servicePath, serviceName))
	_, err = d.bus.RequestName(serviceName, 0)
	check(d.t, err)
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
		id = atomic.AddUint32(&d.next, 1)
	}
	d.shown <- call{id, replaces, summary, body, actions, hints}
	d.mu.Lock()
	held := d.held
	d.mu.Unlock()
	if held != nil {
		<-held
	}
	return id, nil
}

// hang makes Notify hang until release is called.
func (d *desktop) hang() (release func()) {
	held := make(chan struct{})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = held
	return func() { close(held) }
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
	check(d.t, d.bus.Emit(servicePath, serviceName+"."+signal, values...))
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

func newNotifications(t *testing.T) (n *Notifications, responses chan alert.Response) {
	n = New(icon(t), slog.New(slog.DiscardHandler))
	responses = make(chan alert.Response, 10)
	n.OnResponse(func(r alert.Response) { responses <- r })
	return n, responses
}

// A topic has one notification, until it is withdrawn. A click on it opens the chat. Clicks on dismissed
// notifications and on those of other programs do nothing.
func TestOneNotificationPerTopic(t *testing.T) {
	d := newDesktop(t, "body", "body-markup", "actions")
	notifications, clicked := newNotifications(t)
	show := func(n alert.Notification) call {
		t.Helper()
		notifications.Show(n)
		return next(t, d.shown)
	}

	first := alert.Notification{Title: "Ana · Elm Street", Body: "<b>first</b> & it's more", Topic: "ana", Matter: "elm", Participant: "ana"}
	ana := show(first)
	if ana.summary != first.Title || ana.body != "&lt;b&gt;first&lt;/b&gt; &amp; it's more" || !reflect.DeepEqual(ana.actions, []string{"default", "Open"}) {
		t.Fatalf("%+v", ana)
	}
	for _, hint := range []string{"image-data", "desktop-entry", "category"} {
		if _, has := ana.hints[hint]; !has {
			t.Fatalf("no %s", hint)
		}
	}
	ben := show(alert.Notification{Topic: "ben", Matter: "mill", Participant: "ben"})
	if ben.replaces != 0 || ben.id == ana.id {
		t.Fatalf("it replaced another chat's: %+v", ben)
	}
	second := alert.Notification{Title: first.Title, Body: "second", Topic: "ana", Matter: "elm", Participant: "ana"}
	if again := show(second); again.replaces != ana.id {
		t.Fatalf("the chat has two: %+v", again)
	}
	d.click(99)
	d.click(ana.id)
	if got := next(t, clicked); got != (alert.Response{Notification: second, Action: alert.Open}) {
		t.Fatalf("%+v", got)
	}

	summary := show(alert.Notification{Title: "Portal Chat", Body: "42 new messages in 6 chats", Topic: alert.SummaryTopic})
	other := show(alert.Notification{Account: "other", Topic: "ana"})
	if other.replaces != 0 {
		t.Fatal("it replaced another account's")
	}
	notifications.KeepOnly("", "ben", alert.SummaryTopic)
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

// A chat's notification marks it as read up to the message that it showed when it was clicked, and takes a reply where
// the service can.
func TestNotificationActions(t *testing.T) {
	d := newDesktop(t, "body", "actions", "inline-reply")
	notifications, responses := newNotifications(t)
	show := func(n alert.Notification) call {
		t.Helper()
		notifications.Show(n)
		return next(t, d.shown)
	}
	first := alert.Notification{Topic: "ana", Participant: "ana", Message: "m1", Version: 5, CanReply: true}
	ana := show(first)
	if want := []string{"default", "Open", "inline-reply", "Reply", "read 5 m1", "Mark as read"}; !reflect.DeepEqual(ana.actions, want) {
		t.Fatalf("%q", ana.actions)
	}
	if text := ana.hints["x-kde-reply-placeholder-text"].Value(); text != "Enter message" {
		t.Fatal(text)
	}
	second := first
	second.Message, second.Version = "m2", 9
	show(second)
	d.emit("ActionInvoked", ana.id, "read 5 m1") // clicked just before it was replaced
	if r := next(t, responses); r.Action != alert.MarkRead || r.Message != "m1" || r.Version != 5 || r.Participant != "ana" {
		t.Fatalf("%+v", r)
	}
	d.emit("NotificationReplied", ana.id, "Yes, it does.")
	if r := next(t, responses); r != (alert.Response{Notification: second, Action: alert.Reply, Text: "Yes, it does."}) {
		t.Fatalf("%+v", r)
	}

	// Other programs can't answer, and nothing can be written where there is no box for it.
	other, err := dbus.Connect(d.address)
	check(t, err)
	defer other.Close()
	check(t, other.Emit(servicePath, serviceName+".NotificationReplied", ana.id, "not the user's"))
	check(t, other.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err) // so that it has been sent
	closed := second
	closed.Topic, closed.CanReply = "ben", false
	ben := show(closed)
	if want := []string{"default", "Open", "read 9 m2", "Mark as read"}; !reflect.DeepEqual(ben.actions, want) {
		t.Fatalf("%q", ben.actions)
	}
	d.emit("NotificationReplied", ben.id, "no")
	d.click(ben.id)
	if r := next(t, responses); r.Action != alert.Open || r.Topic != "ben" {
		t.Fatalf("%+v", r)
	}
}

// A service that can't take replies gets none to show.
func TestServiceWithoutReplies(t *testing.T) {
	d := newDesktop(t, "body", "actions")
	notifications, _ := newNotifications(t)
	notifications.Show(alert.Notification{Message: "m1", Version: 5, CanReply: true})
	got := next(t, d.shown)
	if _, box := got.hints["x-kde-reply-placeholder-text"]; box || slices.Contains(got.actions, "inline-reply") {
		t.Fatalf("%q", got.actions)
	}
}

// A service without markup gets the text unescaped, and one that reports no clicks gets no action.
func TestPlainService(t *testing.T) {
	d := newDesktop(t, "body")
	notifications, _ := newNotifications(t)
	notifications.Show(alert.Notification{Body: "1 < 2"})
	if got := next(t, d.shown); got.body != "1 < 2" || len(got.actions) != 0 {
		t.Fatalf("%+v", got)
	}
}

// Without a session bus nothing is shown, and nothing waits.
func TestNoSessionBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	notifications, _ := newNotifications(t)
	notifications.Show(alert.Notification{Title: "Ana", Topic: "ana"})
	notifications.KeepOnly("")
	notifications.Close(time.Minute)
	if err := notifications.service.show(topic{}, alert.Notification{}); err == nil {
		t.Fatal("no error")
	}
}

// While the service hangs, Show and KeepOnly return at once. Only the latest notification of each topic is queued.
func TestServiceHangs(t *testing.T) {
	d := newDesktop(t, "body", "actions")
	release := d.hang()
	notifications, _ := newNotifications(t)
	notifications.Show(alert.Notification{Topic: "ana"})
	next(t, d.shown)
	for i := range 1000 {
		notifications.Show(alert.Notification{Topic: "ben", Body: strconv.Itoa(i)})
		notifications.Show(alert.Notification{Topic: "carl"})
	}
	notifications.KeepOnly("", "ana", "ben")
	notifications.Close(0)
	release()
	notifications.Close(time.Minute)
	if got := next(t, d.shown); got.body != "999" {
		t.Fatalf("%+v", got)
	}
	if len(d.shown) != 0 {
		t.Fatalf("%d more", len(d.shown))
	}
}

// A notification that the service shows after the deadline is closed: nothing knows any more whether it is true.
// A service that never answers is asked a few times only, until it starts again.
func TestServiceAnswersLate(t *testing.T) {
	d := newDesktop(t, "body", "actions")
	notifications, clicked := newNotifications(t)
	notifications.Show(alert.Notification{Topic: "first"})
	next(t, d.shown)
	notifications.Close(time.Minute)

	release := d.hang()
	notifications.service.deadline = time.Millisecond
	for i := range 3 * maxUnanswered {
		notifications.Show(alert.Notification{Topic: strconv.Itoa(i)})
	}
	notifications.Close(time.Minute)
	late := map[uint32]bool{}
	for range maxUnanswered {
		late[next(t, d.shown).id] = true
	}
	release()
	for range maxUnanswered {
		delete(late, next(t, d.closed))
	}
	if len(late) != 0 || len(d.shown) != 0 {
		t.Fatalf("%d aren't closed, %d more were shown", len(late), len(d.shown))
	}

	notifications.service.deadline = time.Minute
	notifications.Show(alert.Notification{Topic: "ana", Body: "after"})
	ana := next(t, d.shown)
	d.click(ana.id)
	if got := next(t, clicked); got.Body != "after" {
		t.Fatalf("%+v", got)
	}
}

// A service that starts again gives out its ids anew, so earlier ones replace and open nothing.
func TestServiceRestarts(t *testing.T) {
	d := newDesktop(t, "body", "body-markup", "actions")
	notifications, clicked := newNotifications(t)
	notifications.Show(alert.Notification{Topic: "ana", Body: "before"})
	before := next(t, d.shown)
	check(t, d.bus.Close())
	d.next, d.offers = 0, []string{"body", "actions"}
	d.start()
	d.click(before.id)
	notifications.Show(alert.Notification{Topic: "ana", Body: "<after>"})
	after := next(t, d.shown)
	if after.replaces != 0 || after.id != before.id || after.body != "<after>" {
		t.Fatalf("%+v", after)
	}
	d.click(after.id)
	if got := next(t, clicked); got.Body != "<after>" {
		t.Fatalf("%+v", got)
	}
}
