package sqldb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// writer lets transactions share commits on an engine that allows one writer. It takes all waiting transactions
// into one transaction of the engine and answers them once that is durable. The time goes into making the commit
// durable, and that takes no longer for many transactions than for one.
type writer struct {
	engine Engine
	jobs   chan *job

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup

	commits, transactions atomic.Int64
}

// maxBatch limits how many transactions share a commit.
const maxBatch = 128

// job is one transaction to run.
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
			// Let goroutines that are about to write add their jobs: otherwise they wait for this commit too.
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

// run queues one transaction and waits for its result.
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

// close waits for running transactions.
func (w *writer) close() {
	w.mu.Lock()
	wasClosed := w.closed
	w.closed = true
	w.mu.Unlock()
	w.pending.Wait()
	if !wasClosed {
		close(w.jobs)
	}
}

// commit runs a batch. A job that fails changes nothing and doesn't affect the others. Failures are rare and
// savepoints cost time, so the first attempt goes without; after a failure, each job runs in a savepoint.
func (w *writer) commit(batch []*job, dialect *Dialect) {
	if !w.runPlain(batch, dialect) {
		w.runInSavepoints(batch, dialect)
	}
	w.commits.Add(1)
	w.transactions.Add(int64(len(batch)))
}

// runPlain runs a batch without savepoints. It returns false, having changed nothing, if the batch must run in
// savepoints: a job failed and there are others, or a statement failed in a job that ignored the error and still
// wants its other changes.
func (w *writer) runPlain(batch []*job, dialect *Dialect) bool {
	done := true
	w.transaction(batch, func(tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if statementFailed := j.run(tx, dialect); j.failed() || statementFailed {
				done = len(batch) == 1 && j.failed()
				return false, nil
			}
		}
		return true, nil
	})
	return done
}

// runInSavepoints runs each job of a batch in a savepoint. The engine may still end the whole transaction, for
// example when the disk is full.
func (w *writer) runInSavepoints(batch []*job, dialect *Dialect) {
	ctx := context.Background()
	w.transaction(batch, func(tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if _, err := tx.Exec(ctx, "SAVEPOINT job", nil); err != nil {
				return false, fmt.Errorf("begin: %w", err)
			}
			j.run(tx, dialect)
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

// transaction runs do in a transaction of the engine. An error of that transaction is the result of every job
// that hasn't failed by itself.
func (w *writer) transaction(batch []*job, do func(tx Conn) (commit bool, err error)) {
	ctx := context.Background() // cancelling one job's context must not cancel the others
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

// run runs the job unless its context has ended. It reports whether a statement failed.
func (j *job) run(tx Conn, dialect *Dialect) bool {
	// An interrupted statement would roll back the whole transaction.
	t := &Tx{ctx: context.WithoutCancel(j.ctx), conn: tx, dialect: dialect}
	j.panicked = nil
	if j.err = j.ctx.Err(); j.err == nil {
		defer func() { j.panicked = recover() }()
		j.err = j.do(t)
	}
	return t.failed
}
