// Package records is the portal's store of record: the firm's users, matters, participants and messages, and the
// rules of who may see them.
//
// Every change in a matter increments the matter's version and stamps the changed rows with it, in the same
// transaction, so versions are in commit order. After the commit, the store wakes the watchers on this node and on its
// other nodes. A participant's row keeps the newest version that the participant may see, so version numbers don't
// reveal other chats.
//
// Every operation takes its caller. It returns chat.ErrNotFound both for what doesn't exist and for what the
// caller may not see.
package records

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Store is the firm's store of record.
type Store struct {
	db       *sqldb.DB
	now      func() time.Time
	epoch    string
	watchers watchers
	// notices are waiting to be sent to the other nodes.
	notices notices
	// callers caches the callers of recent requests.
	callers callers
}

// Open opens the store in a database and brings its schema up to date.
func Open(ctx context.Context, db *sqldb.DB, now func() time.Time) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, files); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	s := &Store{db: db, now: now}
	err = db.Tx(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(`INSERT INTO firm (one, name, colour, epoch) VALUES (1, '', '', $1) ON CONFLICT (one) DO NOTHING`, newID()); err != nil {
			return err
		}
		return tx.Row(`SELECT epoch FROM firm`).Scan(&s.epoch)
	})
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// CommitCounts returns how many commits the database made, and how many transactions they held. Both are 0 on
// PostgreSQL, where transactions don't share commits.
func (s *Store) CommitCounts() (commits, transactions int64) { return s.db.CommitCounts() }

// Epoch identifies the store's history. It changes when the store is restored from a backup.
func (s *Store) Epoch() string { return s.epoch }

func (s *Store) millis() int64 { return s.now().UnixMilli() }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// change is a writing transaction, with what to broadcast after its commit.
type change struct {
	*sqldb.Tx
	broadcast broadcast
}

// change runs do in a transaction and wakes the watchers after the commit. do may run more than once.
func (s *Store) change(ctx context.Context, do func(*change) error) error {
	var tx *change
	err := s.db.Tx(ctx, func(begun *sqldb.Tx) error {
		tx = &change{Tx: begun}
		return do(tx)
	})
	if err == nil {
		s.wakeWatchers(tx.broadcast)
		s.notices.add(tx.broadcast)
	}
	return err
}

// touch increments a matter's version. The caller stamps the changed rows with the result.
func (tx *change) touch(matter string) (version int64, err error) {
	err = tx.Row(`UPDATE matters SET version = version + 1 WHERE id = $1 RETURNING version`, matter).Scan(&version)
	tx.broadcast.matters = append(tx.broadcast.matters, matterChange{matter: matter, version: version})
	return version, notFound(err)
}

// touchAccess is touch for a change of who may see the matter.
func (tx *change) touchAccess(matter string) (version int64, err error) {
	err = tx.Row(`UPDATE matters SET version = version + 1, access_version = version + 1 WHERE id = $1 RETURNING version`, matter).Scan(&version)
	tx.broadcast.matters = append(tx.broadcast.matters, matterChange{matter: matter, version: version, access: true})
	return version, notFound(err)
}

// setVisible records that a participant may see the rows stamped with version.
func (tx *change) setVisible(participant string, version int64) error {
	return tx.Queue(`UPDATE participants SET seen = $2 WHERE id = $1`, participant, version)
}

// changeFound runs a statement. It returns not_found if the statement changes no row.
func (tx *change) changeFound(query string, args ...any) error {
	n, err := tx.ExecCount(query, args...)
	if err == nil && n == 0 {
		err = chat.ErrNotFound
	}
	return err
}

func notFound(err error) error {
	if errors.Is(err, sqldb.ErrNoRows) {
		return chat.ErrNotFound
	}
	return err
}
