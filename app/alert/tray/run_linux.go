package tray

import (
	"context"
	"fmt"
	"sync"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// watcher is the name on the session bus of the program that shows icons.
const watcher = "org.kde.StatusNotifierWatcher"

// deadline limits the wait for the session bus.
const deadline = 3 * time.Second

// run starts the tray beside GTK's loop, as soon as there is a watcher: systray misses one that starts while it does.
// Without a session bus systray panics, so run checks that first. visible is called when a watcher starts or ends.
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
	start, end := systray.RunWithExternalLoop(func() {}, func() {})
	var mu sync.Mutex
	var started, stopped bool
	show := func(runs bool) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case !runs || stopped:
		case started:
			register()
		default:
			started = true
			start()
			ready() // systray would call it too early, and lose what it sets
		}
		visible(runs)
	}
	show(runs)
	go func() {
		for change := range changes {
			var name, before, owner string
			if dbus.Store(change.Body, &name, &before, &owner) == nil {
				show(owner != "")
			}
		}
	}()
	return func() {
		_ = bus.Close()
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		if started {
			end()
		}
	}, nil
}

// register gives the icon to a watcher that has just started. systray does so, too, but misses one that starts before
// systray listens. Watchers ignore what they have already.
func register() {
	if bus, err := dbus.SessionBus(); err == nil { // systray's connection
		bus.Object(watcher, "/StatusNotifierWatcher").Go(watcher+".RegisterStatusNotifierItem", dbus.FlagNoReplyExpected, nil, "/StatusNotifierItem")
	}
}
