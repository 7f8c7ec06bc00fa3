package tray

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"matterline/app/bus"
)

// watcher is the name on the session bus of the program that shows icons.
const watcher = "org.kde.StatusNotifierWatcher"

// run starts the tray beside GTK's loop, as soon as there is a watcher: systray misses one that starts while it does.
// Without a session bus systray panics, so run checks that first. visible is called when a watcher starts or ends.
func run(ready func(), visible func(bool)) (stop func(), err error) {
	conn, changes, err := bus.Session([]dbus.MatchOption{dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcher)})
	if err != nil {
		return nil, fmt.Errorf("start tray: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bus.Deadline)
	defer cancel()
	var runs bool
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&runs); err != nil {
		return nil, fmt.Errorf("start tray: %w", errors.Join(err, conn.Close()))
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
		_ = conn.Close()
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
	if conn, err := dbus.SessionBus(); err == nil { // systray's connection
		conn.Object(watcher, "/StatusNotifierWatcher").Go(watcher+".RegisterStatusNotifierItem", dbus.FlagNoReplyExpected, nil, "/StatusNotifierItem")
	}
}
