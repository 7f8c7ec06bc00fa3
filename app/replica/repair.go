package replica

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
)

//go:embed migrations
var migrations embed.FS

// damagedMark names a file that exists once the copy is known to be damaged.
const damagedMark = "damaged"

func (r *Replica) path(name string) string { return filepath.Join(r.dir, name) }

func migrate(ctx context.Context, db *sqldb.DB, folder string) error {
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	return db.Migrate(ctx, files)
}

// openCopy opens copy.db with own.db attached. It sets aside a copy that is damaged or unknown, and starts a new one.
func (r *Replica) openCopy(ctx context.Context) (*sqldb.DB, error) {
	if !exists(r.path(damagedMark)) {
		db, err := r.tryCopy(ctx)
		if fault := sqlite.FaultOf(err); err == nil || ctx.Err() != nil || fault != sqlite.NoFault && fault != sqlite.Damaged {
			return db, err
		}
	}
	if exists(r.path("copy.db")) {
		if _, err := r.setAside("copy.db"); err != nil {
			return nil, err
		}
		r.repaired += "Matterline's data on this computer was damaged, so it's being downloaded again. Your unsent messages and drafts are kept. "
	}
	if err := os.Remove(r.path(damagedMark)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return r.tryCopy(ctx)
}

func (r *Replica) tryCopy(ctx context.Context) (*sqldb.DB, error) {
	db, err := sqlite.OpenPair(r.path("copy.db"), r.path("own.db"))
	if err != nil {
		return nil, err
	}
	if err = migrate(ctx, db, "copy"); err == nil {
		err = db.Tx(ctx, func(tx *sqldb.Tx) (err error) {
			r.me, err = saveUser(tx, id(r.user.ID), r.user.Name, "")
			return err
		})
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// prepareOwn creates, migrates and checks own.db. It's small enough to check whole each time. What can be read of
// a damaged file goes into a new one.
func (r *Replica) prepareOwn(ctx context.Context) error {
	path := r.path("own.db")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		if exists(r.path("copy.db")) { // so own.db existed, too
			r.repaired += "Unsent messages on this computer couldn't be read. Check your latest messages, and send any missing ones again. "
		}
		return migrateOwn(ctx, path)
	}
	if err != nil {
		return err
	}
	err = migrateOwn(ctx, path)
	if err == nil {
		err = sqlite.Check(ctx, path)
	}
	fault := sqlite.FaultOf(err)
	if err == nil || fault != sqlite.NoFault && fault != sqlite.Damaged || ctx.Err() != nil || errors.Is(err, sqldb.ErrOtherVersion) {
		return err
	}
	aside, err := r.setAside("own.db")
	if err != nil {
		return err
	}
	if err := migrateOwn(ctx, path); err != nil {
		return err
	}
	if err := rescue(ctx, aside, path); err != nil {
		return err
	}
	r.repaired += "Unsent messages on this computer were damaged. Those that could be read are kept. Check your latest messages, and send any missing ones again. "
	return nil
}

func migrateOwn(ctx context.Context, path string) error {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db, "own"), db.Close())
}

// setAside renames a database and the files that belong to it.
func (r *Replica) setAside(name string) (aside string, err error) {
	aside = r.path(name + ".damaged-" + r.now().UTC().Format("20060102-150405.000"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(r.path(name+suffix), aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, err
		}
	}
	return aside, nil
}

// rescue copies every readable row of a damaged database into a new one. It reads each row by its number, so that
// an unreadable page loses only its own rows.
func rescue(ctx context.Context, from, to string) error {
	db, err := sqlite.Open(to)
	if err != nil {
		return err
	}
	defer db.Close()
	damaged, err := sqlite.OpenReadOnly(from)
	if err != nil {
		return nil // nothing in it can be read
	}
	defer damaged.Close()
	return db.Tx(ctx, func(tx *sqldb.Tx) error {
		tables, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations') AND name NOT LIKE 'sqlite_%'`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			columns, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM pragma_table_info($1)`, table)
			if err != nil {
				return err
			}
			if err := rescueTable(ctx, damaged, tx, table, columns); err != nil {
				return fmt.Errorf("rescue %s: %w", table, err)
			}
		}
		return nil
	})
}

// maxMissing is how many successive row numbers may be missing before a table counts as read to its end.
const maxMissing = 2000

// rescueTable copies one table. It ignores errors of the damaged file.
func rescueTable(ctx context.Context, damaged *sqldb.DB, tx *sqldb.Tx, table string, columns []string) error {
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprint("$", i+1)
	}
	names := strings.Join(columns, ", ")
	insert := `INSERT INTO ` + table + ` (` + names + `) VALUES (` + strings.Join(marks, ", ") + `) ON CONFLICT DO NOTHING`
	var failed error
	_ = damaged.View(ctx, func(view *sqldb.Tx) error {
		row, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		for n, missing := 1, 0; missing < maxMissing; n++ {
			missing++
			if err := view.Row(`SELECT `+names+` FROM `+table+` NOT INDEXED WHERE n = $1`, n).Scan(dest...); err != nil {
				continue // missing or unreadable
			}
			if failed = tx.Exec(insert, row...); failed != nil {
				return failed
			}
			missing = 0
		}
		return nil
	})
	return failed
}

// copyFiles returns the names of the copy's files, including those set aside.
func (r *Replica) copyFiles() (names []string, err error) {
	entries, err := os.ReadDir(r.dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "copy.db") {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// removeDamaged removes the copies that were set aside. Call it once the new copy is complete.
func (r *Replica) removeDamaged() error {
	names, err := r.copyFiles()
	for _, name := range names {
		if strings.Contains(name, ".damaged-") {
			err = errors.Join(err, os.Remove(r.path(name)))
		}
	}
	return err
}
