package session

import (
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
)

// clock is a computer's clock. It shows wall time only, as after a restart.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.now = t }
func (c *clock) get() time.Time  { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

// laptop is a session without a portal, on a computer with a clock of its own.
type laptop struct {
	*Session
	t     *testing.T
	dir   string
	clock *clock
	// answered means that the account has just signed in.
	answered bool
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newLaptop(t *testing.T) *laptop {
	l := &laptop{t: t, dir: filepath.Join(t.TempDir(), "copy"), clock: &clock{now: noon}}
	l.open()
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (l *laptop) open() {
	l.t.Helper()
	var err error
	l.Session, err = Open(Options{
		Key: "maya", Dir: l.dir, Portal: "http://127.0.0.1:1", User: chat.User{ID: "0190b36e-0000-7000-8000-000000000001", Name: "Maya"}, Token: "token", Answered: l.answered,
		Grace: time.Minute, Now: l.clock.get, Log: slog.New(slog.DiscardHandler), Listener: newRecorder(), Notifications: notifications{make(chan alert.Notification, 100)},
	})
	check(l.t, err)
}

// restart closes the app and opens it again at another time.
func (l *laptop) restart(at time.Time) {
	l.t.Helper()
	check(l.t, l.Close())
	l.clock.set(at)
	l.open()
}

// rules answers the laptop, as a portal with these rules does.
func (l *laptop) rules(offlineDays int, readExpired bool) {
	l.lock.answered(&portalapi.Heads{Copies: &portalapi.CopyRules{OfflineDays: offlineDays, ReadExpired: readExpired}})
}

func (l *laptop) wants(locked bool, when string) {
	l.t.Helper()
	l.lock.check()
	if err := l.Locked(); (err != nil) != locked || err != nil && chat.CodeOf(err) != chat.CopyLocked {
		l.t.Errorf("%s: locked %v, want %v", when, err, locked)
	}
}

// A copy locks itself after the firm's limit, stays locked over restarts, and is unlocked by the next answer.
func TestCopyLocksItself(t *testing.T) {
	l := newLaptop(t)
	l.clock.set(noon.Add(400 * day))
	l.wants(false, "before the portal has said anything")
	l.clock.set(noon)
	l.rules(14, true)
	l.restart(noon.Add(14*day - time.Hour))
	l.wants(false, "an hour before the limit")
	l.clock.set(noon.Add(14 * day))
	l.wants(true, "at the limit")
	if text := l.Locked().Error(); text != "Your matters on this computer are locked because Matterline hasn't reached the portal for 14 days. Connect to the internet to unlock them." {
		t.Error(text)
	}
	l.restart(noon.Add(15 * day))
	l.wants(true, "after a restart")
	l.lock.answered(nil)
	l.wants(false, "after an answer without heads")
	l.restart(noon.Add(28 * day))
	l.wants(false, "13 days after that")
	l.rules(1, true)
	l.restart(noon.Add(29 * day))
	if text := l.Locked(); text == nil || text.Error() != "Your matters on this computer are locked because Matterline hasn't reached the portal for a day. Connect to the internet to unlock them." {
		t.Error(text)
	}
	l.rules(0, true)
	l.restart(noon.Add(4000 * day))
	l.wants(false, "without a limit")
	l.rules(14, true)
	l.lock.answered(&portalapi.Heads{})
	l.restart(noon.Add(8000 * day))
	l.wants(false, "with an older portal, which sends no rules")
}

// Setting the clock back neither unlocks a copy nor keeps it from locking while the app runs.
func TestClockSetBackDoesNotUnlock(t *testing.T) {
	l := newLaptop(t)
	l.rules(14, true)
	l.clock.set(noon.Add(20 * day))
	l.wants(true, "after 20 days")
	l.clock.set(noon)
	l.wants(true, "with the clock set back")
	l.restart(noon.Add(-4000 * day))
	l.wants(true, "and started again years before")
	l.rules(14, true) // at that time
	l.wants(false, "after an answer")
	l.restart(noon.Add(-4000*day + 13*day))
	l.wants(false, "13 days after it")
	l.restart(noon.Add(-4000*day + 15*day))
	l.wants(true, "15 days after it")
}

// While the clock stands still, or goes back, the time for which the app runs counts.
func TestRunningTimeCounts(t *testing.T) {
	c := contact{At: noon.UnixMilli(), Latest: noon.UnixMilli(), OfflineDays: 14}
	for range 13 * 24 {
		c.pass(noon.Add(-time.Hour), time.Hour)
	}
	if err := c.locked(); err != nil {
		t.Error(err)
	}
	for range 24 {
		c.pass(noon, time.Hour)
	}
	c.pass(noon, -time.Hour) // a clock that was set back between two looks, without the system's own count
	if err := c.locked(); chat.CodeOf(err) != chat.CopyLocked {
		t.Error(err)
	}
}

// A clock that is far ahead locks the copy until the next answer, and never longer. Nothing is deleted.
func TestClockFarAheadLocksUntilTheNextAnswer(t *testing.T) {
	l := newLaptop(t)
	l.rules(14, true)
	check(t, l.Replica().SaveDraft(t.Context(), "0190b36e-0000-7000-8000-000000000002", replica.Draft{Text: "half a thought"}))
	l.restart(noon.Add(3650 * day))
	l.wants(true, "ten years later")
	l.clock.set(noon.Add(time.Hour))
	l.wants(true, "with the right clock again")
	l.rules(14, true)
	l.wants(false, "after an answer")
	l.restart(noon.Add(13 * day))
	l.wants(false, "13 days later by the right clock")
	l.restart(noon.Add(15 * day))
	l.wants(true, "15 days later by the right clock")
	if _, drafts, err := l.Replica().Unsaved(t.Context()); drafts != 1 || err != nil {
		t.Error(drafts, err)
	}
}

// Whether a copy can be read after its session has ended is the firm's choice. It holds over restarts, also offline.
func TestExpiredSessionLocksIfTheFirmSaysSo(t *testing.T) {
	for _, mayRead := range []bool{true, false} {
		l := newLaptop(t)
		l.rules(14, mayRead)
		l.wants(false, "signed in")
		l.lock.signedOut()
		l.wants(!mayRead, "signed out")
		l.restart(noon.Add(time.Minute))
		l.wants(!mayRead, "signed out, and started again")
		l.lock.answered(nil)
		l.wants(false, "signed in again")
	}
}

// A sign-in is an answer of the portal, but the repair of a damaged copy isn't. After a sign-out the count begins anew.
func TestSignInUnlocks(t *testing.T) {
	l := newLaptop(t)
	l.rules(14, true)
	l.restart(noon.Add(20 * day))
	l.wants(true, "after 20 days")
	l.answered = true
	l.restart(noon.Add(20 * day))
	l.wants(false, "after a sign-in")
	l.clock.set(noon.Add(40 * day))
	reopened, err := l.Reopen()
	check(t, err)
	l.Session = reopened
	l.wants(true, "repaired 20 days later")
	check(t, l.SignOut())
	l.answered = false
	l.open()
	l.wants(false, "after a sign-out")
}

// The contact isn't written each time: an answer comes every few seconds.
func TestContactIsStoredNowAndThen(t *testing.T) {
	l := newLaptop(t)
	l.rules(14, true)
	stored := func() (text string) {
		text, err := l.Replica().Setting(t.Context(), contactSetting)
		check(t, err)
		return text
	}
	before := stored()
	for i := range 59 {
		l.clock.set(noon.Add(time.Duration(i) * time.Minute))
		l.lock.answered(nil)
	}
	if stored() != before {
		t.Error("stored within the hour")
	}
	l.clock.set(noon.Add(61 * time.Minute))
	l.lock.answered(nil)
	if stored() == before {
		t.Error("not stored after an hour")
	}
}
