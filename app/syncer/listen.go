package syncer

import (
	"context"
	"net/http"
	"time"

	"matterline/app/portalapi"
)

// listen delivers what happens at the portal. Plain requests for the heads show whether there is a connection: listen
// returns when one fails. The live stream makes changes arrive sooner. A proxy may swallow it whole or let only its
// first event through, so the heads are asked for every few seconds until its second event, and again when it is silent.
func (s *Syncer) listen(ctx context.Context, events chan<- portalapi.Event) error {
	ctx, cancel := context.WithCancel(ctx)
	live := liveStream{Syncer: s}
	defer live.running.Wait()
	defer cancel()
	deliver := func(ev portalapi.Event) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case events <- ev:
			return nil
		}
	}
	in := new(portalapi.MattersInput)
	retry := s.retry.next()
	for {
		out, err := s.heads(ctx, in, retry)
		select {
		case <-retry:
			retry = s.retry.next()
			live.restart()
			continue // the request was over the old network
		default:
		}
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
		live.open(ctx)
		ask := time.NewTimer(live.untilAsked())
		for waits := true; waits; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-ask.C:
				waits = false
			case <-s.doubt:
				waits = false
			case <-s.behind:
				waits, in.IfNoneMatch = false, "" // the same heads show what is missing
			case <-retry:
				waits = false
			case ev := <-live.events:
				if err := deliver(ev); err != nil {
					return err
				}
				live.heard++
				ask.Reset(live.untilAsked())
			case err := <-live.ended:
				live.lost(err)
				waits = false
			}
		}
		ask.Stop()
	}
}

// heads asks for the heads. A Retry cancels the request.
func (s *Syncer) heads(ctx context.Context, in *portalapi.MattersInput, retry <-chan struct{}) (*portalapi.MattersOutput, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-retry:
			cancel()
		}
	}()
	return portalapi.Call(ctx, s.portal, portalapi.Matters, in)
}
