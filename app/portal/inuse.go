package portal

import "sync"

// inUse counts what each account has in use at the same time: open live streams, or large bodies on their way.
type inUse struct {
	mu     sync.Mutex
	counts map[string]int
}

func newInUse() *inUse { return &inUse{counts: map[string]int{}} }

// acquire counts one more. It reports false if the account has limit of them already.
func (u *inUse) acquire(account string, limit int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.counts[account] >= limit {
		return false
	}
	u.counts[account]++
	return true
}

func (u *inUse) release(account string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.counts[account]--; u.counts[account] == 0 {
		delete(u.counts, account)
	}
}
