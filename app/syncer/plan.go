package syncer

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// puller brings the copy up to date. One goroutine, run, decides what to do in each matter. Workers do it, one at a
// time per matter, so that the events of a matter are handled in order.
type puller struct {
	*Syncer
	todo *queue
	busy map[string]task
	done chan result
	// connected lasts as long as run. work ends earlier if cancelWork is called.
	connected, work context.Context
	cancelWork      context.CancelFunc

	planned bool // whether heads have arrived
	pulled  int  // matters, since the copy was last complete
	// ping is the totals of the newest event, if it was a ping.
	ping *chat.Totals
	// yield asks a worker to stop after its page, because the preferred matter waits.
	yield atomic.Bool
}

func newPuller(s *Syncer) *puller {
	return &puller{Syncer: s, todo: newQueue(), busy: map[string]task{}, done: make(chan result)}
}

// run handles events until ctx ends or an error ends the connection. It calls ready after the first heads, when the
// portal's version fits.
func (p *puller) run(ctx context.Context, events <-chan portalapi.Event, ready func()) error {
	p.connected = ctx
	p.work, p.cancelWork = context.WithCancel(ctx)
	defer p.stop()
	retry := p.retry.next()
	for {
		var err error
		due := p.start()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-due:
			continue
		case <-p.prefer:
			continue
		case <-retry:
			retry = p.retry.next()
			p.retryNow()
			continue
		case ev := <-events:
			err = p.handle(ctx, ev)
			if err == nil && ev.Heads != nil && !p.planned {
				p.planned = true
				ready()
			}
		case r := <-p.done:
			err = p.finish(r)
		}
		if err == nil {
			err = p.report(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// handle adds an event's work to the tasks.
func (p *puller) handle(ctx context.Context, ev portalapi.Event) error {
	p.ping = nil
	switch {
	case ev.Heads != nil:
		return p.plan(ctx, *ev.Heads)
	case ev.Gone != nil:
		p.todo.put(ev.Gone.Matter, task{pull: true, gone: true})
	case ev.Changes != nil:
		page := *ev.Changes
		t, _ := p.todo.get(page.Matter)
		if t.pull {
			t.head.Version = max(t.head.Version, page.Version)
		} else if t.pages = append(t.pages, page); len(t.pages) > maxPages {
			t.setPull(chat.Head{Matter: page.Matter, Version: page.Version, ActiveAt: math.MaxInt64})
		}
		p.todo.put(page.Matter, t)
	case ev.Ping != nil:
		p.ping = ev.Ping.Totals
	}
	return nil
}

// plan compares the copy with the heads: it pulls matters with newer versions, and those that are missing, which may be
// gone. It returns too_old and too_new.
func (p *puller) plan(ctx context.Context, heads portalapi.Heads) error {
	if err := heads.Fits(); err != nil {
		return err
	}
	epoch, have, err := p.replica.Known(ctx)
	if err != nil {
		return err
	}
	if epoch == heads.Epoch && !continues(have, heads) {
		// The copy may have overtaken these heads. Heads that are requested now show it for certain.
		p.pause()
		if epoch, have, err = p.replica.Known(ctx); err != nil {
			return err
		}
		out, err := p.portal.Heads(ctx, headsOf(epoch, have), "")
		if err != nil {
			return err
		}
		if heads = out.Body; heads.Fits() != nil { // something else may have answered
			return heads.Fits()
		}
	}
	if epoch != heads.Epoch || p.otherHistory || !continues(have, heads) {
		if p.planned {
			return errNewHistory
		}
		p.pause()
		p.todo = newQueue()
		p.log.Info("start over", "epoch", heads.Epoch)
		if err := p.replica.StartOver(ctx, heads.Epoch); err != nil {
			return err
		}
		p.otherHistory, p.startedOver = false, true
		for matter := range have { // each is still in the copy, to be replaced or forgotten
			have[matter] = chat.Known{}
		}
	}
	missing := have
	for matter := range p.todo.byMatter { // it may come into the copy
		missing[matter] = have[matter]
	}
	for matter := range p.busy {
		missing[matter] = have[matter]
	}
	for _, head := range heads.Matters {
		t, _ := p.todo.get(head.Matter)
		busy := p.busy[head.Matter]
		pulling := busy.pull && busy.head.Version >= head.Version
		if !pulling && (have[head.Matter].Version < head.Version || busy.pull) {
			t.setPull(head)
			p.todo.put(head.Matter, t)
		}
		delete(missing, head.Matter)
	}
	for matter := range missing {
		p.todo.put(matter, task{pull: true, gone: true})
	}
	return nil
}

// errNewHistory ends a connection during which the portal was restored, with or without a new epoch. Answers to earlier
// requests may still arrive, and must not confirm anything once the copy has started over.
var errNewHistory = errors.New("the portal's history is another one")

// continues reports whether every matter at the portal can continue what the copy has.
func continues(have map[string]chat.Known, heads portalapi.Heads) bool {
	return !slices.ContainsFunc(heads.Matters, func(head chat.Head) bool {
		return !have[head.Matter].LeadsTo(head)
	})
}

func (p *puller) idle() bool { return p.planned && len(p.todo.byMatter)+len(p.busy) == 0 }

// report updates the freshness with the progress.
func (p *puller) report(ctx context.Context) error {
	if p.idle() {
		p.pulled = 0
		if behind, err := p.isBehind(ctx); behind || err != nil {
			return err
		}
		return p.reportCurrent(ctx)
	}
	left := p.todo.pulls
	for _, t := range p.busy {
		if t.pull {
			left++
		}
	}
	if left > 0 {
		p.freshness.update(func(f *Freshness) { f.State, f.Done, f.Total = CatchingUp, p.pulled, p.pulled+left })
	}
	return nil
}

// isBehind compares the copy with the totals of a ping, once the events before it have been applied. If the copy has
// others, it missed something, and the heads are asked for. Events after the ping make the copy differ, too, so those
// totals aren't compared.
func (p *puller) isBehind(ctx context.Context) (bool, error) {
	want := p.ping
	if p.ping = nil; want == nil {
		return false, nil
	}
	have, err := p.replica.Totals(ctx)
	if err != nil || have == *want {
		return false, err
	}
	p.log.Info("the copy differs from the ping", "have", have, "want", *want)
	signal(p.behind)
	return true, nil
}

// reportCurrent records that the copy is complete.
func (p *puller) reportCurrent(ctx context.Context) error {
	unsent, err := p.replica.MarkComplete(ctx)
	if err != nil {
		return err
	}
	p.startedOver = false
	if unsent || p.Freshness().State != Current {
		p.Push() // what the copy may have put back into the outbox
	}
	at, err := p.replica.AsOf(ctx)
	p.freshness.update(func(f *Freshness) {
		f.State, f.AsOf, f.Done, f.Total, f.Warning = Current, at, 0, 0, clockWarning(p.portal.ClockAhead())
	})
	return err
}
