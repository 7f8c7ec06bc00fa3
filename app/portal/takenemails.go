package portal

import (
	"math"
	"sync"
	"time"

	"matterline/app/chat"
)

// takenEmailRate is how many emails that belong to others a user may try to change theirs to. A right password doesn't
// forgive them: each answer says whether some account has an email, also a participant's whom the user may not see.
var takenEmailRate = rate{tries: 5, period: 24 * time.Hour}

// takenEmails limits how many such answers a user gets. Each node counts for itself.
type takenEmails struct {
	mu    sync.Mutex
	count *counter
}

func newTakenEmails() *takenEmails { return &takenEmails{count: newCounter(takenEmailRate)} }

// try runs a change of an account's email. It returns too_many, without running it. A change under way counts as refused,
// so that changes at the same time count as well.
func (l *takenEmails) try(account string, change func() error) error {
	now := time.Now()
	l.mu.Lock()
	wait := l.count.wait(account, now)
	if wait == 0 {
		l.count.add(account, now)
	}
	l.mu.Unlock()
	if wait > 0 {
		hours := int(math.Ceil(wait.Hours()))
		if hours == 1 {
			return chat.Errorf(chat.TooMany, "email", "Too many emails that you can't use. Try again in an hour, or ask an admin.").After(wait)
		}
		return chat.Errorf(chat.TooMany, "email", "Too many emails that you can't use. Try again in %d hours, or ask an admin.", hours).After(wait)
	}
	err := change()
	if chat.CodeOf(err) != chat.Taken {
		l.mu.Lock()
		l.count.takeBack(account, 1, time.Now())
		l.mu.Unlock()
	}
	return err
}
