package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/sqlite"
)

// sqlitePath is the file that --database names, unless it names PostgreSQL.
func sqlitePath(database string) (path string, err error) {
	if path, is := strings.CutPrefix(database, "sqlite:"); is {
		return path, nil
	}
	scheme, _, is := strings.Cut(database, "://")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return "", errPostgres
	case is:
		return "", usageError{fmt.Errorf("--database: it is sqlite:PATH or postgres://..., and there is no engine %q", scheme)}
	case database == "":
		return "", usageError{errors.New("--database is empty")}
	}
	return database, nil
}

var errPostgres = errors.New("the database is on PostgreSQL")

// alone is the bus of a store on SQLite, which has no other node: what portald import or restore changes
// beside the one that serves is found by looking.
type alone struct{}

func (alone) Notify(context.Context, string) error { return nil }

func (alone) Listen(ctx context.Context, _ func(), _ func(string)) error {
	<-ctx.Done()
	return nil
}

// busOf carries notices between the portals that serve one database.
func busOf(database string) records.Bus {
	if _, err := sqlitePath(database); errors.Is(err, errPostgres) {
		return postgres.NewBus(database)
	}
	return alone{}
}

// openDatabase opens the database, on whichever engine it is.
func openDatabase(ctx context.Context, database string) (*sqldb.DB, error) {
	path, err := sqlitePath(database)
	if errors.Is(err, errPostgres) {
		return postgres.Open(ctx, database)
	}
	if err != nil {
		return nil, err
	}
	return sqlite.Open(path)
}

// openStore opens the store that a firm has been made in.
func openStore(ctx context.Context, c *config) (*records.Store, error) {
	if path, err := sqlitePath(c.database); err == nil {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // SQLite would make it
			return nil, fmt.Errorf("there is no database %s; portald init makes one", path)
		}
	}
	store, err := openAny(ctx, c)
	if err != nil {
		return nil, err
	}
	founded, err := store.HasFirm(ctx)
	if err == nil && !founded {
		err = fmt.Errorf("there is no firm in %s yet; portald init makes it", named(c.database))
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// openAny opens the store, making it if need be.
func openAny(ctx context.Context, c *config) (*records.Store, error) {
	db, err := openDatabase(ctx, c.database)
	if err != nil {
		return nil, err
	}
	store, err := records.Open(ctx, db, time.Now)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", named(c.database), err), db.Close())
	}
	return store, nil
}

// named is the database as it may be shown: without a password.
func named(database string) string {
	if u, err := url.Parse(database); err == nil && u.Host != "" {
		return u.Redacted()
	}
	return database
}
