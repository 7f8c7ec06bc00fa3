package syncer

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// do does what there is to do in one matter.
func (p *puller) do(ctx context.Context, matter string, t task) error {
	if t.gone {
		if err := p.replica.Forget(ctx, matter); err != nil {
			return err
		}
	}
	have, err := p.replica.Have(ctx, matter)
	if err != nil {
		return err
	}
	for _, page := range t.heard {
		if have < page.After {
			return p.pullFrom(ctx, matter, have)
		}
		if err := p.replica.Apply(ctx, page); err != nil {
			return err
		}
		have = max(have, page.Version)
	}
	if t.pull && have < t.head.Version {
		return p.pullFrom(ctx, matter, have)
	}
	return nil
}

// page is an answer that is awaited.
type page chan struct {
	changes chat.Changes
	err     error
}

// pullFrom fetches what the copy misses of one matter: each page is applied while the next is on its way.
func (p *puller) pullFrom(ctx context.Context, matter string, after int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := p.ask(ctx, matter, after)
	for {
		got := <-next
		if chat.CodeOf(got.err) == chat.NotFound {
			return p.replica.Forget(ctx, matter)
		}
		if got.err != nil {
			return got.err
		}
		stop := got.changes.More && p.makeWay.CompareAndSwap(true, false)
		if got.changes.More && !stop {
			next = p.ask(ctx, matter, got.changes.Version)
		}
		if err := p.replica.Apply(ctx, got.changes); err != nil {
			return err
		}
		if stop {
			return errMadeWay
		}
		if !got.changes.More {
			return nil
		}
	}
}

func (p *puller) ask(ctx context.Context, matter string, after int64) page {
	answer := make(page, 1)
	go func() {
		out, err := portalapi.Call(ctx, p.portal, portalapi.Changes, &portalapi.ChangesInput{Matter: matter, After: after, Limit: pageSize})
		if err != nil {
			out = new(portalapi.ChangesOutput)
		}
		answer <- struct {
			changes chat.Changes
			err     error
		}{out.Body, err}
	}()
	return answer
}
