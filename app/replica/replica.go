// Package replica is one user's copy of what they may see at the portal, in a SQLite file, and what they
// have said that the portal does not have yet.
//
// It is fed by changes (apply.go) and read by the window (matters.go, chats.go, search.go). What the user
// does is written here first (outbox.go, reads.go, drafts.go) and is on screen before any network is
// asked; the syncer carries it to the portal.
package replica

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
)

//go:embed migrations
var migrations embed.FS

// Replica is one user's copy.
type Replica struct {
	db   *sqldb.DB
	user chat.User
	now  func() time.Time
	// changed is told in which matters something changed, after each commit.
	changed atomic.Pointer[func(matters []string)]
}

// Open opens a user's copy, making it if need be.
func Open(ctx context.Context, path string, user chat.User, now func() time.Time) (*Replica, error) {
	db, err := sqlite.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open replica: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, files); err != nil {
		db.Close()
		return nil, fmt.Errorf("open replica: %w", err)
	}
	r := &Replica{db: db, user: user, now: now}
	r.OnChanged(func([]string) {})
	return r, nil
}

// Close closes the file.
func (r *Replica) Close() error { return r.db.Close() }

// User is whose copy this is.
func (r *Replica) User() chat.User { return r.user }

// OnChanged sets who is told in which matters something changed.
func (r *Replica) OnChanged(changed func(matters []string)) { r.changed.Store(&changed) }

func (r *Replica) tellChanged(matters ...string) { (*r.changed.Load())(matters) }

// change runs a transaction that changes one matter, and tells of it.
func (r *Replica) change(ctx context.Context, do func(tx *sqldb.Tx) (matter string, err error)) error {
	var matter string
	err := r.db.Tx(ctx, func(tx *sqldb.Tx) (err error) {
		matter, err = do(tx)
		return err
	})
	if err == nil && matter != "" {
		r.tellChanged(matter)
	}
	return err
}
