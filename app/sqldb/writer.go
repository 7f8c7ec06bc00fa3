package sqldb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// writer lets transactions share commits. It takes all waiting transactions into one transaction of the engine and
// answers them once that is durable. The time goes into making the commit durable, and that takes no longer for many
// transactions than for one.
//
// While nothing runs, a transaction's own goroutine runs its batch, so that it needn't wait for another to start.
type writer struct {
	begin   func(context.Context) (Conn, error)
	dialect *Dialect

	mu      sync.Mutex
	waiting []*job
	running int // batches
	closed  bool
	pending sync.WaitGroup

	commits, transactions atomic.Int64
}

const (
	// maxBatch limits how many transactions share a commit.
	maxBatch = 128
	// batchTimeout limits a batch on an engine that heeds it. Otherwise a server that doesn't answer would keep all
	// writers waiting.
	batchTimeout = 20 * time.Second
)

// job is one transaction to run.
type job struct {
	ctx      context.Context
	do       func(*Tx) error
	tx       *Tx
	err      error
	panicked any
	finished chan struct{}
}

var errClosed = errors.New("the database is closed")

// run runs one transaction and returns its result.
func (w *writer) run(ctx context.Context, do func(*Tx) error) error {
	j := &job{ctx: ctx, do: do, finished: make(chan struct{})}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.pending.Add(1)
	defer w.pending.Done()
	w.waiting = append(w.waiting, j)
	leads := w.running < w.dialect.Batches
	if leads {
		w.running++
	}
	w.mu.Unlock()

	if leads && w.runBatch() {
		go func() {
			for w.runBatch() {
			}
		}()
	}
	<-j.finished
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

// runBatch runs the waiting jobs. It returns true if others have come and the caller must run the next batch.
func (w *writer) runBatch() (more bool) {
	batch := w.take()
	w.commit(batch)
	for _, j := range batch {
		close(j.finished)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 {
		return true
	}
	w.running--
	return false
}

// take returns the waiting jobs.
func (w *writer) take() (batch []*job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for known := -1; known < len(w.waiting) && known < maxBatch; {
		known = len(w.waiting)
		// Let goroutines that are about to write add their jobs: otherwise they wait for this commit too.
		w.mu.Unlock()
		runtime.Gosched()
		w.mu.Lock()
	}
	n := min(len(w.waiting), maxBatch)
	batch, w.waiting = w.waiting[:n:n], w.waiting[n:]
	return batch
}

// close waits for running transactions.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.pending.Wait()
}

// commit runs a batch. A job that fails changes nothing and doesn't affect the others. Failures are rare and
// savepoints cost time, so the first attempt goes without; after a failure, each job runs in a savepoint.
func (w *writer) commit(batch []*job) {
	batch = slices.DeleteFunc(slices.Clone(batch), func(j *job) bool {
		j.err = j.ctx.Err()
		return j.err != nil
	})
	if len(batch) == 0 {
		return
	}
	if !w.runPlain(batch) {
		w.runInSavepoints(batch)
	}
	w.commits.Add(1)
	w.transactions.Add(int64(len(batch)))
}

// runPlain runs a batch without savepoints. It returns false, having changed nothing, if the batch must run in
// savepoints: a job failed and there are others, or a statement failed in a job that ignored the error and still
// wants its other changes.
func (w *writer) runPlain(batch []*job) bool {
	done := true
	err := w.transaction(func(ctx context.Context, tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if statementFailed := j.run(ctx, tx, w.dialect); j.failed() || statementFailed {
				done = len(batch) == 1 && j.failed()
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil && len(batch) > 1 && w.dialect.IsStatementError(err) { // one job's queued statement failed
		done = false
	}
	if done {
		w.setResults(batch, err)
	}
	return done
}

// runInSavepoints runs each job of a batch in a savepoint. The engine may still end the whole transaction, for
// example when the disk is full.
func (w *writer) runInSavepoints(batch []*job) {
	err := w.transaction(func(ctx context.Context, tx Conn) (commit bool, err error) {
		for _, j := range batch {
			if _, err := tx.Exec(ctx, "SAVEPOINT job", nil); err != nil {
				return false, fmt.Errorf("begin: %w", err)
			}
			j.run(ctx, tx, w.dialect)
			if !j.failed() {
				_, err := tx.Exec(ctx, "RELEASE job", nil) // or a queued statement
				if j.err = w.dialect.mapError(err); err == nil {
					continue
				}
			}
			for _, undo := range []string{"ROLLBACK TO job", "RELEASE job"} {
				if _, err := tx.Exec(ctx, undo, nil); err != nil {
					return false, fmt.Errorf("roll back: %w", err)
				}
			}
		}
		return true, nil
	})
	w.setResults(batch, err)
}

// transaction runs do in a transaction of the engine. It returns ErrUnavailable if that takes too long.
func (w *writer) transaction(do func(ctx context.Context, tx Conn) (commit bool, err error)) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout) // cancelling one job's context must not cancel the others
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}()
	tx, err := w.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	commit, err := do(ctx, tx)
	if err != nil || !commit {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// setResults sets the results of a batch. An error of the whole transaction is the result of every job that hasn't
// failed by itself.
func (w *writer) setResults(batch []*job, err error) {
	for _, j := range batch {
		switch {
		case j.failed():
		case err != nil:
			j.err = w.dialect.mapError(err)
		default:
			j.err = j.tx.committed()
		}
	}
}

func (j *job) failed() bool { return j.err != nil || j.panicked != nil }

// run runs the job. It reports whether a statement failed.
func (j *job) run(ctx context.Context, tx Conn, dialect *Dialect) (statementFailed bool) {
	j.tx = &Tx{ctx: ctx, conn: tx, dialect: dialect}
	j.panicked = nil
	defer func() { j.panicked, statementFailed = recover(), j.tx.failed }()
	j.err = j.do(j.tx)
	return false
}
