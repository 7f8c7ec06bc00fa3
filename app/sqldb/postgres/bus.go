package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Bus carries short texts between the programs that share a database, by LISTEN and NOTIFY. A text may be
// lost when a connection is.
type Bus struct {
	url string
	// sending is the connection for Notify, made when it is needed; taken while it is used.
	sending chan *pgx.Conn
}

const (
	channel = "matterline"
	// sendWithin bounds one Notify.
	sendWithin = 5 * time.Second
)

// NewBus makes a Bus of the database at a URL.
func NewBus(url string) *Bus {
	b := &Bus{url: url, sending: make(chan *pgx.Conn, 1)}
	b.sending <- nil
	return b
}

// Notify sends a text to everyone who listens.
func (b *Bus) Notify(ctx context.Context, text string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	conn := <-b.sending
	defer func() { b.sending <- conn }()
	if conn == nil {
		if conn, err = pgx.Connect(ctx, b.url); err != nil {
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

// Listen calls listening once it listens, and then hands each text to heard, until ctx ends or the
// connection is lost.
func (b *Bus) Listen(ctx context.Context, listening func(), heard func(text string)) error {
	conn, err := pgx.Connect(ctx, b.url)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	listening()
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		heard(notification.Payload)
	}
}

// Close closes the connection for Notify.
func (b *Bus) Close() {
	if conn := <-b.sending; conn != nil {
		_ = conn.Close(context.Background())
	}
	b.sending <- nil
}
