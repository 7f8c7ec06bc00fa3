// Package records is the portal's store of record: the firm's users, matters, participants and messages, and the
// rules of who may see them.
//
// Every change in a matter increments the matter's version and stamps the changed rows with it, in the same
// transaction, so versions are in commit order. After the commit, the store wakes the watchers on this node and on its
// other nodes.
//
// A participant has versions of their own: their row counts the changes that they may see, so version numbers don't tell
// them how active everyone else is. Rows that they may see carry both versions, and the order of rows is the same in
// both. Everything for a participant is in their own versions.
//
// Each change also has a random mark, by which devices notice that the store was put back to an earlier state.
//
// Every operation takes its caller. It returns chat.ErrNotFound both for what doesn't exist and for what the
// caller may not see.
package records

import (
	"context"
	"crypto/cipher"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

//go:embed migrations
var migrations embed.FS

// ErrUnavailable is returned by every operation while the database can't be used. The same operation may succeed later.
var ErrUnavailable = sqldb.ErrUnavailable

// Store is the firm's store of record.
type Store struct {
	db       *sqldb.DB
	now      func() time.Time
	epoch    atomic.Pointer[string]
	watchers watchers
	// notices are waiting to be sent to the other nodes, or to be passed to the watches here.
	notices notices
	// callers caches the callers of recent requests.
	callers        callers
	recentSettings recentSettings
	// readers holds an element for each read for a watch that runs.
	readers chan struct{}
	// challengeKey signs challenges.
	challengeKey []byte
	// noticeCipher seals notices.
	noticeCipher cipher.AEAD
	// easy reports whether a password is easy to guess. It is nil if only the length counts.
	easy func(password string, about []string) bool
	// provider is the address of the identity provider where users sign in, or empty.
	provider string
	// noStaffPasswords says that users have no other way in than the provider.
	noStaffPasswords bool
}

// Open opens the store in a database and brings its schema up to date.
func Open(ctx context.Context, db *sqldb.DB, now func() time.Time) (*Store, error) {
	if err := db.Migrate(ctx, schema()); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	s := &Store{db: db, now: now, readers: make(chan struct{}, maxReaders)}
	var epoch, key string
	err := db.Tx(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(`INSERT INTO firm (one, name, colour, epoch) VALUES (1, '', '', $1) ON CONFLICT (one) DO NOTHING`, newID()); err != nil {
			return err
		}
		if err := chainOldEntries(tx); err != nil {
			return err
		}
		if err := noteNamesakes(tx); err != nil { // an earlier version didn't
			return err
		}
		if err := noteEmailLooks(tx); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE firm SET challenge_key = $1 WHERE challenge_key = ''`, newSecret()); err != nil {
			return err
		}
		return tx.Row(`SELECT epoch, challenge_key FROM firm`).Scan(&epoch, &key)
	})
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	s.epoch.Store(&epoch)
	s.challengeKey = []byte(key)
	if s.noticeCipher, err = newNoticeCipher(s.challengeKey); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	return s, nil
}

// schema returns the migrations.
func schema() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is a constant
	}
	return files
}

// CheckSchema returns sqldb.ErrOtherVersion if a newer program has upgraded the database since. This one must stop
// writing to it, because it doesn't keep the newer one's rules.
func (s *Store) CheckSchema(ctx context.Context) error { return s.db.CheckMigrations(ctx, schema()) }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// CommitCounts returns how many shared commits the database made, and how many transactions they held. On PostgreSQL, only
// messages share commits.
func (s *Store) CommitCounts() (commits, transactions int64) { return s.db.CommitCounts() }

// Connections returns how the database's connections are used.
func (s *Store) Connections() sqldb.Connections { return s.db.Connections() }

// Epoch identifies the store's history. It changes when the store is restored from a backup.
func (s *Store) Epoch() string { return *s.epoch.Load() }

func (s *Store) millis() int64 { return s.now().UnixMilli() }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// change is a writing transaction, with what to broadcast after its commit.
type change struct {
	*sqldb.Tx
	broadcast broadcast
	// differences are the changed values for the next entry of the audit trail.
	differences []chat.AuditChange
	// entries are the transaction's entries in the audit trail.
	entries []chat.AuditEntry
}

// change runs do in a transaction and wakes the watchers after the commit. do may run more than once.
func (s *Store) change(ctx context.Context, do func(*change) error) error {
	return s.changeIn(ctx, s.db.Tx, do)
}

// changeIn is change in a transaction of the given kind.
func (s *Store) changeIn(ctx context.Context, transaction func(context.Context, func(*sqldb.Tx) error) error, do func(*change) error) error {
	return transaction(ctx, func(begun *sqldb.Tx) error {
		tx := &change{Tx: begun}
		tx.AfterCommit(func() { // in the order of versions, so that watches needn't read the store
			s.wakeWatchers(tx.broadcast)
			s.notices.send(tx.broadcast)
		})
		if err := do(tx); err != nil {
			return err
		}
		if err := tx.readReaders(); err != nil {
			return err
		}
		return chain(tx.Tx, tx.entries)
	})
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
