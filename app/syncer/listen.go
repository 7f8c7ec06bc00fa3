package syncer

import (
	"context"
	"net/http"
	"time"

	"matterline/app/chat"
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
		if ev.Heads == nil || ev.Heads.Fits() == nil { // something else may have answered
			s.contact(ev.Heads)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case events <- ev:
			return nil
		}
	}
	etag, behind := "", false
	retry := s.retry.next()
	for {
		epoch, have, err := s.replica.Known(ctx)
		if err != nil {
			return err
		}
		known := headsOf(epoch, have)
		if behind { // although the portal may have said that nothing has changed
			known, etag = portalapi.Heads{}, ""
		}
		out, err := s.heads(ctx, known, etag, retry)
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
		behind = false
		ev := portalapi.Event{} // empty: the portal answers
		if out.Status != http.StatusNotModified {
			known, etag, ev.Heads = out.Body, out.ETag, &out.Body
		}
		if err := deliver(ev); err != nil {
			return err
		}
		live.open(ctx, known)
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
				waits, behind = false, true
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
				waits = live.again != nil
			case <-live.again:
				epoch, have, err := s.replica.Known(ctx)
				if err != nil {
					return err
				}
				live.open(ctx, headsOf(epoch, have))
				live.unasked = true
				ask.Reset(live.untilAsked())
			}
		}
		ask.Stop()
	}
}

// headsOf returns the heads that are what the copy has.
func headsOf(epoch string, have map[string]chat.Known) portalapi.Heads {
	heads := portalapi.Heads{Epoch: epoch}
	for matter, known := range have {
		heads.Matters = append(heads.Matters, chat.Head{Matter: matter, Version: known.Version, Mark: known.Mark})
	}
	return heads
}

// heads asks for the heads. A Retry cancels the request.
func (s *Syncer) heads(ctx context.Context, known portalapi.Heads, etag string, retry <-chan struct{}) (*portalapi.MattersOutput, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-retry:
			cancel()
		}
	}()
	return s.portal.Heads(ctx, known, etag)
}
