// Package syncer keeps a replica in step with a portal. It listens for events, pulls what the copy is missing, and sends
// what the user wrote. While the portal can't be reached it retries after growing waits, and at once when the network
// changes or the computer wakes up. It reports how fresh the copy is. It knows neither database nor window, only a
// Replica and a portalapi.Client.
//
// A connection lasts as long as the portal answers plain requests. Listening, pulling and sending run side by side
// in it, so that a broken stream, an unreadable matter or a rejected message holds up nothing else.
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

// Replica is the part of a user's copy that the syncer uses. Any method may return damaged, disk_full, disk_failed and
// locked.
type Replica interface {
	// Known returns the copy's epoch and how far it has each matter. KnownOf returns how far it has one, and Totals the
	// totals of all.
	Known(ctx context.Context) (epoch string, known map[string]chat.Known, err error)
	KnownOf(ctx context.Context, matter string) (known chat.Known, err error)
	Totals(ctx context.Context) (chat.Totals, error)
	// StartOver stores a new epoch and marks every matter to be pulled again.
	StartOver(ctx context.Context, epoch string) error
	// Apply stores changes. Changes that the copy has already have no effect. It returns other_history.
	Apply(ctx context.Context, page chat.Changes) error
	// Forget removes a matter that the user may no longer see.
	Forget(ctx context.Context, matter string) error
	// MarkComplete stores that the copy is complete now, and reports whether something is unsent. AsOf returns when it last
	// was.
	MarkComplete(ctx context.Context) (unsent bool, err error)
	AsOf(ctx context.Context) (int64, error)

	// Take returns what to send now, oldest first, and marks it as sending.
	Take(ctx context.Context, limit int) ([]chat.Unsent, error)
	// Held returns how long until Take returns the first message that can still be undone, or 0 if there is none.
	Held(ctx context.Context) (time.Duration, error)
	// Confirm stores a sent message. superseded reports that it didn't become the status.
	Confirm(ctx context.Context, m chat.Message, superseded bool) error
	// Settle removes a decision that the portal accepted. Reject stores why it rejected an item.
	Settle(ctx context.Context, id string) error
	Reject(ctx context.Context, id string, why *chat.Error) error
	// UnsentReads returns read marks that the portal doesn't have.
	UnsentReads(ctx context.Context) ([]chat.Read, error)
	ConfirmReads(ctx context.Context, reads []chat.Read) error
	// UnsentReminders returns reminders that the portal doesn't have.
	UnsentReminders(ctx context.Context) ([]chat.Reminder, error)
	ConfirmReminders(ctx context.Context, reminders []chat.Reminder) error
	// DropReminders removes reminders that the portal rejected.
	DropReminders(ctx context.Context, reminders []chat.Reminder) error
	// UnsentActivity returns reports for the audit trail that the portal doesn't have, oldest first.
	UnsentActivity(ctx context.Context, limit int) ([]chat.Activity, error)
	ConfirmActivity(ctx context.Context, ids []string) error
}

// pace holds the syncer's waits.
type pace struct {
	firstRetry, lastRetry   time.Duration // before a retry; each failure doubles it
	poll                    time.Duration // between polls while no live stream works
	silence                 time.Duration // of a live stream that works, before a poll: longer than a heartbeat
	firstStream, lastStream time.Duration // before the next stream; each failure doubles it
	signedOut               time.Duration // between requests after the session has ended
}

// signedOutPace is short because someone may be reading a copy that the firm has just ordered to be deleted.
const signedOutPace = time.Minute

var defaultPace = pace{
	firstRetry: 500 * time.Millisecond, lastRetry: time.Minute,
	poll: 5 * time.Second, silence: portalapi.Heartbeat + 5*time.Second,
	firstStream: 10 * time.Second, lastStream: 5 * time.Minute,
	signedOut: signedOutPace,
}

// jitter shortens a wait at random, so that devices that lost the same portal don't all return at once.
func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

// longer returns the wait after the next failure.
func (p pace) longer(wait time.Duration) time.Duration {
	return min(max(2*wait, p.firstRetry), p.lastRetry)
}

