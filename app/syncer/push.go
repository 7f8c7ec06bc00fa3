package syncer

import (
	"context"
	"slices"
	"sync"
	"time"

	"matterline/app/chat"
)

// pusher carries what is unsent to the portal. Each chat is a lane of its own: in it one thing follows another,
// and no lane waits for what goes wrong in another. What is said in lanes without trouble goes in one request
// together; a lane in trouble goes alone, one thing at a time. The read marks are a lane too.
type pusher struct {
	*Syncer
	// lanes are those that are busy or in trouble.
	lanes map[string]lane
	under int // how many requests are under way
	done  chan outcome
}

type lane struct {
	busy bool
	// wait is how long the lane rests after the next failure; 0 if it is not in trouble. It rests until then.
	wait  time.Duration
	until time.Time
}

func (l lane) resting(now time.Time) bool { return !l.busy && l.until.After(now) }

// laneOf names the lane of something unsent: its chat, or its matter for what is in no chat.
func laneOf(u chat.Unsent) string {
	if u.Kind == chat.AssignMatter {
		return "matter " + u.Matter
	}
	return u.Participant
}

const readLane = "reads"

// outcome is what became of a request.
type outcome struct {
	lanes []string
	// troubled are the lanes in which something is still to be sent, and why.
	troubled map[string]error
	// broken is what the replica said, if it could not note it.
	broken error
}

// pushAll sends what waits, and then whatever Push says, until ctx ends, the session has ended or the disk
// does not work.
func (s *Syncer) pushAll(ctx context.Context) error {
	p := &pusher{Syncer: s, lanes: map[string]lane{}, done: make(chan outcome, requests)}
	ctx, cancel := context.WithCancel(ctx)
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel()
	for {
		rung := s.again.next()
		tired, err := p.start(ctx, &sending)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.push:
		case <-tired:
		case <-rung:
			p.forgive()
		case o := <-p.done:
			if err := p.finish(o); err != nil {
				return err
			}
		}
	}
}

// forgive has everything tried at once that was to wait.
func (p *pusher) forgive() {
	for name, l := range p.lanes {
		l.until = time.Time{}
		p.lanes[name] = l
	}
}

// start sends what can be sent now. tired is when something else may be tried.
func (p *pusher) start(ctx context.Context, sending *sync.WaitGroup) (tired <-chan time.Time, err error) {
	begin := func(lanes []string, send func() outcome) {
		for _, name := range lanes {
			l := p.lanes[name]
			l.busy = true
			p.lanes[name] = l
		}
		p.under++
		sending.Go(func() {
			o := send()
			o.lanes = lanes
			p.done <- o
		})
	}
	now := time.Now()
	runs, err := p.ready(ctx, now)
	if err != nil {
		return nil, err
	}
	var together []chat.Unsent
	var lanes []string
	for _, run := range runs {
		name := laneOf(run[0])
		if run[0].Kind == chat.SayMessage && p.lanes[name].wait == 0 {
			if part := fitting(run, together); len(part) > 0 {
				together, lanes = append(together, part...), append(lanes, name)
			}
		} else if p.under < requests-1 { // one is for those without trouble
			begin([]string{name}, func() outcome { return p.send(ctx, run[0]) })
		}
	}
	if len(together) > 0 && p.under < requests {
		begin(lanes, func() outcome { return p.say(ctx, together) })
	}
	if l := p.lanes[readLane]; !l.busy && !l.resting(now) && p.under < requests {
		reads, err := p.replica.WaitingReads(ctx)
		if err != nil {
			return nil, err
		}
		if len(reads) > 0 {
			begin([]string{readLane}, func() outcome { return p.sendReads(ctx, reads[:min(len(reads), pushSize)]) })
		}
	}
	return p.soonest(now), nil
}

// ready is what can be sent now, lane by lane, each in the order of writing.
func (p *pusher) ready(ctx context.Context, now time.Time) (runs [][]chat.Unsent, err error) {
	for limit := pushSize; ; limit *= 10 { // what rests is in the way of what is behind it
		unsent, err := p.replica.Take(ctx, limit)
		if err != nil {
			return nil, err
		}
		at := map[string]int{}
		for _, u := range unsent {
			name := laneOf(u)
			i, begun := at[name]
			if !begun {
				i, at[name] = len(runs), len(runs)
				runs = append(runs, nil)
			}
			runs[i] = append(runs[i], u)
		}
		if len(unsent) < limit {
			p.leave(at)
		}
		runs = slices.DeleteFunc(runs, func(run []chat.Unsent) bool {
			l := p.lanes[laneOf(run[0])]
			return l.busy || l.resting(now)
		})
		if len(runs) > 0 || len(unsent) < limit {
			return runs, nil
		}
	}
}

// leave forgets the trouble of lanes in which nothing is left to send: its writer may have taken it back.
func (p *pusher) leave(left map[string]int) {
	troubled := false
	for name, l := range p.lanes {
		if _, some := left[name]; !some && !l.busy && name != readLane {
			delete(p.lanes, name)
			continue
		}
		troubled = troubled || l.wait > 0
	}
	if !troubled {
		p.standing.troubled(&p.standing.pushing, nil)
	}
}

// soonest is when the first lane has rested.
func (p *pusher) soonest(now time.Time) <-chan time.Time {
	var soonest time.Time
	for _, l := range p.lanes {
		if l.resting(now) && (soonest.IsZero() || l.until.Before(soonest)) {
			soonest = l.until
		}
	}
	if soonest.IsZero() {
		return nil
	}
	return time.After(time.Until(soonest))
}

// finish notes what became of a request. A lane in which something is still to be sent rests for a while.
func (p *pusher) finish(o outcome) error {
	p.under--
	if o.broken != nil {
		return o.broken
	}
	for _, name := range o.lanes {
		err := o.troubled[name]
		if err == nil {
			delete(p.lanes, name)
			continue
		}
		if final(err) {
			return err
		}
		p.log.Info("push", "error", err)
		p.standing.troubled(&p.standing.pushing, err)
		l := lane{wait: p.pace.longer(p.lanes[name].wait)}
		if len(o.lanes) == 1 || chat.CodeOf(err) == chat.TooMany { // those that failed together are tried alone at once
			l.until = time.Now().Add(jitter(l.wait))
		}
		p.lanes[name] = l
		if away(err) {
			poke(p.doubt)
		}
	}
	return nil
}
