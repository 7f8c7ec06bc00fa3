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

// checkParticipant checks that a participant sees all of their own chats and nothing else.
func (w *world) checkParticipant(p *person, portal map[string]chat.Changes) {
	w.t.Helper()
	own, sees, has := map[string]bool{}, 0, 0
	for _, r := range p.chats {
		own[r.chat] = true
	}
	for _, page := range everything(w.t, w.host.store, chat.Caller{Account: p.account, Name: p.name}, 3) {
		for _, m := range page.Messages {
			if sees++; !own[m.Participant] {
				w.t.Errorf("%s sees %q", p.name, w.readable(m.Text))
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

// checkNoOtherMatters searches the files for matters that the user may not see. The copy must have nothing of them in
// any table or index. own.db may only have the user's own texts.
func (w *world) checkNoOtherMatters(d *device) {
	w.t.Helper()
	visible := w.visible(d)
	for matter := range w.secrets {
		if visible[matter] {
			continue
		}
		for where, rows := range rowsWith(w.t, filepath.Join(d.dir, "copy.db"), secret(matter)) {
			w.t.Errorf("%s has %q of %s in %s, which the user may not see", d.name, rows, w.names[matter], where)
		}
		for where, rows := range rowsWith(w.t, filepath.Join(d.dir, "own.db"), secret(matter)) {
			for _, row := range rows {
				// The user may have written it on another device.
				if !strings.Contains(row, secret(matter)+" "+strings.ToLower(d.user.Name)) {
					w.t.Errorf("%s has %q of %s in %s, which the user may not see", d.name, row, w.names[matter], where)
				}
			}
		}
	}
}

// rowsWith returns the rows of a database that contain a word, by table. For a full-text index it counts them.
func rowsWith(t testing.TB, path, word string) map[string][]string {
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
