package portal

import (
	"strings"
	"sync"
	"time"

	"matterline/app/chat"
)

// limiter bounds how often one account's password can be tried: ten times a quarter of an hour.
type limiter struct {
	mu    sync.Mutex
	tries map[string][]time.Time
}

const (
	maxTries    = 10
	triesWithin = 15 * time.Minute
)

func newLimiter() *limiter { return &limiter{tries: map[string][]time.Time{}} }

// allow counts one try. It returns too_many.
func (l *limiter) allow(email string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for key, tries := range l.tries {
		if now.Sub(tries[len(tries)-1]) > triesWithin {
			delete(l.tries, key)
		}
	}
	key := strings.ToLower(strings.TrimSpace(email))
	tries := l.tries[key]
	for len(tries) > 0 && now.Sub(tries[0]) > triesWithin {
		tries = tries[1:]
	}
	if len(tries) >= maxTries {
		return chat.Errorf(chat.TooMany, "password", "That was tried too often. Please wait a quarter of an hour and try again.")
	}
	l.tries[key] = append(tries, now)
	return nil
}
