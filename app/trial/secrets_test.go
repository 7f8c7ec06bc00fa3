package trial

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
)

// theirsAlone checks that a person sees their own chats, whole, and nothing else.
func (w *world) theirsAlone(p *person, portal map[string]chat.Changes) {
	w.t.Helper()
	own, sees, has := map[string]bool{}, 0, 0
	for _, r := range p.chats {
		own[r.chat] = true
	}
	for _, page := range everything(w.t, w.house.store, chat.Caller{Account: p.account, Name: p.name}, 3) {
		for _, m := range page.Messages {
			if sees++; !own[m.Participant] {
				w.t.Errorf("%s sees %q", p.name, w.plain(m.Text))
			}
		}
	}
	for _, page := range portal {
		for _, theirs := range page.Participants {
			own[theirs.ID] = own[theirs.ID] && !theirs.Removed
		}
		for _, m := range page.Messages {
			if own[m.Participant] {
				has++
			}
		}
	}
	if sees != has {
		w.t.Errorf("%s sees %d messages of %d", p.name, sees, has)
	}
}

// nothingOfOthers looks into the files for what the user may not see: in the copy there is nothing of such a
// matter in any table or index, and among the device's own nothing that somebody else said in it.
func (w *world) nothingOfOthers(d *device) {
	w.t.Helper()
	mine := w.mine(d)
	for matter := range w.secrets {
		if mine[matter] {
			continue
		}
		for where, rows := range holding(w.t, filepath.Join(d.dir, "copy.db"), secret(matter)) {
			w.t.Errorf("%s has %q of %s in %s, which is not theirs to see", d.name, rows, w.names[matter], where)
		}
		for where, rows := range holding(w.t, filepath.Join(d.dir, "own.db"), secret(matter)) {
			for _, row := range rows {
				// What the user wrote on another device is theirs too.
				if !strings.Contains(row, secret(matter)+" "+strings.ToLower(d.user.Name)) {
					w.t.Errorf("%s has %q of %s in %s, which is not theirs to see", d.name, row, w.names[matter], where)
				}
			}
		}
	}
}

// holding are the rows of a database that hold a word, by table; of a full-text index, how many do.
func holding(t testing.TB, path, word string) map[string][]string {
	t.Helper()
	db, err := sqlite.OpenReadOnly(path)
	check(t, err)
	defer db.Close()
	found := map[string][]string{}
	check(t, db.View(context.Background(), func(tx *sqldb.Tx) error {
		tables, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' AND sql <> ''`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			columns, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM pragma_table_info($1)`, table)
			if err != nil {
				return err
			}
			row := `coalesce("` + strings.Join(columns, `", '') || ' ' || coalesce("`) + `", '')`
			rows, err := sqldb.All(tx, sqldb.Column[string], `SELECT `+row+` FROM "`+table+`" WHERE instr(`+row+`, $1) > 0`, word)
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				found[table] = rows
			}
		}
		indexes, err := sqldb.All(tx, sqldb.Column[string], `SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%USING fts5%'`)
		if err != nil {
			return err
		}
		for _, index := range indexes {
			var n int
			if err := tx.Row(`SELECT count(*) FROM "`+index+`"($1)`, word).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				found[index] = []string{fmt.Sprint(n, " entries")}
			}
		}
		return nil
	}))
	return found
}
