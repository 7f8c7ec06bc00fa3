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
	counter := l.participants
	if c.User {
		counter = l.users
	}
	for allowed < wanted && counter.wait(c.Account, now) == 0 {
		counter.add(c.Account, now)
		allowed++
	}
	if allowed == wanted {
		return allowed, nil
	}
	wait := time.Duration(min(wanted-allowed, sendingPause)) * counter.interval()
	return allowed, chat.Errorf(chat.TooMany, "", "You're sending messages faster than the portal takes them. They'll be sent in a moment.").After(wait)
}
