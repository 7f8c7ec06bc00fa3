package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// A copy locks itself when it hasn't reached the portal for as long as the firm allows, or when its session has expired and
// the firm doesn't let expired copies be read. The window then shows nothing of it. The next answer from the portal
// unlocks it. A lock deletes nothing: what the user wrote stays.
//
// The time since the last answer is counted by the latest time that this computer's clock has ever shown, and by how long
// the app has been running. So setting the clock back doesn't unlock a copy, or keep it from locking. A clock that is far
// ahead locks the copy until the next answer, which starts the count again, by whatever clock there is.

// contactSetting is the setting in own.db with the contact.
const contactSetting = "contact"

// contact is what a copy knows of its last answer from the portal. Times are in milliseconds.
type contact struct {
	At          int64 `json:"at"`           // the last answer
	Latest      int64 `json:"latest"`       // the latest time that the clock has shown since
	OfflineDays int   `json:"offline_days"` // the firm's limit, or 0
	// LockExpired means that a copy can't be read after its session has ended. SignedOut is whether it has.
	LockExpired bool `json:"lock_expired"`
	SignedOut   bool `json:"signed_out"`
}

// pass counts time until now. ran is how long the app has been running since the last call.
func (c *contact) pass(now time.Time, ran time.Duration) {
	c.Latest = max(c.Latest+max(ran, 0).Milliseconds(), now.UnixMilli())
}

// answer starts the count again, by whatever clock there is.
func (c *contact) answer(now time.Time) {
	c.At, c.Latest, c.SignedOut = now.UnixMilli(), now.UnixMilli(), false
}

const day = 24 * time.Hour

// locked returns copy_locked with a sentence if the copy is locked.
func (c contact) locked() error {
	limit := time.Duration(c.OfflineDays) * day
	switch {
	case c.SignedOut && c.LockExpired:
		return errSignedOutLocked
	case c.OfflineDays == 1 && c.Latest-c.At >= limit.Milliseconds():
		return chat.Errorf(chat.CopyLocked, "", "Your matters on this computer are locked because Matterline hasn't reached the portal for a day. Connect to the internet to unlock them.")
	case c.OfflineDays > 0 && c.Latest-c.At >= limit.Milliseconds():
		return chat.Errorf(chat.CopyLocked, "", "Your matters on this computer are locked because Matterline hasn't reached the portal for %d days. Connect to the internet to unlock them.", c.OfflineDays)
	}
	return nil
}

var errSignedOutLocked = chat.Errorf(chat.CopyLocked, "", "Your matters on this computer are locked because you're signed out. Sign in again to unlock them. Nothing you wrote is lost.")

const (
	// lockCheck is how often a session looks at the clock.
	lockCheck = time.Minute
	// contactSaved is how exactly the contact is stored: writing it each time would keep a disk awake.
	contactSaved = time.Hour
)

// lock locks a session's copy.
type lock struct {
	session *Session
	look    chan struct{} // asks run to look at the clock

	mu      sync.Mutex
	contact contact
	saved   contact
	ticked  time.Time
	why     string // the sentence that the listener knows, or empty
}

// newLock reads the contact. A copy that has none begins to count now.
func newLock(ctx context.Context, s *Session) *lock {
	now := s.options.Now()
	l := &lock{session: s, look: make(chan struct{}, 1), ticked: now}
	err := s.Setting(ctx, contactSetting, &l.contact)
	l.saved = l.contact
	switch {
	case s.options.Answered:
		l.contact.answer(now)
	case l.contact.At == 0:
		l.contact.At = now.UnixMilli()
	}
	l.contact.pass(now, 0)
	l.why = sentenceOf(l.contact.locked())
	if err = errors.Join(err, l.save(ctx)); err != nil { // a full disk doesn't keep the user from reading
		s.options.Log.Error("read and store the last contact", "error", err)
	}
	return l
}

// run looks at the clock until ctx ends.
func (l *lock) run(ctx context.Context) {
	tick := time.NewTicker(lockCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.check()
		case <-l.look:
			l.check()
		}
	}
}

// check counts the time that has passed.
func (l *lock) check() { l.change(func(*contact) {}) }

// answered starts the count again. heads may be nil.
func (l *lock) answered(heads *portalapi.Heads) {
	l.change(func(c *contact) {
		c.answer(l.session.options.Now())
		if heads != nil {
			c.OfflineDays, c.LockExpired = 0, false
			if rules := heads.Copies; rules != nil {
				c.OfflineDays, c.LockExpired = max(rules.OfflineDays, 0), !rules.ReadExpired
			}
		}
	})
}

// signedOut notes that the session has ended.
func (l *lock) signedOut() { l.change(func(c *contact) { c.SignedOut = true }) }

// mustNotShow notes that the firm doesn't let copies be read whose session has ended, as this one's has.
func (l *lock) mustNotShow() { l.change(func(c *contact) { c.SignedOut, c.LockExpired = true, true }) }

// change counts the time that has passed, and then changes the contact. It tells the listener when the copy is locked or
// unlocked by that, or locked for another reason.
func (l *lock) change(do func(*contact)) {
	s := l.session
	l.mu.Lock()
	now := s.options.Now()
	l.contact.pass(now, now.Sub(l.ticked))
	l.ticked = now
	do(&l.contact)
	before := l.why
	l.why = sentenceOf(l.contact.locked())
	changed := l.why != before
	err := l.saveIfDue(context.Background(), changed)
	l.mu.Unlock()
	if err != nil { // counted in memory until it can be written
		s.options.Log.Error("store the last contact", "error", err)
		s.ReportError(err)
	}
	if changed {
		s.options.Log.Info("the copy was locked or unlocked")
		s.publisher.publish()
		s.options.Listener.LockChanged(s)
	}
}

// saveIfDue stores the contact if it differs enough from the one stored; mu is held.
func (l *lock) saveIfDue(ctx context.Context, must bool) error {
	was, is := l.saved, l.contact
	due := must || was.OfflineDays != is.OfflineDays || was.LockExpired != is.LockExpired || was.SignedOut != is.SignedOut ||
		abs(is.At-was.At) >= contactSaved.Milliseconds() || abs(is.Latest-was.Latest) >= contactSaved.Milliseconds()
	if !due {
		return nil
	}
	return l.save(ctx)
}

func (l *lock) save(ctx context.Context) error {
	if _, err := l.session.SetSetting(ctx, contactSetting, l.contact); err != nil {
		return err
	}
	l.saved = l.contact
	return nil
}

func sentenceOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func abs(n int64) int64 { return max(n, -n) }

// Locked returns copy_locked, with a sentence, if the copy can't be read for now.
func (s *Session) Locked() error {
	l := s.lock
	l.mu.Lock()
	defer l.mu.Unlock()
	now, c := s.options.Now(), l.contact // a copy: only change tells the listener
	c.pass(now, now.Sub(l.ticked))
	err := c.locked()
	if sentenceOf(err) != l.why {
		signal(l.look)
	}
	return err
}
