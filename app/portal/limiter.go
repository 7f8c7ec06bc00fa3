package portal

import (
	"strings"
	"sync"
	"time"

	"matterline/app/chat"
)

// limiter bounds the guessing of passwords: by account and address together, so that whoever guesses
// elsewhere does not lock out the rightful owner, and by address, so that nobody tries many accounts. An
// attempt that succeeds does not count.
type limiter struct {
	mu    sync.Mutex
	tries map[string][]time.Time
}

const (
	triesWithin     = 15 * time.Minute
	triesForAccount = 10
	triesForAddress = 100
)

func newLimiter() *limiter { return &limiter{tries: map[string][]time.Time{}} }

// attempt runs one attempt to sign in to an account from an address. It returns too_many without running
// it.
func (l *limiter) attempt(account, address string, try func() error) error {
	account = address + "\n" + strings.ToLower(strings.TrimSpace(account))
	now := time.Now()
	if !l.count(account, address, now) {
		return chat.Errorf(chat.TooMany, "password", "That was tried too often. Please wait a quarter of an hour and try again.")
	}
	err := try()
	if err == nil {
		l.forgive(account, address, now)
	}
	return err
}

// count notes a try, unless there were too many.
func (l *limiter) count(account, address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if len(l.tries[account]) >= triesForAccount || len(l.tries[address]) >= triesForAddress {
		return false
	}
	l.tries[account] = append(l.tries[account], now)
	l.tries[address] = append(l.tries[address], now)
	return true
}

func (l *limiter) expire(now time.Time) {
	for key, tries := range l.tries {
		for len(tries) > 0 && now.Sub(tries[0]) > triesWithin {
			tries = tries[1:]
		}
		if l.tries[key] = tries; len(tries) == 0 {
			delete(l.tries, key)
		}
	}
}

// forgive takes back what the rightful owner mistyped before they came in, and the try that succeeded.
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

// gauge bounds how many of something each account may have at once.
type gauge struct {
	mu  sync.Mutex
	has map[string]int
}

func newGauge() *gauge { return &gauge{has: map[string]int{}} }

// take counts one more, and reports false if there were most already.
func (g *gauge) take(account string, most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.has[account] >= most {
		return false
	}
	g.has[account]++
	return true
}

func (g *gauge) give(account string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.has[account]--; g.has[account] == 0 {
		delete(g.has, account)
	}
}
