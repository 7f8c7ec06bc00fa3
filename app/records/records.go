// Package records is the portal's store of record: who there is, what was said, and who may see it.
//
// Everything in a matter changes by touch: in the same transaction it bumps the matter's version and
// stamps the changed rows with it, so versions are in the order of commits. Once that is committed, those
// who watch are told (watch.go), here and at the other nodes of the same store (nodes.go). A participant's row keeps the
// newest version that they may see, so that nobody learns from a number that others were talking.
//
// Every operation takes its caller and answers chat.ErrNotFound alike for what does not exist and for
// what the caller may not see.
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
	db    *sqldb.DB
	now   func() time.Time
	epoch string
	watch watchers
	// notices are what the other nodes are to be told.
	notices notices
	// callers are those who have asked lately.
	callers callers
}

// Open makes a Store of a database, bringing its schema up to date.
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
		_, err := tx.Exec(`INSERT INTO firm (one, name, colour, epoch) VALUES (1, '', '', $1) ON CONFLICT (one) DO NOTHING`, newID())
		if err != nil {
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

// Shared is how many commits there were, and how many transactions shared them, where an engine has one writer.
func (s *Store) Shared() (commits, transactions int64) { return s.db.CommitCounts() }

// Epoch names this life of the store: it changes when it is restored from a backup.
func (s *Store) Epoch() string { return s.epoch }

func (s *Store) millis() int64 { return s.now().UnixMilli() }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// change is a transaction that changes the store, with what is to be told of it once it is committed.
type change struct {
	*sqldb.Tx
	news news
}

// change runs do in a transaction, and tells those who watch once it is committed. do may run again.
func (s *Store) change(ctx context.Context, do func(*change) error) error {
	var tx *change
	err := s.db.Tx(ctx, func(begun *sqldb.Tx) error {
		tx = &change{Tx: begun}
		return do(tx)
	})
	if err == nil {
		s.tell(tx.news)
		s.notices.add(tx.news)
	}
	return err
}

// touch bumps a matter's version; the rows that changed are to be stamped with what it returns.
func (tx *change) touch(matter string) (version int64, err error) {
	err = tx.Row(`UPDATE matters SET version = version + 1 WHERE id = $1 RETURNING version`, matter).Scan(&version)
	tx.news.matters = append(tx.news.matters, commit{matter: matter, version: version})
	return version, notFound(err)
}

// touchAccess is touch where who may see the matter changes.
func (tx *change) touchAccess(matter string) (version int64, err error) {
	err = tx.Row(`UPDATE matters SET version = version + 1, access_version = version + 1 WHERE id = $1 RETURNING version`, matter).Scan(&version)
	tx.news.matters = append(tx.news.matters, commit{matter: matter, version: version, access: true})
	return version, notFound(err)
}

// seen notes that a participant may see what was stamped with version.
func (tx *change) seen(participant string, version int64) error {
	return tx.Queue(`UPDATE participants SET seen = $2 WHERE id = $1`, participant, version)
}

func notFound(err error) error {
	if errors.Is(err, sqldb.ErrNoRows) {
		return chat.ErrNotFound
	}
	return err
}
