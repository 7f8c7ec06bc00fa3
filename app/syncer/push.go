package syncer

import (
	"context"
	"slices"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// pusher sends the outbox and the read marks. Each chat is a lane: its items are sent in order, and a failure in one
// lane doesn't hold up the others. Messages of all working lanes share a request. A failed lane sends its items one by
// one. The read marks are a lane, too, and so are the reminders.
type pusher struct {
	*Syncer
	// lanes holds the lanes that are busy or have failed.
	lanes    map[string]lane
	requests int // being sent
	done     chan outcome
}

type lane struct {
	busy bool
	// alone is set if the lane sends its items one by one.
	alone bool
	// wait is how long the lane waited after its last failure, until until. It's 0 for a lane that works.
	wait  time.Duration
	until time.Time
}

func (l lane) waits(now time.Time) bool { return !l.busy && l.until.After(now) }

// laneOf names an item's lane: its chat, or its matter if it belongs to no chat.
func laneOf(u chat.Unsent) string {
	if u.Kind == chat.AssignMatter {
		return "matter " + u.Matter
	}
	return u.Participant
}

const (
	readLane     = "reads"
	reminderLane = "reminders"
)

// outcome is the result of a request.
type outcome struct {
	lanes []string
	size  int // of the messages, in bytes
	// failed holds the lanes with unsent items, and why.
	failed map[string]error
	// replicaErr is the replica's error when it stored the result.
	replicaErr error
}

// pushAll sends everything unsent, now, after each Push and when a message can no longer be undone, until ctx ends or an
// error ends the connection.
func (s *Syncer) pushAll(ctx context.Context) error {
	p := &pusher{Syncer: s, lanes: map[string]lane{}, done: make(chan outcome, maxRequests)}
	ctx, cancel := context.WithCancel(ctx)
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel()
	retry := s.retry.next()
	for {
		due, err := p.start(ctx, &sending)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.push:
		case <-due:
		case <-retry:
			retry = s.retry.next()
			p.retryNow()
		case o := <-p.done:
			if err := p.finish(o); err != nil {
				return err
			}
		}
	}
}

// retryNow ends the wait of every lane.
func (p *pusher) retryNow() {
	for name, l := range p.lanes {
		l.until = time.Time{}
		p.lanes[name] = l
	}
}

// start sends what can be sent now. due fires when another lane may be tried, or a message can no longer be undone.
func (p *pusher) start(ctx context.Context, sending *sync.WaitGroup) (due <-chan time.Time, err error) {
	begin := func(lanes []string, send func() outcome) {
		for _, name := range lanes {
			l := p.lanes[name]
			l.busy = true
			p.lanes[name] = l
		}
		p.requests++
		sending.Go(func() {
			o := send()
			o.lanes = lanes
			p.done <- o
		})
	}
	most := maxRequests
	if p.room < pushLength { // more would make a slow line even slower
		most = 2
	}
	now := time.Now()
	held, err := p.replica.Held(ctx) // before ready: a message whose time ends in between isn't missed
	if err != nil {
		return nil, err
	}
	runs, err := p.ready(ctx, now)
	if err != nil {
		return nil, err
	}
	var together []chat.Unsent
	var lanes []string
	for _, run := range runs {
		name := laneOf(run[0])
		if run[0].Kind == chat.SendMessage && !p.lanes[name].alone {
			if part := fitting(run, together, p.room); len(part) > 0 {
				together, lanes = append(together, part...), append(lanes, name)
			}
		} else if p.requests < most-1 { // one is for the lanes that work
			begin([]string{name}, func() outcome { return p.send(ctx, run[0]) })
		}
	}
	if len(together) > 0 && p.requests < most {
		begin(lanes, func() outcome { return p.sendMessages(ctx, together) })
	}
	if l := p.lanes[readLane]; !l.busy && !l.waits(now) && p.requests < most {
		reads, err := p.replica.UnsentReads(ctx)
		if err != nil {
			return nil, err
		}
		if len(reads) > 0 {
			begin([]string{readLane}, func() outcome { return p.sendReads(ctx, reads[:min(len(reads), pushSize)]) })
		}
	}
	if l := p.lanes[reminderLane]; !l.busy && !l.waits(now) && p.requests < most {
		reminders, err := p.replica.UnsentReminders(ctx)
		if err != nil {
			return nil, err
		}
		if len(reminders) > 0 {
			begin([]string{reminderLane}, func() outcome { return p.sendReminders(ctx, reminders) })
		}
	}
	return p.nextDue(now, held), nil
}

