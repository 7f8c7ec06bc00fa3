// Package sqlite opens a SQLite file for the sqldb kit, by mattn/go-sqlite3: in WAL mode, with foreign
// keys, durable at each commit, one connection that writes and several that read.
package sqlite

import (
	"database/sql"
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

// driverName is mattn's driver, with what its connection strings cannot say.
const driverName = "matterline-sqlite"

func init() { sql.Register(driverName, sqliteDriver) }

// What is temporary is not for the disk, and the log is brought into the file seldom, for many commits change
// the same pages.
var sqliteDriver = &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
	_, err := conn.Exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000", nil)
	return err
}}

// Open opens the file at path, making it if need be.
func Open(path string) (*sqldb.DB, error) {
	common := "&_busy_timeout=5000&_foreign_keys=on&_stmt_cache_size=128&_cache_size=-16000" // of 16 MB
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	write, err := sqliteDriver.Open(file + "?_journal_mode=WAL&_synchronous=FULL" + common) // makes the file, so that the readers find it
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read, err := sql.Open(driverName, file+"?_query_only=on"+common)
	if err != nil {
		write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return sqldb.Over(dialect, engine{sqldb.Pools(read, read), write.(*sqlite3.SQLiteConn)}), nil
}
