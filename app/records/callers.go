package records

import (
	"slices"
	"sync"
	"time"

	"matterline/app/chat"
)

const (
	// callerTTL is how long a session may still work after it ended on another node, if the notice of that is lost.
	callerTTL = 5 * time.Second
	// longCallerTTL is how long a caller is cached while this node's looks at the store show that no session of theirs
	// ended.
	longCallerTTL = time.Minute
	maxCallers    = 10_000
)

// callers caches the callers of tokens.
type callers struct {
	mu    sync.Mutex
	known map[string]knownCaller
	// confirmed is when the last look began that showed whose sessions ended.
	confirmed time.Time
	// removals counts calls that removed callers: one read before a removal must not be cached after it.
	removals int
}

type knownCaller struct {
	caller chat.Caller
	read   time.Time
}

func (k *callers) get(hash string, now time.Time) (chat.Caller, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, known := k.known[hash]
	sure := k.confirmed
	if c.read.After(sure) {
		sure = c.read
	}
	return c.caller, known && now.Sub(sure) < callerTTL && now.Sub(c.read) < longCallerTTL
}

func (k *callers) removalCount() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.removals
}

func (k *callers) put(hash string, c chat.Caller, now time.Time, removalsBefore int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if removalsBefore != k.removals {
		return
	}
	if len(k.known) >= maxCallers || k.known == nil {
		k.known = map[string]knownCaller{}
	}
	k.known[hash] = knownCaller{c, now}
}

// forget removes the callers of accounts.
func (k *callers) forget(accounts []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for hash, c := range k.known {
		if slices.Contains(accounts, c.caller.Account) {
			delete(k.known, hash)
		}
	}
	k.removals++
}

// confirm is called after a look at the store that began at a time, and after forget for those whose sessions ended
// before it.
func (k *callers) confirm(looked time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.confirmed = looked
}

func (k *callers) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
	k.removals++
}