// ready returns what can be sent now, by lane, each in order.
func (p *pusher) ready(ctx context.Context, now time.Time) (runs [][]chat.Unsent, err error) {
	for limit := pushSize; ; limit *= 10 { // items of waiting lanes may fill the limit
		unsent, err := p.replica.Take(ctx, limit)
		if err != nil {
			return nil, err
		}
		at := map[string]int{}
		for _, u := range unsent {
			name := laneOf(u)
			i, known := at[name]
			if !known {
				i, at[name] = len(runs), len(runs)
				runs = append(runs, nil)
			}
			runs[i] = append(runs[i], u)
		}
		if len(unsent) < limit {
			p.forgetEmpty(at)
		}
		runs = slices.DeleteFunc(runs, func(run []chat.Unsent) bool {
			l := p.lanes[laneOf(run[0])]
			return l.busy || l.waits(now)
		})
		if len(runs) > 0 || len(unsent) < limit {
			return runs, nil
		}
	}
}

// forgetEmpty forgets failed lanes without items: the user may have removed them.
func (p *pusher) forgetEmpty(left map[string]int) {
	failed := false
	for name, l := range p.lanes {
		if _, some := left[name]; !some && !l.busy && name != readLane && name != reminderLane {
			delete(p.lanes, name)
			continue
		}
		failed = failed || l.wait > 0
	}
	if !failed {
		p.freshness.setPushProblem(nil)
	}
}

// nextDue fires when the first waiting lane may be tried, and after held, unless that is 0.
func (p *pusher) nextDue(now time.Time, held time.Duration) <-chan time.Time {
	var soonest time.Time
	if held > 0 {
		soonest = now.Add(held)
	}
	for _, l := range p.lanes {
		if l.waits(now) && (soonest.IsZero() || l.until.Before(soonest)) {
			soonest = l.until
		}
	}
	if soonest.IsZero() {
		return nil
	}
	return time.After(time.Until(soonest))
}

// finish records a result. A failed lane waits before it's tried again.
func (p *pusher) finish(o outcome) error {
	p.requests--
	if o.replicaErr != nil {
		return o.replicaErr
	}
	p.fit(o)
	now := time.Now()
	for _, name := range o.lanes {
		err := o.failed[name]
		if err == nil {
			delete(p.lanes, name)
			continue
		}
		if endsConnection(err) {
			return err
		}
		p.log.Info("push", "error", err)
		p.freshness.setPushProblem(err)
		l := lane{alone: true, wait: p.pace.longer(p.lanes[name].wait)}
		if portalBusy(err) {
			l.alone = p.lanes[name].alone // more requests would make it worse
		}
		if len(o.lanes) == 1 || portalBusy(err) { // lanes that failed together are tried alone now
			l.until = now.Add(max(jitter(l.wait), portalapi.RetryAfter(err)))
		}
		p.lanes[name] = l
		if unreachable(err) {
			signal(p.doubt)
		}
	}
	return nil
}

// fit changes the room after a request. It grows only with what got through.
func (p *pusher) fit(o outcome) {
	if o.size == 0 {
		return
	}
	lost := false
	for _, err := range o.failed {
		lost = lost || lineTooSlow(err)
	}
	if lost {
		p.room = min(p.room, o.size/2)
	} else {
		p.room = min(max(p.room, 2*o.size), pushLength)
	}
}
