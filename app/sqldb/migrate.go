package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ErrOtherVersion is returned by Migrate for a database with migrations that this program doesn't have.
var ErrOtherVersion = errors.New("this database was made by a newer version of Matterline")

// Migrate brings the schema up to date: it runs the files in migrations (001_first.sql, 002_…) that this
// database hasn't run yet, ordered by name, in one transaction. A line that starts with "-- sqlite:" or
// "-- postgres:" runs on that engine only. It returns ErrOtherVersion.
func (db *DB) Migrate(ctx context.Context, migrations fs.FS) error {
	names, err := fs.Glob(migrations, "*.sql") // sorted
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(tx *Tx) error {
		if db.dialect.MigrationLock != "" {
			if err := tx.Exec(db.dialect.MigrationLock); err != nil {
				return fmt.Errorf("migrate: %w", err)
			}
		}
		if err := tx.Exec(`CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)`); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		done, err := applied(tx, names)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		for _, name := range names[done:] {
			text, err := fs.ReadFile(migrations, name)
			if err != nil {
				return err
			}
			script := strings.ReplaceAll(string(text), "-- "+db.dialect.Name+": ", "")
			if err := tx.Exec(script, db.dialect.ScriptArgs...); err != nil {
				return fmt.Errorf("migrate %s: %w", name, err)
			}
			if err := tx.Exec(`INSERT INTO migrations (name) VALUES ($1)`, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// CheckMigrations returns ErrOtherVersion if a newer program has migrated the database since.
func (db *DB) CheckMigrations(ctx context.Context, migrations fs.FS) error {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return err
	}
	return db.View(ctx, func(tx *Tx) error {
		_, err := applied(tx, names)
		return err
	})
}

// applied returns how many of the migrations the database has run. It returns ErrOtherVersion.
func applied(tx *Tx, names []string) (int, error) {
	done, err := All(tx, Column[string], `SELECT name FROM migrations ORDER BY name`)
	if err != nil {
		return 0, err
	}
	for i, name := range done {
		if i >= len(names) || names[i] != name {
			return 0, fmt.Errorf("%w, which had %s", ErrOtherVersion, name)
		}
	}
	return len(done), nil
}
