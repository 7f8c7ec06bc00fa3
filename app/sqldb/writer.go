package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// writer lets the transactions of an engine that has one writer share commits: it takes what is waiting
// into one transaction, a savepoint each, and answers all once that is durable. Making it durable is what
// takes time, and it takes no longer for many.
type writer struct {
	db   *sql.DB
	jobs chan *job

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup
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

func newWriter(db *sql.DB, dialect *Dialect) *writer {
	w := &writer{db: db, jobs: make(chan *job, maxBatch)}
	go func() {
		for first := range w.jobs {
			batch := []*job{first}
			for len(batch) < maxBatch && len(w.jobs) > 0 {
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

// commit does a batch. What goes wrong in one job is undone and harms no other; what goes wrong with the
// transaction itself undoes them all, and is told to all.
func (w *writer) commit(batch []*job, dialect *Dialect) {
	err := func() error {
		tx, err := w.db.Begin()
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		defer tx.Rollback()  // after a commit it does nothing
		if len(batch) == 1 { // nobody else is harmed: it needs no savepoint
			if batch[0].work(tx, dialect); batch[0].err != nil || batch[0].panicked != nil {
				return nil
			}
		} else {
			for _, j := range batch {
				if err := j.run(tx, dialect); err != nil {
					return err
				}
			}
		}
		if err := tx.Commit(); err != nil {
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

// run does the job behind a savepoint. It returns an error if the whole transaction is lost: an engine may
// end it by itself when it runs out of space, for one.
func (j *job) run(tx *sql.Tx, dialect *Dialect) error {
	if _, err := tx.Exec("SAVEPOINT job"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := j.work(tx, dialect)
	switch {
	case j.err != nil || j.panicked != nil:
		if _, err := tx.Exec("ROLLBACK TO job"); err != nil {
			return fmt.Errorf("roll back: %w", err)
		}
	case t.erred: // and nobody minded: it must not have ended the transaction
		if _, err := tx.Exec("RELEASE job"); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return nil
}

// work does the job, if whoever waits for it is still there.
func (j *job) work(tx *sql.Tx, dialect *Dialect) (t *Tx) {
	// A statement that is broken off would take the whole transaction along.
	t = &Tx{ctx: context.WithoutCancel(j.ctx), tx: tx, dialect: dialect}
	if j.err = j.ctx.Err(); j.err == nil {
		defer func() { j.panicked = recover() }()
		j.err = j.do(t)
	}
	return t
}
