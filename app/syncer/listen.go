package syncer

import (
	"context"
	"net/http"
	"time"

	"matterline/app/portalapi"
)

// listen delivers what happens at the portal: first the heads, then changes from the live stream, or the heads again
// and again where a stream doesn't last. It returns when plain requests fail.
func (s *Syncer) listen(ctx context.Context, events chan<- portalapi.Event) error {
	deliver := func(ev portalapi.Event) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case events <- ev:
			return nil
		}
	}
	var wait time.Duration // before the next stream
	for {
		retry := s.retry.next() // before the stream, so that poll doesn't miss a Retry just after the stream has ended
		lasted, err := s.stream(ctx, retry, deliver)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.log.Info("live stream ended", "error", err)
		if lasted {
			wait = 0
		} else {
			wait = min(max(2*wait, s.pace.firstStream, portalapi.RetryAfter(err)), s.pace.lastStream)
		}
		if err := s.poll(ctx, retry, wait, deliver); err != nil {
			return err
		}
	}
}

// stream follows the live stream until it ends. It reports whether streams work here: a proxy may swallow a stream
// whole, or everything after the heads.
func (s *Syncer) stream(ctx context.Context, retry <-chan struct{}, deliver func(portalapi.Event) error) (lasted bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := make(chan bool, 1) // whether we ended it, to check the connection
	go func() {
		select {
		case <-ctx.Done():
			stopped <- false
			return
		case <-retry:
		case <-s.doubt:
		}
		stopped <- true
		cancel()
	}()
	silence := time.AfterFunc(s.pace.firstEvent, cancel)
	defer silence.Stop()
	received := 0
	err = s.portal.Follow(ctx, func(ev portalapi.Event) error {
		silence.Stop()
		received++
		return deliver(ev)
	})
	cancel()
	return received > 1 || received > 0 && <-stopped, err
}

// poll asks for the heads, now and then every few seconds, until it's time to try a stream again.
func (s *Syncer) poll(ctx context.Context, retry <-chan struct{}, wait time.Duration, deliver func(portalapi.Event) error) error {
	until := time.Now().Add(wait)
	in := new(portalapi.MattersInput)
	for ; ; retry = s.retry.next() {
		out, err := portalapi.Call(ctx, s.portal, portalapi.Matters, in)
		if err != nil {
			return err
		}
		ev := portalapi.Event{} // empty: the portal answers
		if out.Status != http.StatusNotModified {
			in.IfNoneMatch, ev.Heads = out.ETag, &out.Body
		}
		if err := deliver(ev); err != nil {
			return err
		}
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, jitter(2*s.pace.poll))):
		case <-s.doubt:
		case <-retry:
			return nil
		}
	}
}
