package syncer

import (
	"context"
	"errors"
	"slices"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// pageSize is how many messages a page has at most.
	pageSize = 500
	// workers is how many matters are updated at once: one waits for the portal while another is written.
	workers = 2
	// maxPages limits how many pages from the live stream wait for one matter. With more, the matter is pulled.
	maxPages = 20
)

// task is the work in one matter: to apply pages from the live stream, or to pull it.
type task struct {
	pages []chat.Changes
	pull  bool
	head  chat.Head // with pull: the version to reach, and the priority
	// gone is set with pull if the portal said that the user may not see the matter.
	gone bool

	wait  time.Duration // before the last retry; 0 if it hasn't failed
	after time.Time     // when it may be tried again
}

// result is the end of a task.
type result struct {
	matter string
	err    error
}

// errYielded ends a pull for the preferred matter. The rest is pulled later.
var errYielded = errors.New("stopped for the preferred matter")

// setPull turns a task into a pull, which includes the pages from the live stream.
func (t *task) setPull(head chat.Head) {
	head.Version = max(head.Version, t.head.Version)
	t.pull, t.head, t.pages = true, head, nil
}

// start gives the workers their next tasks. due fires when a failed task may be tried again.
func (p *puller) start() (due <-chan time.Time) {
	for {
		matter, t, soonest := p.todo.next(time.Now(), p.preferred.Load().(string), p.busy)
		if matter == "" {
			if soonest.IsZero() {
				return nil
			}
			return time.After(time.Until(soonest))
		}
		if len(p.busy) == workers {
			p.yield.Store(t.pull && matter == p.preferred.Load())
			return nil
		}
		p.todo.remove(matter)
		p.busy[matter] = t
		go func(work context.Context) { p.done <- result{matter, p.do(work, matter, t)} }(p.work)
	}
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

// finish records a result. A failed task is tried again later and doesn't hold up the others.
func (p *puller) finish(r result) error {
	t := p.busy[r.matter]
	delete(p.busy, r.matter)
	switch {
	case r.err == nil:
		if t.pull {
			p.countPull()
		}
		if p.idle() {
			p.freshness.setPullProblem(nil)
		}
		return nil
	case chat.CodeOf(r.err) == chat.OtherHistory:
		p.otherHistory = true
		return errNewHistory
	case endsConnection(r.err):
		return r.err
	case errors.Is(r.err, errYielded), p.work.Err() != nil:
	default:
		p.log.Info("pull", "matter", r.matter, "error", r.err)
		p.freshness.setPullProblem(r.err)
		t.wait = p.pace.longer(t.wait)
		t.after = time.Now().Add(max(jitter(t.wait), portalapi.RetryAfter(r.err)))
		if unreachable(r.err) {
			signal(p.doubt)
		}
	}
	p.putBack(r.matter, t)
	return nil
}

// countPull counts a pulled matter, and sends its messages that the portal has lost: they are in the outbox now.
func (p *puller) countPull() {
	p.pulled++
	p.Push()
}

// putBack returns a task to todo, merged with newer events.
func (p *puller) putBack(matter string, t task) {
	newer, found := p.todo.get(matter)
	switch {
	case !found:
	case newer.gone:
		t = newer
	case t.pull || newer.pull || len(t.pages)+len(newer.pages) > maxPages:
		for _, page := range append(t.pages, newer.pages...) {
			t.head.Version = max(t.head.Version, page.Version)
		}
		newer.head.Version = max(newer.head.Version, t.head.Version)
		t.setPull(newer.head)
	default:
		t.pages = append(t.pages, newer.pages...)
	}
	p.todo.put(matter, t)
}

// retryNow ends the wait of every failed task.
func (p *puller) retryNow() {
	for _, t := range slices.Clone(p.todo.waiting.all) {
		t.after = time.Time{}
		p.todo.put(t.matter, t.task)
	}
}

// pause stops the workers. What they didn't finish goes back to todo.
func (p *puller) pause() {
	p.stop()
	p.work, p.cancelWork = context.WithCancel(p.connected)
}

func (p *puller) stop() {
	p.cancelWork()
	for len(p.busy) > 0 {
		r := <-p.done
		t := p.busy[r.matter]
		delete(p.busy, r.matter)
		if r.err != nil {
			p.putBack(r.matter, t)
		} else if t.pull {
			p.countPull()
		}
	}
}
