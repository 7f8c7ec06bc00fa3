package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/portalapi"
	"matterline/app/sqldb"
)

// load is messages that people of a firm send at a steady rate, whatever happens to the portal. Each goes to another
// matter, so that no later one makes a device pull what its stream didn't bring.
type load struct {
	firm *firm
	ctx  context.Context
	stop context.CancelFunc
	done chan struct{} // closed when everything is confirmed
	base string        // an id that sorts before those of the messages

	mu   sync.Mutex
	sent map[string]*letter

	arrived atomic.Int64  // copies
	news    chan struct{} // receives when a copy has arrived
}

// letter is a message of a load.
type letter struct {
	matter           int
	begun, confirmed time.Time // of the first attempt, and the last
	failed           int       // attempts

	mu     sync.Mutex
	copies []time.Time // when each arrived
}

// send starts a load.
func (f *firm) send(tb testing.TB, rate int) *load {
	ctx, stop := context.WithCancel(tb.Context())
	l := &load{firm: f, ctx: ctx, stop: stop, done: make(chan struct{}), base: newID(), sent: map[string]*letter{}, news: make(chan struct{}, 1)}
	f.current.Store(l)
	go func() {
		defer close(l.done)
		var sending sync.WaitGroup
		defer sending.Wait()
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			id, m := newID(), &letter{matter: f.next(), begun: time.Now()}
			l.mu.Lock()
			l.sent[id] = m
			l.mu.Unlock()
			sending.Go(func() {
				if err := l.deliver(tb.Context(), id, m); err != nil && tb.Context().Err() == nil {
					tb.Errorf("message %s: %v", id, err)
				}
			})
		}
	}()
	return l
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// deliver sends a message until the portal confirms it, as devices do. The participant and the assigned user write in
// turn.
func (l *load) deliver(ctx context.Context, id string, m *letter) error {
	in, out := new(portalapi.SendMessagesInput), new(portalapi.SendMessagesOutput)
	first := m.matter * l.firm.participants
	in.Body.Messages = []portalapi.Outgoing{{ID: id, Participant: participantID.of(first), Text: "Message " + id}}
	author := accountID.of(first)
	if m.matter%2 == 1 {
		author = userID.of(l.firm.assigned(m.matter))
	}
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := l.firm.entrance().call(ctx, tokenOf(author), http.MethodPost, portalapi.SendMessages.Path, in.Body, &out.Body)
		refused, ok := errors.AsType[*statusError](err)
		switch {
		case err == nil && out.Body.Results[0].Error != nil:
			return out.Body.Results[0].Error
		case err == nil:
			m.confirmed = time.Now()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && refused.status < 500 && refused.status != http.StatusRequestTimeout && refused.retryAfter == 0:
			return err
		}
		m.failed++
		pause(ctx, max(jitter(wait), retryAfter(err)))
	}
}

// received counts a copy that a device has for the first time.
func (l *load) received(id string) {
	l.mu.Lock()
	m := l.sent[id]
	l.mu.Unlock()
	if m == nil {
		return // of an earlier load
	}
	m.mu.Lock()
	m.copies = append(m.copies, time.Now())
	m.mu.Unlock()
	l.arrived.Add(1)
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// await waits until this many copies have arrived, as long as some arrive. It reports whether they have.
func (l *load) await(copies int64) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for l.arrived.Load() < copies {
		select {
		case <-l.news:
			late.Reset(patience)
		case <-late.C:
			return false
		}
	}
	return true
}

// flow waits until many copies of new messages have arrived.
func (l *load) flow(tb testing.TB) {
	tb.Helper()
	if !l.await(l.arrived.Load() + 200) {
		tb.Fatal("no copies arrive")
	}
}

// end stops sending, and waits until all messages are confirmed and the devices have their copies, or no more arrive.
func (l *load) end(tb testing.TB) *outcome {
	tb.Helper()
	l.stop()
	<-l.done
	var expected int64
	for _, m := range l.sent {
		expected += int64(l.firm.followers(m.matter))
	}
	l.await(expected)
	return l.compare(tb)
}

// outcome is what became of a load.
type outcome struct {
	*load
	messages, copies int // in the store, and those that devices must have
	lost, doubled    int
}

func (o outcome) String() string {
	return fmt.Sprintf("%d messages, %d copies, %d lost, %d doubled", o.messages, o.copies, o.lost, o.doubled)
}

// compare compares every device with the store.
func (l *load) compare(tb testing.TB) *outcome {
	tb.Helper()
	o := &outcome{load: l}
	type row struct{ id, matter, participant, text string }
	stored, err := sqldb.List(tb.Context(), l.firm.db, sqldb.Into(func(r *row) []any { return []any{&r.id, &r.matter, &r.participant, &r.text} }),
		`SELECT id, matter, participant, text FROM messages WHERE id > $1`, l.base)
	check(tb, err)
	o.messages = len(stored)
	there := map[string]int{}
	for _, r := range stored {
		there[r.text]++
	}
	for id := range l.sent {
		o.lost += max(0, 1-there["Message "+id])
		o.doubled += max(0, there["Message "+id]-1)
	}
	for _, d := range l.firm.devices {
		d.mu.Lock()
		for _, r := range stored {
			if _, follows := d.has[r.matter]; !follows || d.chat != "" && d.chat != r.participant {
				continue
			}
			o.copies++
			if _, has := d.copies[r.id]; !has {
				o.lost++
			}
		}
		o.doubled += d.doubled
		d.doubled = 0
		d.mu.Unlock()
	}
	return o
}
