// Package replica is one user's copy of what they may see at the portal, and what they have said that the
// portal does not have yet.
//
// It is fed by changes (apply.go, epoch.go) and read by the window (matters.go, waiting.go, chats.go, within.go,
// search.go, query.go) and for the file (file.go).
// What the user does is written here first (say.go, outbox.go, decisions.go, reads.go, drafts.go) and is on
// screen before any network is asked; the syncer carries it to the portal.
//
// It lies in a folder of its own, in two SQLite files: copy.db has what the portal has too, and may be thrown
// away at any time; own.db has what only this device has. A transaction over both is atomic in each, and
// committed in copy.db first: whatever changes both is right if only the first half happened. Who reads both
// reads own.db first, and so may see something twice, but never misses it.
package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Replica is one user's copy. Any of its methods may return damaged (then it is to be closed and opened again,
// which mends it), disk_full, disk_failed and locked.
type Replica struct {
	dir  string
	lock *os.File
	db   *sqldb.DB
	user chat.User
	me   int64 // the user's number in the copy
	now  func() time.Time
	// mended says what was found damaged on opening.
	mended string
	// changed is told in which matters something changed, after each commit.
	changed atomic.Pointer[func(matters []string)]
	closing sync.Once

	waiting sync.Mutex
	next    chan struct{} // closed at the next change; nil while nobody waits
}

// Open opens a user's copy in a folder of its own, making it if need be. It returns disk_full, disk_failed and
// locked. What is damaged is set aside and mended: see Mended.
func Open(ctx context.Context, dir string, user chat.User, now func() time.Time) (*Replica, error) {
	r := &Replica{dir: dir, user: user, now: now}
	r.OnChanged(func([]string) {})
	if err := r.open(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("open replica: %w", r.trouble(err))
	}
	return r, nil
}

func (r *Replica) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	if r.lock, err = lock(filepath.Join(r.dir, "lock")); err != nil {
		return err
	}
	if err := r.openOwn(ctx); err != nil {
		return err
	}
	if r.db, err = r.openCopy(ctx); err != nil {
		return err
	}
	return r.recount(ctx)
}

// Close closes the files.
func (r *Replica) Close() (err error) {
	r.closing.Do(func() {
		if r.db != nil {
			err = r.db.Close()
		}
		if r.lock != nil {
			err = errors.Join(err, r.lock.Close())
		}
	})
	return err
}

// SignOut throws the copy away, and keeps what only this device has for the same user's next sign-in. The
// replica is closed then.
func (r *Replica) SignOut(ctx context.Context) error {
	// What a new epoch may have lost is known from the copy alone.
	if err := r.keepSaid(ctx, ""); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	var err error
	r.closing.Do(func() {
		err = r.db.Close()
		names, listed := r.copies()
		err = errors.Join(err, listed)
		for _, name := range names {
			err = errors.Join(err, os.Remove(r.path(name)))
		}
		err = errors.Join(err, r.lock.Close())
	})
	return err
}

// Mended says to the user what was damaged and what was done about it, or nothing.
func (r *Replica) Mended() string { return r.mended }

// User is whose copy this is.
func (r *Replica) User() chat.User { return r.user }

// OnChanged sets who is told in which matters something changed.
func (r *Replica) OnChanged(changed func(matters []string)) { r.changed.Store(&changed) }

func (r *Replica) tellChanged(matters ...string) {
	(*r.changed.Load())(matters)
	r.wake()
}

// nextChange returns a channel that is closed at the next change.
func (r *Replica) nextChange() <-chan struct{} {
	r.waiting.Lock()
	defer r.waiting.Unlock()
	if r.next == nil {
		r.next = make(chan struct{})
	}
	return r.next
}

func (r *Replica) wake() {
	r.waiting.Lock()
	defer r.waiting.Unlock()
	if r.next != nil {
		close(r.next)
		r.next = nil
	}
}

// view runs do in a transaction that reads. It is short, and not broken off: to be able to, the driver would
// need a goroutine for every row.
func (r *Replica) view(ctx context.Context, do func(*sqldb.Tx) error) error {
	return r.trouble(r.db.View(context.WithoutCancel(ctx), do))
}

// tx runs do in a transaction that may write.
func (r *Replica) tx(ctx context.Context, do func(*sqldb.Tx) error) error {
	return r.trouble(r.db.Tx(ctx, do))
}

// change runs a transaction that changes one matter, and tells of it.
func (r *Replica) change(ctx context.Context, do func(tx *sqldb.Tx) (matter string, err error)) error {
	var matter string
	err := r.tx(ctx, func(tx *sqldb.Tx) (err error) {
		matter, err = do(tx)
		return err
	})
	if err != nil {
		return err
	}
	if matter != "" {
		r.tellChanged(matter)
	} else {
		r.wake() // the change was in the outbox alone
	}
	return nil
}

// exec runs statements with the same arguments.
func exec(tx *sqldb.Tx, args []any, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.Exec(statement, args...); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
