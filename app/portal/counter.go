package portal

import (
	"hash/maphash"
	"slices"
	"time"
)

// rate allows a number of tries at once. Each try is forgotten after an equal part of the period, one after the other.
type rate struct {
	tries  int
	period time.Duration
}

func (r rate) interval() time.Duration { return r.period / time.Duration(r.tries) }

// maxCounted bounds the keys of a counter. Each takes about 40 bytes.
const maxCounted = 1 << 16

// counter counts tries by key. It keeps one time for each key: when all its tries will be forgotten. Keys are kept as
// hashes, because callers choose how long they are. A counter isn't safe for use by several goroutines at once.
type counter struct {
	rate
	seed  maphash.Seed
	start time.Time
	until map[uint64]time.Duration // since start
}

func newCounter(r rate) *counter {
	return &counter{rate: r, seed: maphash.MakeSeed(), start: time.Now(), until: map[uint64]time.Duration{}}
}

// debt returns how long it takes until all tries of a key are forgotten.
func (c *counter) debt(key string, now time.Time) time.Duration {
	return max(0, c.until[maphash.String(c.seed, key)]-now.Sub(c.start))
}

// wait returns how long a key must wait until its next try, or 0.
func (c *counter) wait(key string, now time.Time) time.Duration {
	return max(0, c.debt(key, now)+c.interval()-c.period)
}

// count returns how many tries of a key aren't forgotten.
func (c *counter) count(key string, now time.Time) int {
	return int((c.debt(key, now) + c.interval() - 1) / c.interval())
}

func (c *counter) add(key string, now time.Time) {
	if len(c.until) >= maxCounted {
		c.shrink(now)
	}
	c.until[maphash.String(c.seed, key)] = now.Sub(c.start) + c.debt(key, now) + c.interval()
}

// takeBack takes back a number of tries.
func (c *counter) takeBack(key string, tries int, now time.Time) {
	debt := c.debt(key, now) - time.Duration(tries)*c.interval()
	if debt <= 0 {
		delete(c.until, maphash.String(c.seed, key))
		return
	}
	c.until[maphash.String(c.seed, key)] = now.Sub(c.start) + debt
}

// shrink drops at least half of the keys: those that are forgotten, and those with the fewest tries. So a flood of new
// keys doesn't push out the key of a persistent guesser.
func (c *counter) shrink(now time.Time) {
	times := make([]time.Duration, 0, len(c.until))
	for _, until := range c.until {
		times = append(times, until)
	}
	slices.Sort(times)
	limit := max(times[len(times)/2], now.Sub(c.start))
	for key, until := range c.until {
		if until <= limit {
			delete(c.until, key)
		}
	}
}
