package records

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"matterline/app/chat"
	"matterline/app/password"
)

// hashPassword returns busy.
func hashPassword(ctx context.Context, plain string) (stored string, err error) {
	err = hashing.run(ctx, func() { stored = password.Hash(plain) })
	return stored, err
}

// checkPassword is password.Check. It returns busy.
func checkPassword(ctx context.Context, stored, typed string) (matches bool, renewed string, err error) {
	err = hashing.run(ctx, func() { matches, renewed = password.Check(stored, typed) })
	return matches, renewed, err
}

// hashing bounds how many passwords this process hashes at once: one for each core, except one core, which stays
// free for everything else.
var hashing = &queue{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}

const (
	// maxWaiting is how many callers may wait for each slot of a queue.
	maxWaiting = 16
	// busyWait is how long a caller who found the queue full should wait.
	busyWait = 2 * time.Second
)

var errBusy = chat.Errorf(chat.Busy, "", "The portal is busy. Try again in a few seconds.").After(busyWait)

// queue runs at most as many jobs at once as it has slots. A few more wait.
type queue struct {
	slots chan struct{}
	jobs  atomic.Int64 // that run or wait
}

// run returns busy if too many wait already.
func (q *queue) run(ctx context.Context, job func()) error {
	defer q.jobs.Add(-1)
	if q.jobs.Add(1) > int64(cap(q.slots)*(1+maxWaiting)) {
		return errBusy
	}
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-q.slots }()
	job()
	return nil
}
