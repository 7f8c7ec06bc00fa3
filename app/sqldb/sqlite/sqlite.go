// Package sqlite opens SQLite files for sqldb, using mattn/go-sqlite3. It turns on WAL mode and foreign keys,
// makes each commit durable, and uses one connection for writing and several for reading. It also copies, checks
// and sets aside database files.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mattn/go-sqlite3"

	"matterline/app/sqldb"
)

// maxReaders limits how many connections read at once.
const maxReaders = 4

var dialect = sqldb.Dialect{
	Name: "sqlite",
	// SQLite treats $1 as a name and numbers it by its first appearance; ?1 is a real number. With a single
	// writer there are no rows to lock.
	Rewrite: func(query string) string {
		query, _, _ = strings.Cut(query, " FOR UPDATE ")
		query, _, _ = strings.Cut(query, " FOR KEY SHARE ")
		return strings.ReplaceAll(query, "$", "?")
	},
	IsDuplicate: func(err error) bool {
		e, ok := errors.AsType[sqlite3.Error](err) // by value: mattn never returns a pointer
		return ok && (e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey || e.ExtendedCode == sqlite3.ErrConstraintUnique)
	},
	IsUnavailable: func(err error) bool {
		fault := FaultOf(err)
		return fault == DiskFull || fault == AccessDenied || fault == Locked
	},
	IsStatementError: func(error) bool { return false }, // failed statements return their errors at once
	OneWriter:        true,
	Batches:          1,
}

// hook prepares a new connection.
type hook func(*sqlite3.SQLiteConn) error

// configure keeps temporary data in memory and checkpoints the log rarely, because many commits change the same
// pages.
func configure(conn *sqlite3.SQLiteConn) error {
	_, err := conn.Exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000", nil)
	return err
}

// Open opens the file at path and creates it if it doesn't exist.
func Open(path string) (*sqldb.DB, error) { return openFile(path, configure, configure) }

// OpenPair opens two files as one database: a copy at path, which can be fetched again, and own, which can't and
// whose tables are in the schema "own". A transaction is atomic within each file, and the copy commits first.
// Commits to own are durable at once. A power failure may lose the last commits to the copy. Data deleted from the
// copy is overwritten.
func OpenPair(path, own string) (*sqldb.DB, error) {
	attach := func(conn *sqlite3.SQLiteConn) error {
		if err := configure(conn); err != nil {
			return err
		}
		_, err := conn.Exec("ATTACH ? AS own", []driver.Value{own})
		return err
	}
	return openFile(path, attach, func(conn *sqlite3.SQLiteConn) error {
		if err := attach(conn); err != nil {
			return err
		}
		_, err := conn.Exec("PRAGMA main.synchronous = NORMAL; PRAGMA own.synchronous = FULL; PRAGMA secure_delete = ON", nil)
		return err
	})
}

func openFile(path string, prepareReader, prepareWriter hook) (*sqldb.DB, error) {
	common := "&_busy_timeout=5000&_foreign_keys=on&_stmt_cache_size=128&_cache_size=-16000" // 16 MB of cache
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	write, err := (&sqlite3.SQLiteDriver{ConnectHook: prepareWriter}).Open(file + "?_journal_mode=WAL&_synchronous=FULL" + common) // creates the file, so that readers find it
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read := sql.OpenDB(connector{&sqlite3.SQLiteDriver{ConnectHook: prepareReader}, file + "?_query_only=on" + common})
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders)
	return sqldb.New(dialect, engine{sqldb.Pool(read), write.(*sqlite3.SQLiteConn)}), nil
}

// connector makes the connections of a pool of database/sql.
type connector struct {
	driver driver.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }
