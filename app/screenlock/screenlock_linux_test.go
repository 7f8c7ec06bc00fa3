package screenlock

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert/bustest"
)

// login is logind on the test's bus, with one session.
type login struct{ locked chan bool }

func (l *login) Get(_, _ string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(<-l.locked), nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logind and the desktop's screen saver say that the screen is locked.
func TestWatch(t *testing.T) {
	address, _ := bustest.Start(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	system, err := dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { system.Close() })
	desktop := &login{make(chan bool, 10)}
	check(t, system.Export(desktop, ownSession, "org.freedesktop.DBus.Properties"))
	_, err = system.RequestName(logind, 0)
	check(t, err)

	changes := make(chan bool, 10)
	stop := Watch(slog.New(slog.DiscardHandler), func(locked bool) { changes <- locked })
	defer stop()
	hint := func(locked bool) {
		desktop.locked <- locked
		check(t, system.Emit("/org/freedesktop/login1/session/_32", "org.freedesktop.DBus.Properties.PropertiesChanged",
			session, map[string]dbus.Variant{}, []string{}))
	}
	saver := func(active bool) {
		check(t, system.Emit("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", active))
	}
	want := func(locked bool) {
		t.Helper()
		select {
		case got := <-changes:
			if got != locked {
				t.Fatalf("locked: %v", got)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("timed out")
		}
	}
	desktop.locked <- true // when the app starts
	want(true)
	hint(false)
	want(false)
	saverListens(t, system)
	saver(true)
	want(true)
	saver(false)
	want(false)
}

// The screen is unlocked once neither says that it is locked.
func TestBothSay(t *testing.T) {
	changes := make(chan bool, 10)
	s := &screen{changed: func(locked bool) { changes <- locked }}
	s.set(&s.saved, true)
	s.set(&s.hinted, true)
	s.set(&s.saved, false)
	s.set(&s.hinted, false)
	s.set(&s.hinted, false)
	if len(changes) != 2 || !<-changes || <-changes {
		t.Fatalf("%d changes", len(changes))
	}
}

// saverListens waits until the watch of the screen saver has begun, which no event announces.
func saverListens(t *testing.T, conn *dbus.Conn) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		var rules map[string][]string
		check(t, conn.BusObject().Call("org.freedesktop.DBus.Debug.Stats.GetAllMatchRules", 0).Store(&rules))
		for _, of := range rules {
			for _, rule := range of {
				if rule == "type='signal',member='ActiveChanged'" {
					return
				}
			}
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("timed out")
		}
	}
}

// Without any bus, nothing is known, and nothing fails.
func TestNoBus(t *testing.T) {
	none := "unix:path=" + t.TempDir() + "/none"
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", none)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", none)
	logged := make(lines, 2)
	stop := Watch(slog.New(slog.NewTextHandler(logged, nil)), func(bool) { t.Error("it isn't known") })
	for range 2 { // logind's bus, and the desktop's
		if line := <-logged; !strings.Contains(line, "D-Bus") {
			t.Error(line)
		}
	}
	stop()
}

// lines receives the lines of a log.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}
