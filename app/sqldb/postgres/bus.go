package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bus sends short texts between the programs that share a database, using LISTEN and NOTIFY. A text may be lost
// when a connection breaks.
type Bus struct {
	url string
	// notifier holds the connection for Notify, or nil until it is first needed. Notify takes it out while using it.
	notifier chan *pgx.Conn
}

const (
	channel = "matterline"
	// busConnections is how many connections a Bus has: one to notify and one to listen.
	busConnections = 2
	// notifyTimeout limits one Notify.
	notifyTimeout = 5 * time.Second
)

// NewBus returns a Bus on the database at a URL.
func NewBus(url string) *Bus {
	b := &Bus{url: url, notifier: make(chan *pgx.Conn, 1)}
	b.notifier <- nil
	return b
}

// Notify sends a text to all listeners.
func (b *Bus) Notify(ctx context.Context, text string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	conn := <-b.notifier
	defer func() { b.notifier <- conn }()
	if conn == nil {
		if conn, err = b.connect(ctx); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	if _, err = conn.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, text); err != nil {
		_ = conn.Close(ctx)
		conn = nil
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// connect opens a connection. The URL may have options that only a pool understands.
func (b *Bus) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := parse(b.url, DefaultConnections)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	if err := beginSession(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// prepareNotify opens the connection for Notify, before the program's other connections may have used up what the
// server allows.
func (b *Bus) prepareNotify(ctx context.Context) (err error) {
	conn := <-b.notifier
	defer func() { b.notifier <- conn }()
	if conn == nil {
		if conn, err = b.connect(ctx); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	return nil
}

// Listen calls ready once it is listening and then handle for each text. It returns when ctx ends or the
// connection breaks.
func (b *Bus) Listen(ctx context.Context, ready func(), handle func(text string)) error {
	conn, err := b.connect(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := b.prepareNotify(ctx); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ready()
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		handle(notification.Payload)
	}
}

// Close closes the connection for Notify.
func (b *Bus) Close() {
	if conn := <-b.notifier; conn != nil {
		_ = conn.Close(context.Background())
	}
	b.notifier <- nil
}
