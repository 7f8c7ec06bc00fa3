package records

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
)

func waitForJobs(q *queue, n int64) {
	for q.jobs.Load() != n {
		runtime.Gosched()
	}
}

func TestQueueRunsOneJobPerSlotAndRefusesWhenFull(t *testing.T) {
	q := &queue{slots: make(chan struct{}, 2)}
	release := make(chan struct{})
	var running, most, ran atomic.Int64
	var all sync.WaitGroup
	full := int64(2 * (1 + maxWaiting))
	for range full {
		all.Go(func() {
			err := q.run(context.Background(), func() {
				if now := running.Add(1); now > most.Load() {
					most.Store(now)
				}
				<-release
				running.Add(-1)
				ran.Add(1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	waitForJobs(q, full)
	err := q.run(context.Background(), func() { t.Error("ran though the queue is full") })
	if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.Busy || e.RetryAfter != busyWait {
		t.Errorf("got %v", err)
	}
	close(release)
	all.Wait()
	if ran.Load() != full || most.Load() > 2 {
		t.Errorf("%d ran, up to %d at once", ran.Load(), most.Load())
	}
}

func TestQueueForgetsAWaitingJobWhoseCallerHasLeft(t *testing.T) {
	q := &queue{slots: make(chan struct{}, 1)}
	release, left := make(chan struct{}), make(chan error)
	go func() { left <- q.run(context.Background(), func() { <-release }) }()
	waitForJobs(q, 1)
	ctx, leave := context.WithCancel(context.Background())
	go func() { left <- q.run(ctx, func() { t.Error("ran after its caller had left") }) }()
	waitForJobs(q, 2)
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-left; err != nil {
		t.Error(err)
	}
	waitForJobs(q, 0)
}
