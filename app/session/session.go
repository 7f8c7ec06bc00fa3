// Package session keeps one account at work: its replica, the syncer that keeps the replica in step with the portal,
// and the publisher, which calls a Listener and shows notifications when something changes.
//
// Sessions know nothing of each other and of no window: any number may be open at once.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// Options are what a session is opened with.
type Options struct {
	// Key identifies the account on this computer.
	Key string
	// Dir is the folder of the replica.
	Dir    string
	Portal string
	User   chat.User
	// Token may be empty or out of date: the replica can then be read and written until Renew.
	Token string
	// Self is the user as the portal described them at a sign-in, or empty if there was none.
	Self portalapi.Self
	// Answered means that the portal has just answered this account, by signing it in.
	Answered bool
	// Colleagues raises alerts also for what other users write.
	Colleagues bool
	// Undo is how long a message can be undone before it is sent.
	Undo time.Duration
	// Grace is how long the portal may be away before a notification says so. A laptop that wakes up needs a moment.
	Grace         time.Duration
	Now           func() time.Time
	Log           *slog.Logger
	Listener      Listener
	Notifications Notifications
	// Budget is shared by all sessions. Without one a session has its own.
	Budget *alert.Budget
}

// Listener is called when something happens in a session. Only Damaged and Erase may close the session, and
// only they may be called after Close has returned.
type Listener interface {
	// Changed is called when these matters, the alerts or the freshness may have changed.
	Changed(s *Session, matters []string)
	// Updated follows with the new alerts and the new freshness.
	Updated(s *Session, alerts []alert.Alert, f Freshness)
	// Connected is called when the session has connected to its portal.
	Connected(s *Session)
	// RepliesChanged is called after the saved replies changed, and SelfChanged after Self did, one call at a time.
	RepliesChanged(s *Session)
	SelfChanged(s *Session)
	// FirmChanged is called when the firm's settings or the list of users turned out to be others.
	FirmChanged(s *Session)
	// LockChanged is called after the copy was locked or unlocked.
	LockChanged(s *Session)
	// Erase is called when the portal says that the copy must be deleted. It may be called again.
	Erase(s *Session, why *chat.Error)
	// Damaged is called at most once, when the replica is found damaged. Reopen repairs it.
	Damaged(s *Session)
	// Limits returns the limits of notifications that the user sets: InSight, Muted, HeldUntil and NoPreview.
	Limits(s *Session) alert.Limits
}

// Notifications are the system's. The methods return at once.
type Notifications interface {
	Show(alert.Notification)
	// KeepOnly withdraws an account's notifications on all topics but these.
	KeepOnly(account string, topics ...string)
}

// Session is an open account.
type Session struct {
	options     Options
	client      *portalapi.Client
	replica     *replica.Replica
	syncer      *syncer.Syncer
	publisher   *publisher
	lock        *lock
	replies     chan struct{} // asks for the saved replies
	fetchSelf   chan struct{}
	reminders   reminders
	fetchesSoon atomic.Bool // FetchSelf follows
	damaged     sync.Once
	start       func()
	stop        context.CancelFunc
	running     sync.WaitGroup

	mu     sync.Mutex
	token  string
	self   portalapi.Self
	covers covers

	updatingCovers sync.Mutex

	// The portal's descriptions of the user are stored in the order in which they were asked for.
	selfTurns   atomic.Int64
	storingSelf sync.Mutex
	selfStored  int64
}

// Open opens an account's replica. Start must follow.
func Open(o Options) (*Session, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r, err := replica.Open(ctx, o.Dir, o.User, o.Now)
	if err != nil {
		stop()
		return nil, fmt.Errorf("open session: %w", err)
	}
	if err := r.CountColleagues(ctx, o.Colleagues); err != nil {
		o.Log.Error("count colleagues' messages", "error", err)
	}
	s := &Session{
		options: o, client: portalapi.NewClient(o.Portal, o.Token), replica: r, replies: make(chan struct{}, 1), fetchSelf: make(chan struct{}, 1), reminders: reminders{differ: make(chan struct{}, 1)}, stop: stop, token: o.Token,
	}
	if err := s.openSelf(ctx); err != nil { // it comes again from the portal
		o.Log.Error("read the user", "error", err)
	}
	if err := s.openCovers(ctx); err != nil {
		o.Log.Error("read the covers", "error", err)
	}
	s.publisher = newPublisher(s)
	s.lock = newLock(ctx, s)
	s.syncer = syncer.New(r, s.client, o.Log, func(f syncer.Freshness) {
		switch f.Code {
		case chat.Damaged:
			s.reportDamage()
		case chat.SignedOut:
			s.lock.signedOut()
		}
		s.publisher.publish()
	})
	s.syncer.OnContact(func(heads *portalapi.Heads) {
		s.lock.answered(heads)
		if heads != nil { // as after a change of the user's rights or the firm's settings: the portal then ends the live stream
			s.fetchSelfSoon()
			s.reminders.are(heads.Reminders)
		}
	})
	// Not in the caller's goroutine, which may be one of the session's own and must end first.
	s.client.OnErase(func(why *chat.Error) { go o.Listener.Erase(s, why) })
	s.client.OnLock(s.lock.mustNotShow)
	r.OnChanged(func(matters []string) { s.publisher.publish(matters...) })
	s.start = func() {
		s.running.Go(func() { s.publisher.run(ctx) })
		s.running.Go(func() { s.syncer.Run(ctx) })
		s.running.Go(func() { s.keepReplies(ctx) })
		s.running.Go(func() { s.keepSelf(ctx) })
		s.running.Go(func() { s.keepReminders(ctx) })
		s.running.Go(func() { s.lock.run(ctx) })
	}
	s.FetchReplies()
	s.FetchSelf()
	s.publisher.publish()
	return s, nil
}

