// Package syncer keeps a replica in step with a portal: it pulls what is missing (pull.go), follows what
// happens, pushes what the user has said (push.go), and when the portal is away backs off and comes back.
// It sees neither database nor window: a Replica and a portalapi.Client are all it knows.
package syncer

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// Replica is what the syncer asks of a user's copy.
type Replica interface {
	// Standing is the epoch of the copy and the version it has of each matter.
	Standing(ctx context.Context) (epoch string, versions map[string]int64, err error)
	// StartOver drops every matter, for a new epoch.
	StartOver(ctx context.Context, epoch string) error
	// Apply writes changes; what the copy has already changes nothing.
	Apply(ctx context.Context, page chat.Changes) error
	// Forget drops a matter that the user may no longer see.
	Forget(ctx context.Context, matter string) error
	// Fresh notes that the copy was complete just now; AsOf is when it last was.
	Fresh(ctx context.Context) error
	AsOf(ctx context.Context) (int64, error)

	// Take returns what is to be sent now, and marks it as on its way.
	Take(ctx context.Context, limit int) ([]chat.Unsent, error)
	// Confirm and Reject note what became of it.
	Confirm(ctx context.Context, m chat.Message) error
	Reject(ctx context.Context, id string, why *chat.Error) error
	// WaitingReads are the read marks that the portal does not know of.
	WaitingReads(ctx context.Context) ([]chat.Read, error)
	ConfirmReads(ctx context.Context, reads []chat.Read) error
}

// State is how the copy stands to the portal.
type State string

const (
	Current    State = "current"     // the copy is complete, and hears what happens
	CatchingUp State = "catching_up" // it is being completed
	Offline    State = "offline"     // the portal does not answer
	SignedOut  State = "signed_out"  // the session has ended
)

// Freshness is how fresh the copy is.
type Freshness struct {
	State State `json:"state"`
	// AsOf is when the copy was last complete; 0 is never.
	AsOf int64 `json:"as_of"`
	// Done of Total matters are pulled, while catching up.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Problem is a sentence on what is wrong, when something is.
	Problem string `json:"problem"`
}

// Syncer keeps one replica in step with one portal.
type Syncer struct {
	replica Replica
	portal  *portalapi.Client
	log     *slog.Logger
	// told hears of every change of freshness.
	told func(Freshness)

	push, retry chan struct{}

	mu        sync.Mutex
	freshness Freshness
}

// New makes a Syncer; Run runs it. told hears of every change of freshness.
func New(replica Replica, portal *portalapi.Client, log *slog.Logger, told func(Freshness)) *Syncer {
	return &Syncer{
		replica: replica, portal: portal, log: log, told: told,
		push: make(chan struct{}, 1), retry: make(chan struct{}, 1),
		freshness: Freshness{State: Offline},
	}
}

// Push says that there is something to send.
func (s *Syncer) Push() { poke(s.push) }

// Retry ends the wait for a portal that was away.
func (s *Syncer) Retry() { poke(s.retry) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Freshness is how fresh the copy is now.
func (s *Syncer) Freshness() Freshness {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.freshness
}

func (s *Syncer) set(change func(*Freshness)) {
	s.mu.Lock()
	before := s.freshness
	change(&s.freshness)
	now := s.freshness
	s.mu.Unlock()
	if now != before {
		s.told(now)
	}
}

// The wait for a portal that is away grows from firstWait to longestWait.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 60 * time.Second
)

// Run keeps the replica in step until ctx ends or the session has ended.
func (s *Syncer) Run(ctx context.Context) {
	asOf, err := s.replica.AsOf(ctx)
	if err != nil {
		s.log.Error("sync", "error", err)
	}
	s.set(func(f *Freshness) { f.AsOf = asOf })
	wait := firstWait
	for ctx.Err() == nil {
		reached := false
		err := s.connect(ctx, &reached)
		switch {
		case ctx.Err() != nil:
			return
		case chat.CodeOf(err) == chat.SignedOut:
			s.set(func(f *Freshness) { f.State, f.Problem = SignedOut, chat.ErrSignedOut.Message })
			return
		}
		s.log.Info("portal away", "error", err)
		s.set(func(f *Freshness) { f.State, f.Problem = Offline, sentence(err) })
		if reached {
			wait = firstWait
		}
		s.sleep(ctx, jitter(wait))
		wait = min(2*wait, longestWait)
	}
}

func jitter(wait time.Duration) time.Duration {
	return wait/2 + rand.N(wait)
}

func (s *Syncer) sleep(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.retry:
	}
}

// sentence is what a person is told of err.
func sentence(err error) string {
	var e *chat.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong while syncing. Matterline goes on trying."
}

// connect follows the live stream while it lasts, and pushes meanwhile.
func (s *Syncer) connect(ctx context.Context, reached *bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var pushing sync.WaitGroup
	defer pushing.Wait()
	defer cancel(nil)
	err := s.portal.Follow(ctx, func(ev portalapi.Event) error {
		switch {
		case ev.Heads != nil:
			*reached = true
			pushing.Go(func() { cancel(s.pushAll(ctx)) })
			return s.catchUp(ctx, *ev.Heads)
		case ev.Changes != nil:
			return s.hear(ctx, *ev.Changes)
		case ev.Gone != nil:
			return s.replica.Forget(ctx, ev.Gone.Matter)
		}
		return s.fresh(ctx)
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause // the push failed first
	}
	return err
}

// fresh notes that the copy is complete.
func (s *Syncer) fresh(ctx context.Context) error {
	if err := s.replica.Fresh(ctx); err != nil {
		return err
	}
	at, err := s.replica.AsOf(ctx)
	s.set(func(f *Freshness) { *f = Freshness{State: Current, AsOf: at} })
	return err
}
