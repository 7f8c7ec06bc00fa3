// Package replica is one user's copy of the matters they may see, with everything that this device hasn't sent yet.
//
// Changes from the portal are applied to it, and the window reads it: lists of matters, chats, unread counts,
// searches, and whole chats to save as a file. Messages, decisions, read marks and drafts are written here first, and
// are on screen before the network is used. The syncer carries them to the portal.
//
// A replica is a folder with two SQLite files. copy.db holds what the portal has, too, and may be deleted at any
// time. own.db holds what only this device has. A transaction over both is atomic in each file and commits copy.db
// first, so such transactions are written to be correct if only copy.db was committed. A transaction that reads both
// reads own.db first, so it may see a message twice but never misses one.
package replica

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Replica is one user's copy. Any method may return disk_full, disk_failed, locked and damaged. After damaged, close
// and open the replica to repair it.
type Replica struct {
	dir  string
	lock *flock.Flock
	db   *sqldb.DB
	user chat.User
	me   int64 // the user's number in the copy
	now  func() time.Time
	// repaired says what Open found damaged.
	repaired string
	// changed is called with the changed matters after each commit.
	changed atomic.Pointer[func(matters []string)]
	closing sync.Once
	looks   sync.Map // names to their looks; see look
	covers  atomic.Pointer[[]chat.Cover]

	waiting sync.Mutex
	next    chan struct{} // closed at the next change; nil while nobody waits
}

// Open opens a user's copy in a folder of its own, and creates it if it's missing. It repairs damaged files, which
// RepairNote describes. It returns disk_full, disk_failed and locked.
func Open(ctx context.Context, dir string, user chat.User, now func() time.Time) (*Replica, error) {
	r := &Replica{dir: dir, user: user, now: now}
	r.OnChanged(func([]string) {})
	if err := r.open(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("open replica: %w", r.explain(err))
	}
	return r, nil
}

func (r *Replica) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	if err := r.takeLock(ctx); err != nil {
		return err
	}
	if err := r.prepareOwn(ctx); err != nil {
		return err
	}
	if r.db, err = r.openCopy(ctx); err != nil {
		return err
	}
	return r.applyReadMarks(ctx)
}

// lockTimeout limits the wait for the lock: a program that the previous owner started may still hold it for a moment.
const lockTimeout = time.Second

// takeLock keeps other programs from opening the folder. It returns locked.
func (r *Replica) takeLock(ctx context.Context) error {
	r.lock = flock.New(r.path("lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR)) // read-write, so that a read-only disk is found now
	waiting, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	_, err := r.lock.TryLockContext(waiting, 10*time.Millisecond)
	switch {
	case err == nil, ctx.Err() != nil:
		return err
	case waiting.Err() != nil:
		return errLocked
	}
	return &fs.PathError{Op: "lock", Path: r.lock.Path(), Err: err}
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

// SignOut deletes the copy and closes the replica. What only this device has stays for the user's next sign-in.
func (r *Replica) SignOut(ctx context.Context) error {
	// Only the copy knows which messages a portal with a new epoch may have lost. A damaged copy is deleted regardless.
	if err := r.keep(ctx, ""); err != nil && chat.CodeOf(err) != chat.Damaged {
		return fmt.Errorf("sign out: %w", err)
	}
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		return exec(tx, nil, `DELETE FROM own.reminders WHERE sent`, `DELETE FROM own.settings WHERE name = '`+remindersSetting+`'`)
	})
	if err != nil && chat.CodeOf(err) != chat.Damaged {
		return fmt.Errorf("sign out: %w", err)
	}
	r.closing.Do(func() {
		err = r.db.Close() // this removes some of the files
		names, listed := r.copyFiles()
		err = errors.Join(err, listed)
		for _, name := range names {
			err = errors.Join(err, os.Remove(r.path(name)))
		}
		err = errors.Join(err, r.lock.Close())
	})
	return err
}

// RepairNote says what Open found damaged and what it did about it, for the user, or returns an empty string.
func (r *Replica) RepairNote() string { return r.repaired }

// OnChanged sets the function that is called with the changed matters after each commit.
func (r *Replica) OnChanged(changed func(matters []string)) { r.changed.Store(&changed) }

func (r *Replica) notifyChanged(matters ...string) {
	if len(matters) > 0 {
		(*r.changed.Load())(matters)
	}
	r.waiting.Lock()
	defer r.waiting.Unlock()
	if r.next != nil {
		close(r.next)
		r.next = nil
	}
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

// view runs a short transaction that reads. It ignores cancellation, because the driver would start a goroutine for
// every row to watch for it.
func (r *Replica) view(ctx context.Context, do func(*sqldb.Tx) error) error {
	return r.explain(r.db.View(context.WithoutCancel(ctx), do))
}

// tx runs a transaction that may write.
func (r *Replica) tx(ctx context.Context, do func(*sqldb.Tx) error) error {
	return r.explain(r.db.Tx(ctx, do))
}

// change runs a transaction that changes one matter, or only the outbox.
func (r *Replica) change(ctx context.Context, do func(tx *sqldb.Tx) (matter id, err error)) error {
	var matters []string
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		matter, err := do(tx)
		if matters = nil; matter != "" {
			matters = []string{string(matter)}
		}
		return err
	})
	if err == nil {
		r.notifyChanged(matters...)
	}
	return err
}

// exec runs statements with the same arguments.
func exec(tx *sqldb.Tx, args []any, statements ...string) error {
	for _, statement := range statements {
		if err := tx.Exec(statement, args...); err != nil {
			return err
		}
	}
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sqldb.ErrNoRows) {
		return nil
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