// Syncer keeps one replica in step with one portal.
type Syncer struct {
	replica Replica
	portal  *portalapi.Client
	log     *slog.Logger
	pace    pace

	// push and report signal that there is something to send, doubt that the portal may be unreachable, behind that the
	// copy missed something, and prefer that preferred has changed.
	push, report, doubt, behind, prefer chan struct{}

	preferred atomic.Value // the id of the matter that the user looks at
	retry     broadcast
	// room is how many bytes of messages share a request. It shrinks when a request is lost on the way, down to a single
	// message, and grows with each one that gets through. Only the pusher uses it.
	room int

	freshness freshness
	// contact is called after each answer. See OnContact.
	contact func(*portalapi.Heads)
	watcher *watcher

	// otherHistory is set when a matter at the portal doesn't continue what the copy knows, until the copy has started
	// over. startedOver is set then, until the copy is complete. Only Run's goroutine uses them.
	otherHistory, startedOver bool
}

// New returns a syncer, which Run runs. It calls changed whenever the freshness changes.
func New(replica Replica, portal *portalapi.Client, log *slog.Logger, changed func(Freshness)) *Syncer {
	s := &Syncer{
		replica: replica, portal: portal, log: log, pace: defaultPace, room: pushLength,
		push: make(chan struct{}, 1), report: make(chan struct{}, 1), doubt: make(chan struct{}, 1), behind: make(chan struct{}, 1), prefer: make(chan struct{}, 1),
		freshness: freshness{changed: changed, now: Freshness{State: CatchingUp}},
		contact:   func(*portalapi.Heads) {},
		watcher:   thisComputer,
	}
	s.preferred.Store("")
	return s
}

// OnContact sets the function that is called whenever the portal has answered this session, with the heads if the answer
// has any. Call it before Run.
func (s *Syncer) OnContact(do func(heads *portalapi.Heads)) { s.contact = do }

// Push sends what is unsent. Call it after writing to the outbox.
func (s *Syncer) Push() {
	signal(s.push)
	signal(s.report)
}

// Prefer pulls a matter before any other, because the user looks at it.
func (s *Syncer) Prefer(matter string) {
	s.preferred.Store(matter)
	signal(s.prefer)
}

// Retry tries everything that failed again now, over new connections.
func (s *Syncer) Retry() {
	s.portal.Reconnect()
	s.retry.send()
}

// signal wakes the receiver of a channel with a buffer of one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// broadcast wakes all goroutines that wait for it. Get the channel before an attempt, so that you don't miss a
// broadcast during the attempt.
type broadcast struct {
	mu   sync.Mutex
	sent chan struct{}
}

func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent == nil {
		b.sent = make(chan struct{})
	}
	return b.sent
}

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent != nil {
		close(b.sent)
		b.sent = nil
	}
}

// Run syncs until ctx ends. When the session has ended, it waits for a new token and Retry. It still asks the portal every
// minute: the answer may be another, such as that the copy must be deleted.
func (s *Syncer) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { s.watch(ctx) })
	if asOf, err := s.replica.AsOf(ctx); err != nil {
		s.freshness.disconnected(err)
	} else {
		s.freshness.update(func(f *Freshness) { f.AsOf = asOf })
	}
	var wait time.Duration
	for {
		retry := s.retry.next()
		reached, err := s.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		newHistory := errors.Is(err, errNewHistory)
		if newHistory && !s.startedOver {
			continue
		}
		s.log.Info("portal connection ended", "error", err)
		if !newHistory {
			s.freshness.disconnected(err)
		}
		if wait = s.pace.longer(wait); reached && !newHistory {
			wait = s.pace.firstRetry
		}
		again := max(jitter(wait), portalapi.RetryAfter(err))
		if chat.CodeOf(err) == chat.SignedOut {
			again = jitter(s.pace.signedOut)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		case <-retry:
			wait = 0
		}
	}
}

// connect syncs while the portal answers, and reports whether it ever did.
func (s *Syncer) connect(ctx context.Context) (reached bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	events := make(chan portalapi.Event)
	running.Go(func() { cancel(s.listen(ctx, events)) })
	p := newPuller(s)
	err = p.run(ctx, events, func() {
		reached = true
		running.Go(func() { cancel(s.pushAll(ctx)) })
		running.Go(func() { cancel(s.reportAll(ctx)) })
	})
	return reached, err
}
