// Package syncer keeps a replica in step with a portal: it hears what happens (listen.go), pulls what is
// missing (plan.go, tasks.go, pull.go), pushes what the user has said (push.go, send.go), and when the portal is away backs off and comes
// back, at once when the network changes or the computer wakes (wake.go). How the copy stands it tells as a
// Freshness (freshness.go). It sees neither database nor window: a Replica and a portalapi.Client are all it
// knows.
//
// A connection lasts as long as plain requests are answered. Listening, pulling and pushing run beside each
// other in it: a stream that breaks, a matter that cannot be read or a message that is not taken holds up
// nothing else.
package syncer

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// Replica is what the syncer asks of a user's copy. Any method may return damaged, disk_full, disk_failed and
// locked.
type Replica interface {
	// Standing is the epoch of the copy and the version it has of each matter; Have is that of one, or 0.
	Standing(ctx context.Context) (epoch string, versions map[string]int64, err error)
	Have(ctx context.Context, matter string) (version int64, err error)
	// StartOver has every matter pulled again, for a new epoch.
	StartOver(ctx context.Context, epoch string) error
	// Apply writes changes; what the copy has already changes nothing.
	Apply(ctx context.Context, page chat.Changes) error
	// Forget drops a matter that the user may no longer see.
	Forget(ctx context.Context, matter string) error
	// Fresh notes that the copy was complete just now; AsOf is when it last was.
	Fresh(ctx context.Context) error
	AsOf(ctx context.Context) (int64, error)

	// Take returns what is to be sent now in the order of writing, and marks it as on its way.
	Take(ctx context.Context, limit int) ([]chat.Unsent, error)
	// Confirm notes that a message was sent; superseded means that it did not become the status.
	Confirm(ctx context.Context, m chat.Message, superseded bool) error
	// Settle notes that a decision was accepted, Reject that something was not.
	Settle(ctx context.Context, id string) error
	Reject(ctx context.Context, id string, why *chat.Error) error
	// WaitingReads are the read marks that the portal does not know of.
	WaitingReads(ctx context.Context) ([]chat.Read, error)
	ConfirmReads(ctx context.Context, reads []chat.Read) error
}

// pace is how long the syncer waits for what.
type pace struct {
	first, longest time.Duration // before asking again what was not answered: from, to
	word           time.Duration // for the first word of a live stream
	poll           time.Duration // between polls while there is no stream
	again, rarely  time.Duration // before trying again to keep a stream: from, to
}

var unhurried = pace{
	first: 500 * time.Millisecond, longest: time.Minute,
	word: 8 * time.Second, poll: 5 * time.Second, again: 10 * time.Second, rarely: 5 * time.Minute,
}

// jitter keeps many that have lost the same portal from all coming back at once.
func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// longer is the wait after one that was in vain.
func (p pace) longer(wait time.Duration) time.Duration { return min(max(2*wait, p.first), p.longest) }

// Syncer keeps one replica in step with one portal.
type Syncer struct {
	replica Replica
	portal  *portalapi.Client
	log     *slog.Logger
	pace    pace

	// push is poked when there is something to send, doubt when the portal may be away, turn when the user
	// looks at another matter: preferred.
	push, doubt, turn chan struct{}
	preferred         atomic.Value
	again             bell

	standing standing
}

// New makes a Syncer; Run runs it. told hears of every change of freshness.
func New(replica Replica, portal *portalapi.Client, log *slog.Logger, told func(Freshness)) *Syncer {
	s := &Syncer{
		replica: replica, portal: portal, log: log, pace: unhurried,
		push: make(chan struct{}, 1), doubt: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		standing: standing{told: told, now: Freshness{State: CatchingUp}},
	}
	s.preferred.Store("")
	return s
}

// Push says that there is something to send.
func (s *Syncer) Push() { poke(s.push) }

// Prefer says which matter the user looks at: it is pulled before any other.
func (s *Syncer) Prefer(matter string) {
	s.preferred.Store(matter)
	poke(s.turn)
}

// Retry ends every wait: whatever was in vain is tried again at once, over new connections.
func (s *Syncer) Retry() {
	s.portal.Reconnect()
	s.again.ring()
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// bell wakes all who wait for it. Whoever asks for it before they try something misses no ring meanwhile.
type bell struct {
	mu   sync.Mutex
	rung chan struct{}
}

func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

// Run keeps the replica in step until ctx ends. When the session has ended it waits for a new token and Retry.
func (s *Syncer) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { s.watch(ctx) })
	if asOf, err := s.replica.AsOf(ctx); err != nil {
		s.standing.broken(err)
	} else {
		s.standing.set(func(f *Freshness) { f.AsOf = asOf })
	}
	var wait time.Duration
	for {
		rung := s.again.next()
		reached, err := s.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errNewEpoch) {
			continue
		}
		s.log.Info("portal away", "error", err)
		s.standing.broken(err)
		if wait = s.pace.longer(wait); reached {
			wait = s.pace.first
		}
		var tired <-chan time.Time
		if chat.CodeOf(err) != chat.SignedOut { // asking again with the same token would change nothing
			tired = time.After(jitter(wait))
		}
		select {
		case <-ctx.Done():
			return
		case <-tired:
		case <-rung:
			wait = 0
		}
	}
}

// connect keeps in step while the portal answers, and reports whether it ever did.
func (s *Syncer) connect(ctx context.Context) (reached bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	news := make(chan portalapi.Event)
	running.Go(func() { cancel(s.listen(ctx, news)) })
	p := newPuller(s)
	err = p.run(ctx, news, func() {
		reached = true
		running.Go(func() { cancel(s.pushAll(ctx)) })
	})
	return reached, err
}
