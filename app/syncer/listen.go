package syncer

import (
	"context"
	"net/http"
	"time"

	"matterline/app/portalapi"
)

// listen tells of what happens at the portal: first the heads, then changes as they come by the live stream,
// or the heads again and again where no stream can be kept. It returns why plain requests are not answered.
func (s *Syncer) listen(ctx context.Context, news chan<- portalapi.Event) error {
	tell := func(ev portalapi.Event) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case news <- ev:
			return nil
		}
	}
	var wait time.Duration // before the next try to keep a stream
	for {
		rung := s.again.next() // before the stream, so that poll doesn't miss a Retry just after the stream has ended
		kept, err := s.stream(ctx, rung, tell)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.log.Info("live stream ended", "error", err)
		if kept {
			wait = 0
		} else {
			wait = min(max(2*wait, s.pace.again), s.pace.rarely)
		}
		if err := s.poll(ctx, rung, wait, tell); err != nil {
			return err
		}
	}
}

// stream follows the live stream until it ends, and reports whether it could be kept: a proxy may swallow it
// whole, or all that follows the heads.
func (s *Syncer) stream(ctx context.Context, rung <-chan struct{}, tell func(portalapi.Event) error) (kept bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	broken := make(chan bool, 1) // by us, to see whether it is still good
	go func() {
		select {
		case <-ctx.Done():
			broken <- false
			return
		case <-rung:
		case <-s.doubt:
		}
		broken <- true
		cancel()
	}()
	silence := time.AfterFunc(s.pace.word, cancel)
	defer silence.Stop()
	heard := 0
	err = s.portal.Follow(ctx, func(ev portalapi.Event) error {
		silence.Stop()
		heard++
		return tell(ev)
	})
	cancel()
	return heard > 1 || heard > 0 && <-broken, err
}

// poll asks for the heads, at once and then every few seconds, until it is time to try for a stream again.
func (s *Syncer) poll(ctx context.Context, rung <-chan struct{}, wait time.Duration, tell func(portalapi.Event) error) error {
	enough := time.Now().Add(wait)
	in := new(portalapi.MattersInput)
	for ; ; rung = s.again.next() {
		out, err := portalapi.Call(ctx, s.portal, portalapi.Matters, in)
		if err != nil {
			return err
		}
		ev := portalapi.Event{} // a sign of life
		if out.Status != http.StatusNotModified {
			in.IfNoneMatch, ev.Heads = out.ETag, &out.Body
		}
		if err := tell(ev); err != nil {
			return err
		}
		left := time.Until(enough)
		if left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(left, jitter(2*s.pace.poll))):
		case <-s.doubt:
		case <-rung:
			return nil
		}
	}
}
