package tray

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert"
	"matterline/app/alert/bustest"
)

// panel is a desktop's panel on a session bus that the test starts: it shows icons.
type panel struct {
	bus        *dbus.Conn
	registered chan string // the names of the programs with an icon
	hangs      chan struct{}
}

func (p *panel) RegisterStatusNotifierItem(_ string, from dbus.Sender) *dbus.Error {
	p.registered <- string(from)
	<-p.hangs
	return nil
}

// startPanel starts a panel. release lets it answer.
func startPanel(t *testing.T, address string) (p *panel, release func()) {
	t.Helper()
	p = &panel{registered: make(chan string, 10), hangs: make(chan struct{})}
	var err error
	p.bus, err = dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { p.bus.Close() })
	check(t, p.bus.Export(p, "/StatusNotifierWatcher", watcher))
	_, err = p.bus.RequestName(watcher, 0)
	check(t, err)
	return p, func() { close(p.hangs) }
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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

// An app that starts before its panel gets its icon later, and again when the panel starts again. Meanwhile the icon isn't
// visible. A panel that hangs holds up nothing, and neither does a bus that ends. systray works once in a process, so the
// test is a process of its own.
func TestPanelComesAndGoes(t *testing.T) {
	const child = "MATTERLINE_TRAY_CHILD"
	if os.Getenv(child) == "" {
		test := exec.Command(os.Args[0], "-test.run=^TestPanelComesAndGoes$")
		test.Env = append(os.Environ(), child+"=1")
		if out, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%s\n%s", err, out)
		}
		return
	}
	address, kill := bustest.Start(t)

	gone := make(chan struct{}, 1)
	tray, err := start(Actions{Gone: func() { gone <- struct{}{} }}, 0)
	check(t, err)
	if tray.Visible() {
		t.Fatal("nothing shows icons yet")
	}
	for range 100 {
		tray.Show(alert.TrayContent{})
	}
	first, release := startPanel(t, address)
	item := next(t, first.registered)
	until(t, tray.Visible)
	tray.Show(alert.TrayContent{Alerts: []alert.Alert{{Name: "Ana_B", Title: "Elm Street", Participant: "ana", Count: 2}}})
	until(t, func() bool {
		tip, err := first.bus.Object(item, "/StatusNotifierItem").GetProperty("org.kde.StatusNotifierItem.ToolTip")
		check(t, err)
		return tip.Value().([]any)[2].(string) == "Matterline: 2 new messages from Ana_B"
	})
	release()

	check(t, first.bus.Close())
	next(t, gone)
	if tray.Visible() {
		t.Fatal("the panel has ended")
	}
	second, release := startPanel(t, address)
	if again := next(t, second.registered); again != item {
		t.Fatalf("%s, before %s", again, item)
	}
	until(t, tray.Visible)
	kill()
	until(t, func() bool { return !second.bus.Connected() })
	tray.show(alert.TrayContent{Note: "after the end"})
	tray.Close() // while the panel hangs
	release()
}

// until waits for something that always happens, and that no event announces.
func until(t *testing.T, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("timed out")
		}
	}
}
