package records

import (
	"crypto/rand"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Position is a version together with the mark of the change that made it. The store answers with the mark so that a
// device can ask later whether this version is still the same change. It isn't if the store was put back to an earlier
// state and then changed in other ways.
type Position struct {
	Version int64
	Mark    string // empty if it isn't known
}

// versions are the versions of one change in a chat.
type versions struct {
	matter int64 // for users
	chat   int64 // for the participant, who counts only what they may see
}

// newMark makes a mark. It has 60 random bits and says nothing about the change.
func newMark() string { return rand.Text()[:12] }

// marksKept is how many marks of changes other than messages the store keeps of a matter or a chat. A device that was
// away for longer may have to pull everything again. The migrations contain this number too.
const marksKept = 4096

// keepMark stores the mark of a change. A message keeps its own mark instead.
func (tx *change) keepMark(counter string, at Position) error {
	return tx.Queue(`
		INSERT INTO marks (counter, slot, version, mark) VALUES ($1, $2, $3, $4)
		ON CONFLICT (counter, slot) DO UPDATE SET version = excluded.version, mark = excluded.mark`,
		counter, at.Version%marksKept, at.Version, at.Mark)
}

// touch increments a matter's version. The caller stamps the changed rows with the result.
func (tx *change) touch(matter string) (Position, error) {
	at := Position{Mark: newMark()}
	err := tx.Row(`UPDATE matters SET version = version + 1, mark = $2 WHERE id = $1 RETURNING version`, matter, at.Mark).Scan(&at.Version)
	if err != nil {
		return at, notFound(err)
	}
	tx.broadcast.matters.add(matterChange{matter: matter, at: at, since: at.Version - 1, usersOnly: true})
	return at, tx.keepMark(matter, at)
}

// changeAccess counts a change as one of who may see the matter, after touch.
func (tx *change) changeAccess(matter string, at Position) error {
	tx.broadcast.matters.of(matter).access = at.Version
	return tx.Queue(`UPDATE matters SET access_version = $2 WHERE id = $1`, matter, at.Version)
}

// readReaders reads who may see the matters to which access changed. Others lose their reminders there.
func (tx *change) readReaders() (err error) {
	for i := range tx.broadcast.matters.all {
		if c := &tx.broadcast.matters.all[i]; c.access > 0 {
			if c.readers, err = readersOf(tx.Tx, c.matter); err != nil {
				return err
			}
			if err := tx.removeRemindersIn(c.matter); err != nil {
				return err
			}
		}
	}
	return nil
}

// show counts a change as one that a participant may see, after touch. The caller stamps the changed rows with the
// result.
func (tx *change) show(participant string, changed Position) (versions, error) {
	at := Position{Mark: changed.Mark}
	var matter string
	err := tx.Row(`UPDATE participants SET seen = seen + 1, mark = $2 WHERE id = $1 RETURNING seen, matter`, participant, at.Mark).Scan(&at.Version, &matter)
	if err != nil {
		return versions{}, notFound(err)
	}
	tx.broadcast.matters.of(matter).usersOnly = false
	return versions{changed.Version, at.Version}, tx.keepMark(participant, at)
}

// showInfo is show for a change to the matter itself, which all its participants may see.
func (tx *change) showInfo(matter string, changed Position) error {
	tx.broadcast.matters.of(matter).usersOnly = false
	err := tx.Queue(`UPDATE participants SET seen = seen + 1, mark = $2, info_version = seen + 1 WHERE matter = $1`, matter, changed.Mark)
	if err != nil {
		return err
	}
	return tx.Queue(`
		INSERT INTO marks (counter, slot, version, mark) SELECT id, seen % $2, seen, mark FROM participants WHERE matter = $1
		ON CONFLICT (counter, slot) DO UPDATE SET version = excluded.version, mark = excluded.mark`, matter, marksKept)
}

var errOtherHistory = chat.Errorf(chat.OtherHistory, "mark", "The portal's data was put back to an earlier state.")

// checkHistory returns other_history if the store's history doesn't contain a position of the caller's, or no longer
// knows. A position without a mark isn't checked.
func (v matterView) checkHistory(tx *sqldb.Tx, at Position) error {
	if at.Mark == "" {
		return nil
	}
	mark, err := v.markAt(tx, at.Version)
	if err == nil && mark != at.Mark {
		err = errOtherHistory
	}
	return err
}

// markAt returns the mark of a version, or an empty one if the store doesn't have it.
func (v matterView) markAt(tx *sqldb.Tx, version int64) (mark string, err error) {
	if version == v.at.Version {
		return v.at.Mark, nil
	}
	column, counter := v.rows()
	err = tx.Row(`
		SELECT mark FROM messages WHERE `+column+` = $1 AND `+v.prefix()+`version = $2
		UNION ALL
		SELECT mark FROM marks WHERE counter = $1 AND slot = $3 AND version = $2 LIMIT 1`,
		counter, version, version%marksKept).Scan(&mark)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return mark, err
}
