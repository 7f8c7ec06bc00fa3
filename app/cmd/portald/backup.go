package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// backUp copies the database to a new file: written beside its place, checked, and renamed.
func backUp(ctx context.Context, c *config, to string) error {
	from, err := sqlitePath(c.database)
	if errors.Is(err, errPostgres) {
		return errors.New("a database on PostgreSQL is backed up by PostgreSQL's own tools: pg_dump --format=custom --file=FILE URL; bring it back with pg_restore, and then run portald epoch")
	}
	if err != nil {
		return err
	}
	if err := absent(to); err != nil {
		return err
	}
	before, err := holdings(ctx, from)
	if err != nil {
		return err
	}
	making, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(making.Name()) // after the rename it is gone
	if err := making.Close(); err != nil {
		return err
	}
	if err := sqlite.Copy(ctx, from, making.Name()); err != nil {
		return err
	}
	holds, err := inspect(ctx, making.Name())
	if err != nil {
		return err
	}
	if holds.Messages < before.Messages {
		return fmt.Errorf("the copy holds %d messages of %d", holds.Messages, before.Messages)
	}
	if err := absent(to); err != nil {
		return err
	}
	if err := os.Rename(making.Name(), to); err != nil {
		return err
	}
	fmt.Printf("%s holds %s.\n", to, described(holds))
	return sqlite.Sync(filepath.Dir(to))
}

// restore puts a copy in the place of the database. Whoever has a replica meets a new epoch.
func restore(ctx context.Context, c *config, from string) error {
	to, err := sqlitePath(c.database)
	if errors.Is(err, errPostgres) {
		return errors.New("a database on PostgreSQL is restored by PostgreSQL's own tools, with every portald stopped: pg_restore --clean --dbname=URL FILE; then run portald epoch")
	}
	if err != nil {
		return err
	}
	if _, err := inspect(ctx, from); err != nil {
		return err
	}
	_, err = os.Stat(to)
	replaces := !errors.Is(err, fs.ErrNotExist)
	if replaces && !c.replace {
		if had, err := holdings(ctx, to); err != nil || had.Firm != "" || had.Matters > 0 {
			return fmt.Errorf("%s is not empty; with --replace the copy takes its place, and it is kept beside it", to)
		}
	}
	making, err := os.MkdirTemp(filepath.Dir(to), ".restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	made := filepath.Join(making, "portal.db")
	if err := sqlite.Copy(ctx, from, made); err != nil {
		return err
	}
	if err := os.Chmod(made, 0o600); err != nil {
		return err
	}
	if err := newEpoch(ctx, &config{database: "sqlite:" + made}); err != nil {
		return err
	}
	holds, err := inspect(ctx, made)
	if err != nil {
		return err
	}
	if replaces {
		aside := to + time.Now().Format(".2006-01-02T15-04-05")
		if err := absent(aside); err != nil {
			return err
		}
		if err := sqlite.SetAside(ctx, to, aside); err != nil {
			if errors.Is(err, sqlite.ErrInUse) {
				return fmt.Errorf("%s is in use; stop the portal first", to)
			}
			return err
		}
		fmt.Printf("%s is kept as %s.\n", to, aside)
	}
	if err := os.Rename(made, to); err != nil {
		return err
	}
	fmt.Printf("%s holds %s. Desktop apps and client pages will pull everything again.\n", to, described(holds))
	return sqlite.Sync(filepath.Dir(to))
}

func beginEpoch(ctx context.Context, c *config, _ string) error {
	if err := newEpoch(ctx, c); err != nil {
		return err
	}
	fmt.Println("A new epoch has begun: desktop apps and client pages will pull everything again. Start every portald anew.")
	return nil
}

func newEpoch(ctx context.Context, c *config) error {
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(store.NewEpoch(ctx), store.Close())
}

// inspect reads a whole copy, and what it holds.
func inspect(ctx context.Context, path string) (records.Summary, error) {
	if err := sqlite.Check(ctx, path); err != nil {
		return records.Summary{}, err
	}
	return holdings(ctx, path)
}

func holdings(ctx context.Context, path string) (records.Summary, error) {
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return records.Summary{}, err
	}
	defer db.Close()
	holds, err := records.Summarize(ctx, db)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return holds, err
}

func described(h records.Summary) string {
	return fmt.Sprintf("%s: %s, %s", h.Firm, count(h.Matters, "matter", "matters"), count(h.Messages, "message", "messages"))
}

// absent returns an error for a path that exists.
func absent(path string) error {
	_, err := os.Lstat(path)
	if err == nil {
		return fmt.Errorf("%s exists already", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
