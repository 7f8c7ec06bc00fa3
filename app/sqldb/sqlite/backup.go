package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"matterline/app/sqldb"
)

// ErrInUse is returned for a database that a program has open.
var ErrInUse = errors.New("the database is in use")

// OpenReadOnly opens an existing file for reading only.
func OpenReadOnly(path string) (*sqldb.DB, error) {
	db, err := open(path, "?mode=ro")
	if err != nil {
		return nil, err
	}
	return sqldb.New(dialect, sqldb.Pool(db)), nil
}

// open opens an existing file with a single connection.
func open(path, options string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err // SQLite would only say "unable to open database file"
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+options)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Copy writes a snapshot of the database at path to a new file. Other programs may read and write the database
// meanwhile. The new file must be missing or empty.
func Copy(ctx context.Context, path, to string) error {
	db, err := open(path, "?mode=ro&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("copy %s: %w", path, err)
	}
	return Sync(to)
}

// Check reads a whole database and returns an error if it is damaged.
func Check(ctx context.Context, path string) error {
	db, err := open(path, "?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	if found != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, found)
	}
	return nil
}

// SetAside renames the database at path together with the transactions in its log. It returns ErrInUse, having
// changed nothing, if a program has the database open. A file that is damaged or isn't a database is just renamed.
func SetAside(ctx context.Context, path, aside string) error {
	db, err := open(path, "?mode=rw&_busy_timeout=500")
	if err != nil {
		return err
	}
	defer db.Close()
	// Leaving WAL mode requires exclusive access and writes the log into the file.
	_, err = db.ExecContext(ctx, `PRAGMA journal_mode=DELETE`)
	if err == nil {
		_, err = db.ExecContext(ctx, `BEGIN EXCLUSIVE`) // keeps other programs out until the file has its new name
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
		return fmt.Errorf("%w: %s", ErrInUse, path)
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !(suffix != "" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return Sync(filepath.Dir(path))
}

// Sync makes the content of a file, or the entries of a folder, survive a power failure.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems can't sync folders
		return err
	}
	return nil
}
