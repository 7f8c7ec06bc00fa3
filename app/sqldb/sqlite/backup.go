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

// ErrInUse answers for a database that somebody has open.
var ErrInUse = errors.New("the database is in use")

// OpenReadOnly opens a file that exists, for reading alone.
func OpenReadOnly(path string) (*sqldb.DB, error) {
	db, err := open(path, "?mode=ro")
	if err != nil {
		return nil, err
	}
	return sqldb.Over(dialect, sqldb.Pools(db, db)), nil
}

// open opens a file that exists, on one connection.
func open(path, options string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err // without it SQLite's own is "unable to open database file"
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+options)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// Copy writes what the database at path holds at one moment to a new file, while others read and write it.
// The file must not exist or be empty.
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

// Check reads a whole database and returns an error for one that is damaged.
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

// SetAside renames the database at path, whole, with the transactions that lie beside it. It returns
// ErrInUse, having changed nothing. A file that is damaged, or no database, is renamed as it is.
func SetAside(ctx context.Context, path, aside string) error {
	db, err := open(path, "?mode=rw&_busy_timeout=500")
	if err != nil {
		return err
	}
	defer db.Close()
	// Leaving WAL mode needs the file for oneself alone, and brings into it what lies beside it.
	_, err = db.ExecContext(ctx, `PRAGMA journal_mode=DELETE`)
	if err == nil {
		_, err = db.ExecContext(ctx, `BEGIN EXCLUSIVE`) // held until it has its new name
	}
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
		return fmt.Errorf("%w: %s", ErrInUse, path)
	}
	for _, beside := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Rename(path+beside, aside+beside); err != nil && !(beside != "" && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return Sync(filepath.Dir(path))
}

// Sync makes what was written to a file, or what happened in a folder, survive a loss of power.
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
