package tray

import (
	"context"
	"fmt"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// watcher is the name on the session bus of the program that shows icons.
const watcher = "org.kde.StatusNotifierWatcher"

// deadline limits the wait for the session bus.
const deadline = 3 * time.Second

// run starts the tray beside GTK's loop. It checks first that there is a session bus, without which systray panics.
// systray gives the icon to each watcher that starts. visible is called when a watcher starts or ends.
func run(ready func(), visible func(bool)) (stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(deadline, cancel)
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start tray: %w", err)
	}
	changes := make(chan *dbus.Signal)
	bus.Signal(changes)
	var runs bool
	err = bus.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcher))
	if err == nil {
		err = bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&runs)
	}
	if err != nil || !late.Stop() {
		cancel()
		_ = bus.Close()
		return nil, fmt.Errorf("start tray: %w", err)
	}
	visible(runs)
	go func() {
		for change := range changes {
			var name, before, owner string
			if dbus.Store(change.Body, &name, &before, &owner) == nil {
				visible(owner != "")
			}
		}
	}()
	start, end := systray.RunWithExternalLoop(ready, func() {})
	start()
	return func() {
		_ = bus.Close()
		end()
	}, nil
}
