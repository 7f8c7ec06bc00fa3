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

type backupCommand struct {
	databaseFlag
	File string `arg:"" placeholder:"FILE" help:"The new file."`
}

// Run copies the database to a temporary file, checks the copy, and renames it.
func (c backupCommand) Run(ctx context.Context) error {
	if c.Database.onPostgres() {
		return errors.New("back up a PostgreSQL database with pg_dump --format=custom --file=FILE URL; restore it into a new, empty database with pg_restore, and then run portald epoch")
	}
	if err := checkAbsent(c.File); err != nil {
		return err
	}
	if err := checkFolder(c.File); err != nil {
		return err
	}
	before, err := summarize(ctx, c.Database.path())
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(c.File), "."+filepath.Base(c.File)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails after the rename
	if err := temp.Close(); err != nil {
		return err
	}
	if err := sqlite.Copy(ctx, c.Database.path(), temp.Name()); err != nil {
		return err
	}
	after, err := verify(ctx, temp.Name())
	if err != nil {
		return err
	}
	if after.Messages < before.Messages {
		return fmt.Errorf("the copy contains only %d of %d messages", after.Messages, before.Messages)
	}
	if err := checkAbsent(c.File); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), c.File); err != nil {
		return err
	}
	fmt.Printf("%s contains %s.\n", c.File, describe(after))
	return sqlite.Sync(filepath.Dir(c.File))
}

type restoreCommand struct {
	databaseFlag
	sessionsFlag
	Replace bool   `env:"-" help:"Replace a database that isn't empty. The old one is renamed."`
	File    string `arg:"" placeholder:"FILE" help:"The copy."`
}

// Run replaces the database with a copy that has a new epoch.
func (c restoreCommand) Run(ctx context.Context) error {
	if c.Database.onPostgres() {
		return errors.New("stop all portals, and restore a PostgreSQL database into a new, empty one with pg_restore --exit-on-error --dbname=URL FILE; then run portald epoch")
	}
	if _, err := verify(ctx, c.File); sqlite.FaultOf(err) == sqlite.Damaged {
		return fmt.Errorf("%s is not a portal's backup, or it is damaged: %w", c.File, err)
	} else if err != nil {
		return err
	}
	to := c.Database.path()
	if err := checkFolder(to); err != nil {
		return err
	}
	_, err := os.Stat(to)
	exists := !errors.Is(err, fs.ErrNotExist)
	if exists && !c.Replace {
		if old, err := summarize(ctx, to); err != nil || old.Firm != "" || old.Matters > 0 {
			return fmt.Errorf("%s is not empty; use --replace to rename it and put the copy in its place", to)
		}
	}
	temp, err := os.MkdirTemp(filepath.Dir(to), ".restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	restored := filepath.Join(temp, "portal.db")
	if err := sqlite.Copy(ctx, c.File, restored); err != nil {
		return err
	}
	if err := os.Chmod(restored, 0o600); err != nil {
		return err
	}
	withdrawn, err := c.newEpoch(ctx, databaseFlag{Database: database("sqlite:" + restored)})
	if err != nil {
		return err
	}
	summary, err := verify(ctx, restored)
	if err != nil {
		return err
	}
	like := filepath.Dir(to)
	if exists {
		like = to
	}
	if err := giveOwner(restored, like); err != nil {
		return err
	}
	aside := ""
	if exists {
		aside = to + time.Now().Format(".2006-01-02T15-04-05")
		if err := checkAbsent(aside); err != nil {
			return err
		}
		if err := sqlite.SetAside(ctx, to, aside); err != nil {
			if errors.Is(err, sqlite.ErrInUse) {
				return fmt.Errorf("%s is in use; stop the portal first", to)
			}
			return err
		}
		fmt.Printf("The old database is now %s.\n", aside)
	}
	if err := os.Rename(restored, to); err != nil {
		return err
	}
	fmt.Printf("%s contains %s. Desktop apps and client pages will load everything again.\n%s\n%s\n", to, describe(summary), withdrawn, describeReturned(ctx, aside, to))
	return sqlite.Sync(filepath.Dir(to))
}

type epochCommand struct {
	databaseFlag
	sessionsFlag
}

func (c epochCommand) Run(ctx context.Context) error {
	withdrawn, err := c.newEpoch(ctx, c.databaseFlag)
	if err != nil {
		return err
	}
	fmt.Printf("A new epoch has begun. Start the portals now. If one is running, restart it. Desktop apps and client pages will load everything again.\n%s\n%s\n", withdrawn, checkUsers)
	return nil
}

type sessionsFlag struct {
	EndSessions bool `env:"-" help:"Sign everyone out: a backup also has the sessions and the passwords that were ended or replaced since."`
}

// newEpoch begins a new epoch, and returns a sentence about what it withdrew.
func (f sessionsFlag) newEpoch(ctx context.Context, database databaseFlag) (withdrawn string, err error) {
	store, err := database.open(ctx)
	if err != nil {
		return "", err
	}
	w, err := store.NewEpoch(ctx, f.EndSessions)
	sessions := "Everyone is still signed in; --end-sessions signs everyone out."
	if f.EndSessions {
		sessions = count(w.Sessions, "1 session has ended.", "%d sessions have ended.")
	}
	withdrawn = fmt.Sprintf("Withdrawn: %s, %s, %s, %s. %s", count(w.Resets, "1 reset link", "%d reset links"), count(w.Links, "1 sign-in link", "%d sign-in links"),
		count(w.Invitations, "1 open invitation", "%d open invitations"), count(w.SetUps, "1 unfinished two-step setup", "%d unfinished two-step setups"), sessions)
	return withdrawn, errors.Join(err, store.Close())
}

// verify reads a whole database to find damage, and summarizes it.
func verify(ctx context.Context, path string) (records.Summary, error) {
	if err := sqlite.Check(ctx, path); err != nil {
		return records.Summary{}, err
	}
	return summarize(ctx, path)
}

func summarize(ctx context.Context, path string) (records.Summary, error) {
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return records.Summary{}, err
	}
	defer db.Close()
	summary, err := records.Summarize(ctx, db)
	if err != nil {
		err = fmt.Errorf("%s is not a portal's database: %w", path, err)
	}
	return summary, err
}

func describe(s records.Summary) string {
	return fmt.Sprintf("%s: %s, %s", s.Firm, count(s.Matters, "1 matter", "%d matters"), count(s.Messages, "1 message", "%d messages"))
}

// checkAbsent returns an error if a path exists.
func checkAbsent(path string) error {
	_, err := os.Lstat(path)
	if err == nil {
		return fmt.Errorf("%s already exists", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
