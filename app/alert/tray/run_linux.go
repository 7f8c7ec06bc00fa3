package tray

import (
	"errors"
	"fmt"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// run starts the tray beside GTK's own loop. systray panics without a session bus, and without a watcher
// nobody would see the icon: both are looked for first.
func run(ready func()) (stop func(), err error) {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, fmt.Errorf("tray: %w", err)
	}
	defer bus.Close()
	var there bool
	err = bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&there)
	if err != nil {
		return nil, fmt.Errorf("tray: %w", err)
	}
	if !there {
		return nil, errors.New("tray: nothing shows status notifier items")
	}
	start, end := systray.RunWithExternalLoop(ready, func() {})
	start()
	return end, nil
}