// Start starts to sync and to call the Listener.
func (s *Session) Start() { s.start() }

// Close ends the session. Unsent messages and drafts stay on this computer.
func (s *Session) Close() error { return s.close(nil) }

// SignOut closes the session and empties the replica. Unsent messages and drafts stay on this computer for the same
// user's next sign-in. The caller ends the session at the portal, with the Token.
func (s *Session) SignOut() error {
	return s.close(func() error {
		ctx := context.Background()
		return errors.Join(s.replica.Set(ctx, usersSetting, ""), s.replica.Set(ctx, repliesSetting, ""), s.replica.Set(ctx, selfSetting, ""), s.replica.Set(ctx, coversSetting, ""),
			s.replica.Set(ctx, contactSetting, ""), s.replica.SignOut(ctx))
	})
}

func (s *Session) close(last func() error) error {
	s.stop()
	s.running.Wait()
	var err error
	if last != nil {
		err = last()
	}
	if err = errors.Join(err, s.replica.Close()); err != nil {
		return fmt.Errorf("close session: %w", err)
	}
	return nil
}

// Reopen closes the session and opens the account again. Opening repairs a damaged replica: it sets the copy aside,
// saves the unsent messages, and pulls the matters again.
func (s *Session) Reopen() (*Session, error) {
	if err := s.Close(); err != nil { // a damaged replica may not close
		s.options.Log.Error("reopen session", "error", err)
	}
	o := s.options
	o.Token, o.Self, o.Answered = s.Token(), s.Self(), false
	return Open(o)
}

// ReportError passes an error from the session or its replica to the session, which reports damage to the Listener.
func (s *Session) ReportError(err error) {
	if chat.CodeOf(err) == chat.Damaged {
		s.reportDamage()
	}
}

func (s *Session) reportDamage() {
	s.damaged.Do(func() {
		// Not in the caller's goroutine, which may be one of the session's own and must end first.
		go s.options.Listener.Damaged(s)
	})
}

// Renew continues with a new token, after the user has signed in again. The portal described the user then.
func (s *Session) Renew(ctx context.Context, token string, self portalapi.Self) {
	s.mu.Lock()
	s.token = token
	s.mu.Unlock()
	s.client.SetToken(token)
	s.lock.answered(nil)
	if err := s.SetSelf(ctx, self); err != nil {
		s.options.Log.Error("store the user", "error", err)
		s.ReportError(err)
	}
	s.syncer.Retry()
}

// Token is the session's token at the portal.
func (s *Session) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// Key identifies the session's account on this computer.
func (s *Session) Key() string { return s.options.Key }

// Portal is the address of the session's portal.
func (s *Session) Portal() string { return s.options.Portal }

// ClockAhead is how far this computer's clock was ahead of the portal's at the last answer.
func (s *Session) ClockAhead() time.Duration { return s.client.ClockAhead() }

// Replica is the session's copy.
func (s *Session) Replica() *replica.Replica { return s.replica }

// Prefer makes the syncer pull a matter before all others.
func (s *Session) Prefer(matter string) { s.syncer.Prefer(matter) }

// Retry tries to reach the portal now instead of after the wait.
func (s *Session) Retry() {
	s.lock.check()
	s.syncer.Retry()
}

// AskIfSignedOut asks the portal now, if the session has ended there, instead of after the wait: the copy may have to be
// deleted or locked.
func (s *Session) AskIfSignedOut() {
	if s.syncer.Freshness().State == syncer.SignedOut {
		s.Retry()
	}
}

// Publish calls the Listener with the alerts and the freshness. Call it after a change of settings.
func (s *Session) Publish() { s.publisher.publish() }

// Call calls an operation of the session's portal.
func Call[I, O any](ctx context.Context, s *Session, op portalapi.Op[I, O], in *I) (*O, error) {
	return portalapi.Call(ctx, s.client, op, in)
}
