package badge

import (
	"log/slog"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"matterline/app/alert/bustest"
)

// The launcher gets the number, also after the bus has started again. Without a bus nothing is shown, and nothing waits.
func TestBadge(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	b := New("eu.matterline.desktop.desktop", slog.New(slog.DiscardHandler))
	for range 100 {
		b.Show(1, false)
	}
	for range 2 {
		address, kill := bustest.Start(t)
		launcher, err := dbus.Connect(address)
		if err != nil {
			t.Fatal(err)
		}
		signals := make(chan *dbus.Signal, 10)
		launcher.Signal(signals)
		if err := launcher.AddMatchSignal(dbus.WithMatchInterface("com.canonical.Unity.LauncherEntry")); err != nil {
			t.Fatal(err)
		}
		b.Show(3, true)
		expect(t, signals, 3, true, true)
		b.Show(0, false)
		expect(t, signals, 0, false, false)
		kill()
		for launcher.Connected() { // its signals end with the connection
			<-signals
		}
	}
}

// expect waits for a signal to the launcher.
func expect(t *testing.T, signals <-chan *dbus.Signal, count int64, visible, urgent bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case signal := <-signals:
			if signal.Name != update {
				continue
			}
			var app string
			var got map[string]dbus.Variant
			if err := dbus.Store(signal.Body, &app, &got); err != nil {
				t.Fatal(err)
			}
			if app != "application://eu.matterline.desktop.desktop" || got["count"].Value() != count ||
				got["count-visible"].Value() != visible || got["urgent"].Value() != urgent {
				t.Fatalf("%s: %v", app, got)
			}
			return
		case <-late:
			t.Fatal("timed out")
		}
	}
}
