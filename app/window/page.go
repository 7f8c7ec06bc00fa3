package window

import (
	"sync"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"matterline/app/desktop"
)

// page keeps a page in the window. The process that shows it can crash, or hang. Then nothing in it is in sight any more,
// and it is loaded again. What the user typed in a chat was saved as a draft.
type page struct {
	window *window

	mu        sync.Mutex
	heartbeat heartbeat
	reloads   reloads
	ended     bool // waits for its reload
}

// watch starts to watch the page, which need not be loaded yet.
func (p *page) watch() {
	watchProcess(p.reload)
	if runtime.Environment(p.window.ctx).BuildType == "dev" { // it may be in a browser
		return
	}
	go func() {
		<-p.window.ready
		for range time.Tick(pingEvery) {
			p.ping()
		}
	}()
}

// loaded is called when the page is loaded.
func (p *page) loaded() {
	p.mu.Lock()
	p.ended = false
	p.mu.Unlock()
	p.answered()
}

// answered is called when the page has answered a ping.
func (p *page) answered() {
	p.mu.Lock()
	p.heartbeat.missed = 0
	p.mu.Unlock()
	p.window.app.SetPageAnswers(true)
}

func (p *page) ping() {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return
	}
	silent, hangs := p.heartbeat.tick(time.Now())
	if hangs {
		p.heartbeat = heartbeat{}
	}
	p.mu.Unlock()
	if silent {
		p.window.app.SetPageAnswers(false)
	}
	if hangs {
		p.window.options.Log.Error("the page doesn't answer")
		endPage(p.window.ctx)
		return
	}
	p.window.Emit(desktop.EventPing)
}

// reload loads the page again after it has ended, at once or, if it keeps ending, after a while.
func (p *page) reload() {
	p.window.app.PageEnded()
	p.mu.Lock()
	p.ended = true
	wait, again := p.reloads.next(time.Now())
	p.mu.Unlock()
	p.window.options.Log.Error("the page ended", "reload after", wait)
	if again {
		p.window.app.ShowProblem("The window stopped working several times. Alerts still arrive. If the window stays empty, quit Matterline and start it again.")
	}
	time.AfterFunc(wait, func() { reloadPage(p.window.ctx) })
}

// The page is asked for an answer every pingEvery. After silentAfter pings without one nothing counts as in sight, and
// after hangsAfter the page is ended.
const (
	pingEvery   = 5 * time.Second
	silentAfter = 3
	hangsAfter  = 12
)

// heartbeat judges whether the page answers.
type heartbeat struct {
	missed int // pings without an answer
	last   time.Time
}

// tick is called before each ping. A ping that comes late counts for nothing: the computer slept, or was too busy to
// run either side.
func (h *heartbeat) tick(now time.Time) (silent, hangs bool) {
	if now.Sub(h.last) > 2*pingEvery {
		h.missed = 0
	}
	h.last = now
	silent, hangs = h.missed >= silentAfter, h.missed >= hangsAfter
	h.missed++
	return silent, hangs
}

// A page that has been there for steady counts as one that works. maxReloadWait limits the wait for the next reload.
const (
	steady        = time.Minute
	maxReloadWait = time.Minute
)

// reloads counts the reloads of a page that keeps ending.
type reloads struct {
	count int
	due   time.Time // of the last reload
}

// next returns how long to wait before the page that has ended is loaded again, and whether to tell the user that this
// happens again and again.
func (r *reloads) next(now time.Time) (wait time.Duration, tell bool) {
	if now.Sub(r.due) > steady {
		r.count = 0
	}
	if r.count > 0 {
		wait = min(time.Second<<(r.count-1), maxReloadWait)
	}
	if r.count < 10 { // enough for the longest wait
		r.count++
	}
	r.due = now.Add(wait)
	return wait, r.count == 3
}
