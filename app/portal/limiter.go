package portal

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"sync"
	"time"

	"matterline/app/chat"
)

// Failed attempts to sign in are limited per account and network, so that guessing elsewhere doesn't lock out the owner;
// per network, so that one network can't try many accounts; and, slowly, per account, so that many networks can't
// guess the same password. A device on which the account has signed in before has only a limit of its own: the guesses
// of others never lock it out.
var (
	accountAndNetworkRate = rate{tries: 10, period: 15 * time.Minute}
	networkRate           = rate{tries: 100, period: 15 * time.Minute}
	siteRate              = rate{tries: 300, period: time.Hour}
	accountRate           = rate{tries: 100, period: 24 * time.Hour}
	deviceRate            = rate{tries: 10, period: time.Hour}
)

// limiter slows down password guessing.
type limiter struct {
	mu                                                sync.Mutex
	accountAndNetwork, network, site, account, device *counter
}

func newLimiter() *limiter {
	return &limiter{
		accountAndNetwork: newCounter(accountAndNetworkRate), network: newCounter(networkRate),
		site: newCounter(siteRate), account: newCounter(accountRate), device: newCounter(deviceRate),
	}
}

// attempt is an attempt to sign in.
type attempt struct {
	account string // empty for a link, whose secret can't be guessed. A new password makes it another one.
	address string // the client's IP address
	device  string // the secret of a device that is known to be the account's, or empty
	// storeCounts means that the store counts wrong codes, and makes them wait where a recovery code needn't.
	storeCounts bool
}

// count is a key that an attempt counts for.
type count struct {
	counter *counter
	key     string
}

// countsOf returns what an attempt counts for. The first one belongs to the attempt's account alone, if it has one.
func (l *limiter) countsOf(a attempt) (counts []count) {
	if a.device != "" {
		return []count{{l.device, a.account + " " + a.device}}
	}
	network, site := networksOf(a.address)
	if a.account != "" {
		counts = append(counts, count{l.accountAndNetwork, network + " " + a.account}, count{l.account, a.account})
	}
	counts = append(counts, count{l.network, network})
	if site != "" {
		counts = append(counts, count{l.site, site})
	}
	return counts
}

// networksOf returns the network that an address's owner has at least, and the site that may hold many of these. An
// IPv6 customer gets at least a /64, and often a /48. IPv4 has no sites.
func networksOf(address string) (network, site string) {
	ip, err := netip.ParseAddr(address)
	ip = ip.Unmap().WithZone("")
	if err != nil || ip.Is4() {
		return ip.String(), ""
	}
	return netip.PrefixFrom(ip, 64).Masked().String(), netip.PrefixFrom(ip, 48).Masked().String()
}

// try runs an attempt to sign in. It returns too_many, without running the attempt.
func (l *limiter) try(a attempt, signIn func() error) error {
	counts := l.countsOf(a)
	if wait := l.add(counts, time.Now()); wait > 0 {
		minutes := int(math.Ceil(wait.Minutes()))
		if minutes == 1 {
			return chat.Errorf(chat.TooMany, "password", "Too many attempts. Try again in a minute.").After(wait)
		}
		return chat.Errorf(chat.TooMany, "password", "Too many attempts. Try again in %d minutes.", minutes).After(wait)
	}
	err := signIn()
	switch code := chat.CodeOf(err); {
	case err == nil:
		l.forgive(a, counts, time.Now())
	case code == chat.WrongCode && a.storeCounts:
		l.takeBack(counts, 1, time.Now())
	case errors.Is(err, context.Canceled): // counts, or a guesser could hang up each time
	case code == chat.Busy, code == chat.Internal, code == chat.NotAllowed, code == chat.TooMany, // nothing was guessed
		code == chat.CodeRequired, code == chat.SetUpFirst: // a right password forgives no wrong codes
		l.takeBack(counts, 1, time.Now())
	}
	return err
}

// add counts an attempt, or returns how long to wait until it may run.
func (l *limiter) add(counts []count, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range counts {
		wait = max(wait, c.counter.wait(c.key, now))
	}
	if wait == 0 {
		for _, c := range counts {
			c.counter.add(c.key, now)
		}
	}
	return wait
}

// takeBack takes back attempts that were counted.
func (l *limiter) takeBack(counts []count, attempts int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range counts {
		c.counter.takeBack(c.key, attempts, now)
	}
}

// forgive takes back the attempt that succeeded, and the failed ones of the same account from the same network: typing
// errors of a person who then signs in. The failed attempts for other accounts, and from other networks, stay.
func (l *limiter) forgive(a attempt, counts []count, now time.Time) {
	attempts := 1
	if a.account != "" {
		l.mu.Lock()
		attempts = counts[0].counter.count(counts[0].key, now)
		l.mu.Unlock()
	}
	l.takeBack(counts, attempts, now)
}
