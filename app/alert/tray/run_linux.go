package tray

import (
	"errors"
	"fmt"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// run starts the tray beside GTK's loop. It checks first that there is a session bus, without which systray panics,
// and a watcher, without which the icon would be invisible.
func run(ready func()) (stop func(), err error) {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, fmt.Errorf("start tray: %w", err)
	}
	defer bus.Close()
	var watched bool
	err = bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&watched)
	if err != nil {
		return nil, fmt.Errorf("start tray: %w", err)
	}
	if !watched {
		return nil, errors.New("start tray: this desktop has none (no status notifier watcher)")
	}
	start, end := systray.RunWithExternalLoop(ready, func() {})
	start()
	return end, nil
}
