// Package sqlite opens a SQLite file for the sqldb kit, by mattn/go-sqlite3: in WAL mode, with foreign
// keys, durable at each commit, one connection that writes and several that read.
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

// readers is how many connections read at once.
const readers = 4

var dialect = sqldb.Dialect{
	Name: "sqlite",
	// SQLite numbers $1 by its first appearance, as if it were a name; ?1 is by number. Who writes has no
	// rows to lock, for nobody else does.
	Rewrite: func(query string) string {
		query, _, _ = strings.Cut(query, " FOR UPDATE ")
		return strings.ReplaceAll(query, "$", "?")
	},
	Duplicate: func(err error) bool {
		var e sqlite3.Error // by value: mattn never returns a pointer
		return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey || e.ExtendedCode == sqlite3.ErrConstraintUnique)
	},
	OneWriter: true,
}

// hook is what is done with each new connection.
type hook func(*sqlite3.SQLiteConn) error

// What is temporary is not for the disk, and the log is brought into the file seldom, for many commits change
// the same pages.
func setUp(conn *sqlite3.SQLiteConn) error {
	_, err := conn.Exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000", nil)
	return err
}

// Open opens the file at path, making it if need be.
func Open(path string) (*sqldb.DB, error) { return openFile(path, setUp, setUp) }

// OpenCopy opens the file of a copy, that can be made again, beside the file at own, that cannot: its tables
// are found under own. A transaction is atomic in each of the two, and committed in the copy first. What is
// committed in own is durable at once, what is in the copy alone after a while: a loss of power may take the
// copy back to an earlier state. What is deleted from the copy is overwritten.
func OpenCopy(path, own string) (*sqldb.DB, error) {
	attach := func(conn *sqlite3.SQLiteConn) error {
		if err := setUp(conn); err != nil {
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

func openFile(path string, reading, writing hook) (*sqldb.DB, error) {
	common := "&_busy_timeout=5000&_foreign_keys=on&_stmt_cache_size=128&_cache_size=-16000" // of 16 MB
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	write, err := (&sqlite3.SQLiteDriver{ConnectHook: writing}).Open(file + "?_journal_mode=WAL&_synchronous=FULL" + common) // makes the file, so that the readers find it
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read := sql.OpenDB(connector{&sqlite3.SQLiteDriver{ConnectHook: reading}, file + "?_query_only=on" + common})
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return sqldb.Over(dialect, engine{sqldb.Pools(read, read), write.(*sqlite3.SQLiteConn)}), nil
}

// connector is what database/sql makes the connections of a pool with.
type connector struct {
	driver driver.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }
