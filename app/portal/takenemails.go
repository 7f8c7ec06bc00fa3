package portal

import (
	"math"
	"slices"
	"sync"
	"time"

	"matterline/app/chat"
)

var (
	// takenEmailRate is how many emails that belong to others a user may try to change theirs to. A right password doesn't
	// forgive them: each answer says whether some account has an email, also a participant's whom the user may not see.
	takenEmailRate = rate{tries: 5, period: 24 * time.Hour}
	// joinEmailRate is how many emails that have an account a network may try with invitations. Each invitation ends after a
	// few of them in any case.
	joinEmailRate = rate{tries: 20, period: 24 * time.Hour}
)

// takenEmails limits how many answers someone gets that say that an email has an account. The same email again counts
// once: the answer is known. Each node counts for itself.
type takenEmails struct {
	tell []chat.Code // the codes of these answers
	ask  string      // whom else to ask

	mu    sync.Mutex
	count *counter // by who asks
	told  *counter // by who asks, and the email
}

func newTakenEmails(r rate, ask string, tell ...chat.Code) *takenEmails {
	return &takenEmails{tell: tell, ask: ask, count: newCounter(r), told: newCounter(rate{tries: 1, period: r.period})}
}

// try runs something that may tell who that an email has an account. It returns too_many, without running it. What is
// under way counts as telling, so that tries at the same time count as well.
func (l *takenEmails) try(who, email string, run func() error) error {
	now, key := time.Now(), who+" "+chat.FoldName(email)
	l.mu.Lock()
	known := l.told.wait(key, now) > 0
	var wait time.Duration
	if !known {
		if wait = l.count.wait(who, now); wait == 0 {
			l.count.add(who, now)
		}
	}
	l.mu.Unlock()
	if wait > 0 {
		return l.tooMany(wait)
	}
	err := run()
	if known {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now = time.Now()
	if slices.Contains(l.tell, chat.CodeOf(err)) && l.told.wait(key, now) == 0 {
		l.told.add(key, now)
	} else {
		l.count.takeBack(who, 1, now)
	}
	return err
}

func (l *takenEmails) tooMany(wait time.Duration) error {
	hours := int(math.Ceil(wait.Hours()))
	if hours == 1 {
		return chat.Errorf(chat.TooMany, "email", "Too many emails that you can't use. Try again in an hour, or ask %s.", l.ask).After(wait)
	}
	return chat.Errorf(chat.TooMany, "email", "Too many emails that you can't use. Try again in %d hours, or ask %s.", hours, l.ask).After(wait)
}
