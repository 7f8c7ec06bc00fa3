package portal

import (
	"strings"
	"sync"
	"time"

	"matterline/app/chat"
)

// limiter slows down password guessing. It counts failed attempts per account and address, so that guessing from
// elsewhere doesn't lock out the owner, and per address, so that one address can't try many accounts.
type limiter struct {
	mu    sync.Mutex
	tries map[string][]time.Time
}

const (
	tryWindow          = 15 * time.Minute
	maxTriesPerAccount = 10
	maxTriesPerAddress = 100
)

func newLimiter() *limiter { return &limiter{tries: map[string][]time.Time{}} }

// attempt runs one attempt to sign in to an account from an address. It returns too_many, without running the
// attempt.
func (l *limiter) attempt(account, address string, try func() error) error {
	account = address + "\n" + strings.ToLower(strings.TrimSpace(account))
	now := time.Now()
	if !l.count(account, address, now) {
		return chat.Errorf(chat.TooMany, "password", "Too many attempts. Try again in 15 minutes.")
	}
	err := try()
	if err == nil {
		l.forgive(account, address, now)
	}
	return err
}

// count counts an attempt and reports whether it may run.
func (l *limiter) count(account, address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if len(l.tries[account]) >= maxTriesPerAccount || len(l.tries[address]) >= maxTriesPerAddress {
		return false
	}
	l.tries[account] = append(l.tries[account], now)
	l.tries[address] = append(l.tries[address], now)
	return true
}

func (l *limiter) expire(now time.Time) {
	for key, tries := range l.tries {
		for len(tries) > 0 && now.Sub(tries[0]) > tryWindow {
			tries = tries[1:]
		}
		if l.tries[key] = tries; len(tries) == 0 {
			delete(l.tries, key)
		}
	}
}

// forgive forgets an account's failed attempts from an address, and the one that succeeded.
func (l *limiter) forgive(account, address string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, account)
	for i, t := range l.tries[address] {
		if t.Equal(at) {
			l.tries[address] = append(l.tries[address][:i], l.tries[address][i+1:]...)
			return
		}
	}
}

// streamCounter counts the open live streams of each account.
type streamCounter struct {
	mu   sync.Mutex
	open map[string]int
}

func newStreamCounter() *streamCounter { return &streamCounter{open: map[string]int{}} }

// acquire counts one more stream. It reports false if the account has limit streams already.
func (s *streamCounter) acquire(account string, limit int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[account] >= limit {
		return false
	}
	s.open[account]++
	return true
}

func (s *streamCounter) release(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[account]--; s.open[account] == 0 {
		delete(s.open, account)
	}
}
