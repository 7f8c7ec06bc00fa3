package syncer

import (
	"context"
	"errors"
	"math"
	"sync/atomic"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// puller works off what there is to do in each matter. One goroutine, run, knows what that is; workers do it,
// one at a time in one matter, so whatever is heard of a matter is done in the order in which it was heard.
type puller struct {
	*Syncer
	todo map[string]task
	busy map[string]task
	done chan result
	// connected lasts as long as run, work until halt ends what is under way.
	connected, work context.Context
	halt            context.CancelFunc

	planned bool // the heads have been heard
	pulled  int  // matters, since the copy was last complete
	// makeWay asks whoever pulls to stop after this page, because the preferred matter waits.
	makeWay atomic.Bool
}

func newPuller(s *Syncer) *puller {
	return &puller{Syncer: s, todo: map[string]task{}, busy: map[string]task{}, done: make(chan result)}
}

// run works off what news brings until ctx ends or nothing can be done any more. met is called when the portal
// has been met for the first time, and fits.
func (p *puller) run(ctx context.Context, news <-chan portalapi.Event, met func()) error {
	p.connected = ctx
	p.work, p.halt = context.WithCancel(ctx)
	defer p.stop()
	for {
		var err error
		rung, tired := p.again.next(), p.start()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tired:
			continue
		case <-p.turn:
			continue
		case <-rung:
			p.forgive()
			continue
		case ev := <-news:
			err = p.hear(ctx, ev)
			if err == nil && ev.Heads != nil && !p.planned {
				p.planned = true
				met()
			}
		case r := <-p.done:
			err = p.finish(r)
		}
		if err == nil {
			err = p.tell(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// hear notes what is to be done about an event.
func (p *puller) hear(ctx context.Context, ev portalapi.Event) error {
	switch {
	case ev.Heads != nil:
		return p.plan(ctx, *ev.Heads)
	case ev.Gone != nil:
		p.todo[ev.Gone.Matter] = task{gone: true}
	case ev.Changes != nil:
		page := *ev.Changes
		t := p.todo[page.Matter]
		if t.pull {
			t.head.Version = max(t.head.Version, page.Version)
		} else if t.heard = append(t.heard, page); len(t.heard) > maxHeard {
			t.want(chat.Head{Matter: page.Matter, Version: page.Version, ActiveAt: math.MaxInt64})
		}
		p.todo[page.Matter] = t
	}
	return nil
}

// plan compares the copy with the heads: what is no longer there is to be forgotten, what is behind is to be
// pulled. It returns too_old and too_new.
func (p *puller) plan(ctx context.Context, heads portalapi.Heads) error {
	if err := heads.Fits(); err != nil {
		return err
	}
	epoch, have, err := p.replica.Standing(ctx)
	if err != nil {
		return err
	}
	if epoch == heads.Epoch && ahead(have, heads) {
		// A pull may have been quicker than these heads. Others, asked for while nothing is pulled, tell.
		p.pause()
		out, err := portalapi.Call(ctx, p.portal, portalapi.Matters, &portalapi.MattersInput{})
		if err != nil {
			return err
		}
		heads = out.Body
		if epoch, have, err = p.replica.Standing(ctx); err != nil {
			return err
		}
	}
	if epoch != heads.Epoch || ahead(have, heads) {
		if p.planned {
			return errNewEpoch
		}
		p.pause()
		clear(p.todo)
		if err := p.replica.StartOver(ctx, heads.Epoch); err != nil {
			return err
		}
		for matter := range have { // they are still there, to be replaced or forgotten
			have[matter] = 0
		}
	}
	gone := have
	for _, tasks := range []map[string]task{p.todo, p.busy} { // what they bring may have been seen before these heads
		for matter := range tasks {
			gone[matter] = have[matter]
		}
	}
	for _, head := range heads.Matters {
		t, busy := p.todo[head.Matter], p.busy[head.Matter]
		if have[head.Matter] < head.Version || t.gone || busy.gone || busy.pull {
			t.want(head)
			p.todo[head.Matter] = t
		}
		delete(gone, head.Matter)
	}
	for matter := range gone {
		p.todo[matter] = task{gone: true}
	}
	return nil
}

// errNewEpoch ends a connection in which the portal was restored: what it was sent before may still be answered,
// and must not be noted as sent once the copy has started over.
var errNewEpoch = errors.New("the portal has a new epoch")

// ahead reports whether the copy has what the portal does not: the portal was restored to an older state
// without saying so.
func ahead(have map[string]int64, heads portalapi.Heads) bool {
	for _, head := range heads.Matters {
		if have[head.Matter] > head.Version {
			return true
		}
	}
	return false
}

func (p *puller) idle() bool { return p.planned && len(p.todo)+len(p.busy) == 0 }

// tell says how far the copy is.
func (p *puller) tell(ctx context.Context) error {
	if p.idle() {
		p.pulled = 0
		return p.fresh(ctx)
	}
	left := 0
	for _, tasks := range []map[string]task{p.todo, p.busy} {
		for _, t := range tasks {
			if t.pull {
				left++
			}
		}
	}
	if left > 0 {
		p.standing.set(func(f *Freshness) { f.State, f.Done, f.Total = CatchingUp, p.pulled, p.pulled+left })
	}
	return nil
}

// fresh notes that the copy is complete.
func (p *puller) fresh(ctx context.Context) error {
	if err := p.replica.Fresh(ctx); err != nil {
		return err
	}
	at, err := p.replica.AsOf(ctx)
	p.standing.set(func(f *Freshness) {
		f.State, f.AsOf, f.Done, f.Total, f.Warning = Current, at, 0, 0, clockWarning(p.portal.ClockAhead())
	})
	return err
}
