package syncer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"matterline/app/chat"
)

const (
	// pageSize is how many messages are asked for at once.
	pageSize = 500
	// atOnce is how many matters are worked on at once: while one is asked for, another is written.
	atOnce = 2
	// maxHeard is how many live changes are kept for one matter; a matter with more to it is pulled.
	maxHeard = 20
)

// task is what there is to do in one matter: forget it, then apply what was heard of it, or pull it.
type task struct {
	gone  bool
	heard []chat.Changes
	pull  bool
	head  chat.Head // with pull: up to where at least, and what comes first

	wait  time.Duration // after the next failure; 0 if it has not failed
	after time.Time     // not to be tried again before
}

// result is what became of a task.
type result struct {
	matter string
	err    error
}

var errMadeWay = errors.New("made way for another matter")

// want turns a task into a pull, which brings whatever was heard as well.
func (t *task) want(head chat.Head) {
	head.Version = max(head.Version, t.head.Version)
	t.pull, t.head, t.heard = true, head, nil
}

// start gives the workers what comes first, and returns when something else may be tried.
func (p *puller) start() (tired <-chan time.Time) {
	for {
		matter, t, soonest := p.first(time.Now())
		if matter == "" {
			if soonest.IsZero() {
				return nil
			}
			return time.After(time.Until(soonest))
		}
		if len(p.busy) == atOnce {
			p.makeWay.Store(t.pull && matter == p.preferred.Load())
			return nil
		}
		delete(p.todo, matter)
		p.busy[matter] = t
		go func(work context.Context) { p.done <- result{matter, p.do(work, matter, t)} }(p.work)
	}
}

// first is the task that comes first, if any can be begun; otherwise soonest is when one can be, or zero.
func (p *puller) first(now time.Time) (matter string, first task, soonest time.Time) {
	preferred := p.preferred.Load()
	for id, t := range p.todo {
		if _, busy := p.busy[id]; busy {
			continue
		}
		if t.after.After(now) {
			if soonest.IsZero() || t.after.Before(soonest) {
				soonest = t.after
			}
			continue
		}
		if matter == "" || cmp.Or(
			boolFirst(!t.pull, !first.pull), // what was heard is soon done
			boolFirst(id == preferred, matter == preferred),
			boolFirst(t.head.Mine, first.head.Mine),
			cmp.Compare(first.head.ActiveAt, t.head.ActiveAt),
			cmp.Compare(id, matter),
		) < 0 {
			matter, first = id, t
		}
	}
	return matter, first, soonest
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// finish notes what became of a task. What failed is tried again after a while, and holds up no other.
func (p *puller) finish(r result) error {
	t := p.busy[r.matter]
	delete(p.busy, r.matter)
	switch {
	case r.err == nil:
		if t.pull {
			p.pulled++
		}
		if p.idle() {
			p.standing.troubled(&p.standing.pulling, nil)
		}
		return nil
	case final(r.err):
		return r.err
	case errors.Is(r.err, errMadeWay), p.work.Err() != nil:
	default:
		p.log.Info("pull", "matter", r.matter, "error", r.err)
		p.standing.troubled(&p.standing.pulling, r.err)
		t.wait = p.pace.longer(t.wait)
		t.after = time.Now().Add(jitter(t.wait))
		if away(r.err) {
			poke(p.doubt)
		}
	}
	p.putBack(r.matter, t)
	return nil
}

// putBack has a task tried again, together with what was heard meanwhile.
func (p *puller) putBack(matter string, t task) {
	since, more := p.todo[matter]
	switch {
	case !more:
	case since.gone:
		t = since
	case t.pull || since.pull || len(t.heard)+len(since.heard) > maxHeard:
		for _, page := range append(t.heard, since.heard...) {
			t.head.Version = max(t.head.Version, page.Version)
		}
		since.head.Version = max(since.head.Version, t.head.Version)
		t.want(since.head)
	default:
		t.heard = append(t.heard, since.heard...)
	}
	p.todo[matter] = t
}

// forgive has everything tried at once that was to wait.
func (p *puller) forgive() {
	for matter, t := range p.todo {
		t.after = time.Time{}
		p.todo[matter] = t
	}
}

// pause ends the work under way; it is to be done again.
func (p *puller) pause() {
	p.stop()
	p.work, p.halt = context.WithCancel(p.connected)
}

func (p *puller) stop() {
	p.halt()
	for len(p.busy) > 0 {
		r := <-p.done
		t := p.busy[r.matter]
		delete(p.busy, r.matter)
		if r.err != nil {
			p.putBack(r.matter, t)
		} else if t.pull {
			p.pulled++
		}
	}
}
