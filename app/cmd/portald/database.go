package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/sqlite"
	"matterline/app/strength"
)

// database names a portal's database: sqlite:PATH, a path, or a PostgreSQL URL.
type database string

type databaseFlag struct {
	Database            database `default:"portal.db" placeholder:"DATABASE" help:"The portal's database: sqlite:PATH, a path, or a postgres:// URL."`
	DatabaseConnections int      `placeholder:"NUMBER" help:"The most connections to PostgreSQL, of which two carry notices between portals. By default pool_max_conns in the URL, or 30."`
}

func (d *database) UnmarshalText(text []byte) error {
	*d = database(text)
	scheme, _, isURL := strings.Cut(string(text), "://")
	switch {
	case string(text) == "sqlite:":
		return errors.New("name a file, such as sqlite:portal.db")
	case strings.HasPrefix(string(*d), "sqlite:"):
		return nil
	case d.onPostgres() && !wholeURL.Match(text):
		return errors.New("this PostgreSQL URL isn't valid; write special characters in the user and the password as %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for %")
	case !isURL && userAndHost.Match(text): // perhaps with a password
		return errors.New("use sqlite:PATH, a path, or a URL such as postgres://USER@HOST/NAME")
	case isURL && !d.onPostgres():
		return fmt.Errorf("use sqlite:PATH or a postgres:// URL, not %q", scheme)
	case !isURL && keywords.Match(text):
		return errors.New("use a URL such as postgres://USER@HOST/NAME, not keywords such as host=HOST")
	}
	return nil
}

func (d database) onPostgres() bool {
	return strings.HasPrefix(string(d), "postgres://") || strings.HasPrefix(string(d), "postgresql://")
}

// path is the SQLite file.
func (d database) path() string { return strings.TrimPrefix(string(d), "sqlite:") }

// String is the database without its password and its options.
func (d database) String() string { return strings.TrimSuffix(redact(string(d)), "?…") }

// bus carries notices between the portals that serve the database.
func (d database) bus() records.Bus {
	if d.onPostgres() {
		return postgres.NewBus(string(d))
	}
	return noBus{}
}

// noBus is the bus of a store on SQLite, which has no other nodes. The portal finds changes by commands such as portald
// import by polling.
type noBus struct{}

func (noBus) Notify(context.Context, string) error { return nil }

func (noBus) Listen(ctx context.Context, _ func(), _ func(string)) error {
	<-ctx.Done()
	return nil
}

// open opens the store. It fails if the database doesn't exist or has no firm.
func (f databaseFlag) open(ctx context.Context) (*records.Store, error) {
	d := f.Database
	if !d.onPostgres() {
		if err := checkFolder(d.path()); err != nil {
			return nil, err
		}
		if _, err := os.Stat(d.path()); errors.Is(err, fs.ErrNotExist) { // SQLite would create it
			return nil, fmt.Errorf("%s doesn't exist; name the portal's database with --database or MATTERLINE_DATABASE, or create one with portald init", d.path())
		}
	}
	store, err := f.create(ctx)
	if err != nil {
		return nil, err
	}
	exists, err := store.HasFirm(ctx)
	if err == nil && !exists {
		err = fmt.Errorf("%s has no firm yet; add it with portald init", d)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// checkFolder returns an error if the folder of a file doesn't exist, or if the file itself is a folder.
func checkFolder(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file in it, such as %s", path, filepath.Join(path, "portal.db"))
	}
	folder := filepath.Dir(path)
	_, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s doesn't exist; create it first", folder)
	}
	return err
}

// create opens the store, and creates it if it doesn't exist.
func (f databaseFlag) create(ctx context.Context) (*records.Store, error) {
	d := f.Database
	var db *sqldb.DB
	var err error
	if d.onPostgres() {
		db, err = postgres.Open(ctx, string(d), f.DatabaseConnections)
	} else {
		db, err = sqlite.Open(d.path())
	}
	if err != nil {
		return nil, explained(err)
	}
	store, err := records.Open(ctx, db, time.Now)
	if err != nil {
		if errors.Is(err, sqldb.ErrOtherVersion) {
			err = fmt.Errorf("%w; use the newer portald, or restore a backup from before its upgrade", err)
		}
		return nil, errors.Join(fmt.Errorf("open %s: %w", d, explained(err)), db.Close())
	}
	store.RefuseEasy(strength.Easy)
	return store, nil
}

// explained says in words what an error is, if that is known.
func explained(err error) error {
	text := faultText(err)
	if errors.Is(err, postgres.ErrTooFewConnections) {
		text = fmt.Sprintf("a portal needs at least %d connections to PostgreSQL; raise --database-connections, or pool_max_conns in the database's URL", postgres.MinConnections)
	}
	if text != "" {
		return fmt.Errorf("%s (%w)", text, err)
	}
	return err
}
