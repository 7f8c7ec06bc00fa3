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

// damagedMark is the name of a file that is there once the copy was found to be damaged.
const damagedMark = "damaged"

func (r *Replica) path(name string) string { return filepath.Join(r.dir, name) }

func migrate(ctx context.Context, db *sqldb.DB, folder string) error {
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	return db.Migrate(ctx, files)
}

// openCopy opens the copy with what is the device's own beside it. A copy that is damaged, or that is not one
// we know, is set aside, and begun anew.
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
		r.mended += "The copy on this computer was damaged. It is being fetched again; what you wrote is kept. "
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
			r.me, err = userKey(tx, r.user.ID, r.user.Name)
			return err
		})
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// openOwn makes sure that what is the device's own is whole. It is small enough to be checked each time.
func (r *Replica) openOwn(ctx context.Context) error {
	path := r.path("own.db")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		if exists(r.path("copy.db")) { // there was one
			r.mended += "What was waiting to be sent from this computer could not be read. Please look at your last messages. "
		}
		return makeOwn(ctx, path)
	}
	if err != nil {
		return err
	}
	err = makeOwn(ctx, path)
	if err == nil {
		err = sqlite.Check(ctx, path)
	}
	if fault := sqlite.FaultOf(err); err == nil || fault != sqlite.NoFault && fault != sqlite.Damaged {
		return err
	}
	if ctx.Err() != nil || errors.Is(err, sqldb.ErrOtherVersion) {
		return err
	}
	aside, err := r.setAside("own.db")
	if err != nil {
		return err
	}
	if err := makeOwn(ctx, path); err != nil {
		return err
	}
	if err := carryOver(ctx, aside, path); err != nil {
		return err
	}
	r.mended += "What was waiting to be sent from this computer was damaged. All that could still be read was kept; please look at your last messages. "
	return nil
}

func makeOwn(ctx context.Context, path string) error {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, db, "own"), db.Close())
}

// setAside renames a database, with what lies beside it.
func (r *Replica) setAside(name string) (aside string, err error) {
	aside = r.path(name + ".damaged-" + r.now().UTC().Format("20060102-150405.000"))
	for _, beside := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(r.path(name+beside), aside+beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, err
		}
	}
	return aside, nil
}

// carryOver writes every row that can still be read in a damaged database into a new one. It asks for each by
// its number, so that one page that cannot be read takes no more than its own rows along.
func carryOver(ctx context.Context, from, to string) error {
	db, err := sqlite.Open(to)
	if err != nil {
		return err
	}
	defer db.Close()
	old, err := sqlite.OpenReadOnly(from)
	if err != nil {
		return nil // nothing of it can be read
	}
	defer old.Close()
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
			if err := carryTable(ctx, old, tx, table, columns); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxMissing is how many numbers in a row have no row before a table is held to have ended.
const maxMissing = 2000

// carryTable carries over one table. What is wrong with the old file is no error: then there is no more of it.
func carryTable(ctx context.Context, old *sqldb.DB, tx *sqldb.Tx, table string, columns []string) error {
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprint("$", i+1)
	}
	names := strings.Join(columns, ", ")
	insert := `INSERT INTO ` + table + ` (` + names + `) VALUES (` + strings.Join(marks, ", ") + `) ON CONFLICT DO NOTHING`
	var failed error
	_ = old.View(ctx, func(view *sqldb.Tx) error {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		for n, missing := 1, 0; missing < maxMissing; n++ {
			missing++
			if err := view.Row(`SELECT `+names+` FROM `+table+` NOT INDEXED WHERE n = $1`, n).Scan(to...); err != nil {
				continue // there is none, or it cannot be read
			}
			if _, failed = tx.Exec(insert, row...); failed != nil {
				return failed
			}
			missing = 0
		}
		return nil
	})
	if failed != nil {
		return fmt.Errorf("carry over %s: %w", table, failed)
	}
	return nil
}

// copies are the files of the copy, those that were set aside too.
func (r *Replica) copies() (names []string, err error) {
	entries, err := os.ReadDir(r.dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "copy.db") {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// forgetDamaged removes the copies that were set aside, once there is a whole one.
func (r *Replica) forgetDamaged() error {
	names, err := r.copies()
	for _, name := range names {
		if strings.Contains(name, ".damaged-") {
			err = errors.Join(err, os.Remove(r.path(name)))
		}
	}
	return err
}
