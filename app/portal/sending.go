package portal

import (
	"sync"
	"time"

	"matterline/app/chat"
)

// How many messages an account may send at once, and over time. A participant's chat of a week without a network fits,
// and so does an outbox that a user filled offline in many matters. Each node counts for itself.
var (
	participantSendRate = rate{tries: 300, period: 300 * time.Second}
	userSendRate        = rate{tries: 5000, period: 500 * time.Second}
)

// sendingPause is how many more messages an account that sent too many may send when it comes back: so many that it
// doesn't come back for each one.
const sendingPause = 10

// sendLimit limits the messages that accounts send, each item of a batch like a request of its own.
type sendLimit struct {
	mu                  sync.Mutex
	participants, users *counter
}

func newSendLimit() *sendLimit {
	return &sendLimit{participants: newCounter(participantSendRate), users: newCounter(userSendRate)}
}

// take counts up to wanted messages. It returns how many the caller may send now, and the error for the others: too_many.
func (l *sendLimit) take(c chat.Caller, wanted int, now time.Time) (allowed int, refusal *chat.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counter := l.counterOf(c)
	for allowed < wanted && counter.wait(c.Account, now) == 0 {
		counter.add(c.Account, now)
		allowed++
	}
	if allowed == wanted {
		return allowed, nil
	}
	return allowed, mustWait(counter, wanted-allowed)
}

// check returns too_many if the caller may not send a message now.
func (l *sendLimit) check(c chat.Caller, now time.Time) *chat.Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if counter := l.counterOf(c); counter.wait(c.Account, now) > 0 {
		return mustWait(counter, sendingPause)
	}
	return nil
}

func (l *sendLimit) counterOf(c chat.Caller) *counter {
	if c.User {
		return l.users
	}
	return l.participants
}

func mustWait(c *counter, messages int) *chat.Error {
	wait := time.Duration(min(messages, sendingPause)) * c.interval()
	return chat.Errorf(chat.TooMany, "", "You're sending messages faster than the portal takes them. They'll be sent in a moment.").After(wait)
}
