// Package bus connects to D-Bus, on which the programs of a Linux desktop call each other. Any of them can hang, and so
// can the bus: no call here waits longer than the Deadline.
package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// Deadline limits each wait for another program.
const Deadline = 3 * time.Second

// Session connects to the bus of the user's desktop, and System to the computer's. They match signals, which arrive on
// the channel in their order. It must be read until it is closed, with the connection.
func Session(match ...[]dbus.MatchOption) (*dbus.Conn, <-chan *dbus.Signal, error) {
	return connect(dbus.ConnectSessionBus, match)
}

// System connects to the computer's bus. See Session.
func System(match ...[]dbus.MatchOption) (*dbus.Conn, <-chan *dbus.Signal, error) {
	return connect(dbus.ConnectSystemBus, match)
}

func connect(to func(...dbus.ConnOption) (*dbus.Conn, error), match [][]dbus.MatchOption) (*dbus.Conn, <-chan *dbus.Signal, error) {
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(Deadline, cancel)
	conn, err := to(dbus.WithContext(ctx), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("connect to D-Bus: %w", err)
	}
	signals := make(chan *dbus.Signal)
	conn.Signal(signals)
	for _, options := range match {
		err = errors.Join(err, conn.AddMatchSignalContext(ctx, options...))
	}
	if !late.Stop() {
		err = errors.Join(err, context.DeadlineExceeded)
	}
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("connect to D-Bus: %w", errors.Join(err, conn.Close()))
	}
	return conn, signals, nil
}
