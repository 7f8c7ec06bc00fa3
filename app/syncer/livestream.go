package syncer

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"matterline/app/portalapi"
)

// liveStream is the live stream, which is opened again when it has ended. Only listen's goroutine uses it.
type liveStream struct {
	*Syncer
	// events and ended are those of the open stream, or nil. Its end comes after its last event.
	events chan portalapi.Event
	ended  chan error
	close  context.CancelFunc
	heard  int           // events from this stream
	wait   time.Duration // before the next stream, where streams don't work
	due    time.Time     // of the next stream
	// again fires when a stream that worked is opened again without asking for the heads, which the stream begins with.
	// unasked is set for a stream that was opened so.
	again   <-chan time.Time
	unasked bool

	running sync.WaitGroup
}

// open opens the stream if it's time. Call it when the portal has answered or again has fired, with the heads known by then.
func (l *liveStream) open(ctx context.Context, known portalapi.Heads) {
	if l.ended != nil || time.Now().Before(l.due) {
		return
	}
	l.again = nil
	ctx, l.close = context.WithCancel(ctx)
	events, ended := make(chan portalapi.Event), make(chan error, 1)
	l.events, l.ended, l.heard = events, ended, 0
	l.running.Go(func() {
		ended <- l.portal.FollowFrom(ctx, known, func(ev portalapi.Event) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case events <- ev:
				return nil
			}
		})
	})
}

// works reports whether the stream brings more than its first event.
func (l *liveStream) works() bool { return l.ended != nil && l.heard > 1 }

// untilAsked returns how long to wait for an event before the heads are asked for.
func (l *liveStream) untilAsked() time.Duration {
	if l.works() {
		return l.pace.silence
	}
	return jitter(2 * l.pace.poll)
}

// lost plans the next stream after this one has ended. A stream that worked is opened again soon, at a random time because
// a portal that stops ends many. If that fails, it's opened once more when the portal has answered.
func (l *liveStream) lost(err error) {
	l.log.Info("live stream ended", "error", err)
	switch {
	case l.works():
		l.wait = 0
		l.again = time.After(rand.N(l.pace.firstRetry))
	case l.unasked:
		l.wait = portalapi.RetryAfter(err)
	default:
		l.wait = min(max(2*l.wait, l.pace.firstStream, portalapi.RetryAfter(err)), l.pace.lastStream)
	}
	l.end()
	l.due = time.Now().Add(l.wait)
}

// restart ends the stream, so that open opens a new one at once.
func (l *liveStream) restart() {
	l.end()
	l.wait, l.due, l.again = 0, time.Time{}, nil
}

func (l *liveStream) end() {
	if l.ended != nil {
		l.close()
	}
	l.events, l.ended, l.unasked = nil, nil, false
}
