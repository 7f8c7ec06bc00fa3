package sqldb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// writer lets the transactions of an engine that has one writer share commits: it takes what is waiting
// into one transaction, a savepoint each, and answers all once that is durable. Making it durable is what
// takes time, and it takes no longer for many.
type writer struct {
	engine Engine
	jobs   chan *job

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup

	commits, done atomic.Int64
}

// maxBatch is how many transactions share a commit at most.
const maxBatch = 128

// job is one transaction that is to be done.
type job struct {
	ctx      context.Context
	do       func(*Tx) error
	err      error
	panicked any
	finished chan struct{}
}

var errClosed = errors.New("the database is closed")

func newWriter(engine Engine, dialect *Dialect) *writer {
	w := &writer{engine: engine, jobs: make(chan *job, maxBatch)}
	go func() {
		for first := range w.jobs {
			batch := []*job{first}
			// Whoever is about to write gets a turn first: a commit later they would wait longer.
			for runtime.Gosched(); len(batch) < maxBatch && len(w.jobs) > 0; runtime.Gosched() {
				batch = append(batch, <-w.jobs)
			}
			w.commit(batch, dialect)
			for _, j := range batch {
				close(j.finished)
			}
		}
	}()
	return w
}

// run does one transaction, with whatever else waits.
func (w *writer) run(ctx context.Context, do func(*Tx) error) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.pending.Add(1)
	w.mu.Unlock()
	defer w.pending.Done()

	j := &job{ctx: ctx, do: do, finished: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-j.finished
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// close waits for what is under way.
func (w *writer) close() {
	w.mu.Lock()
	again := w.closed
	w.closed = true
	w.mu.Unlock()
	w.pending.Wait()
	if !again {
		close(w.jobs)
	}
}

// commit does a batch. What goes wrong in one job is undone and harms no other. That is rare, and savepoints
// are not free: so the batch is done without them first, and only if something went wrong again, a savepoint
// each.
func (w *writer) commit(batch []*job, dialect *Dialect) {
	if !w.together(batch, dialect) {
		w.apart(batch, dialect)
	}
	w.commits.Add(1)
	w.done.Add(int64(len(batch)))
}

// together does a batch and reports false if it is to be done apart, having changed nothing: one of several
// jobs failed, or a statement did and nobody minded, for it must not have ended the transaction.
func (w *writer) together(batch []*job, dialect *Dialect) bool {
	fine := true
	w.transaction(batch, func(tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if erred := j.work(tx, dialect); j.failed() || erred {
				fine = len(batch) == 1 && j.failed()
				return false, nil
			}
		}
		return true, nil
	})
	return fine
}

// apart does a batch, each job behind a savepoint. The whole transaction may be lost all the same: an engine
// may end it by itself when it runs out of space, for one.
func (w *writer) apart(batch []*job, dialect *Dialect) {
	ctx := context.Background()
	w.transaction(batch, func(tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if _, err := tx.Exec(ctx, "SAVEPOINT job", nil); err != nil {
				return false, fmt.Errorf("begin: %w", err)
			}
			j.work(tx, dialect)
			if j.failed() {
				if _, err := tx.Exec(ctx, "ROLLBACK TO job", nil); err != nil {
					return false, fmt.Errorf("roll back: %w", err)
				}
			}
			if _, err := tx.Exec(ctx, "RELEASE job", nil); err != nil {
				return false, fmt.Errorf("commit: %w", err)
			}
		}
		return true, nil
	})
}

// transaction runs do in one. What goes wrong with the transaction itself is told to every job.
func (w *writer) transaction(batch []*job, do func(tx Conn) (commit bool, err error)) {
	ctx := context.Background() // a job's own would take the others along
	err := func() error {
		tx, err := w.engine.Begin(ctx, false)
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer tx.Rollback()
		commit, err := do(tx)
		if err != nil || !commit {
			return err
		}
		if err := tx.Commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	}()
	if err == nil {
		return
	}
	for _, j := range batch {
		if j.err == nil {
			j.err = err
		}
	}
}

func (j *job) failed() bool { return j.err != nil || j.panicked != nil }

// work does the job, if whoever waits for it is still there.
// It reports whether a statement failed.
func (j *job) work(tx Conn, dialect *Dialect) bool {
	// A statement that is broken off would take the whole transaction along.
	t := &Tx{ctx: context.WithoutCancel(j.ctx), conn: tx, dialect: dialect}
	j.panicked = nil
	if j.err = j.ctx.Err(); j.err == nil {
		defer func() { j.panicked = recover() }()
		j.err = j.do(t)
	}
	return t.erred
}
