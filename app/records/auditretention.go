package records

import (
	"context"
	"fmt"

	"matterline/app/sqldb"
)

// Entries of the audit trail are removed from its beginning. The store keeps the number and the hash of the newest one
// that it removed, with which the chain goes on. An entry says so, too: without it, someone could remove entries and move
// the beginning.

// auditRemoval is the action of that entry. Its only change is from the old beginning to the new one.
const auditRemoval = "audit.remove"

// auditBeginning is the newest entry that was removed.
type auditBeginning struct {
	number int64 // 0 if there is none
	hash   string
}

func (b auditBeginning) String() string { return fmt.Sprint(b.number, " ", b.hash) }

func beginningOf(tx *sqldb.Tx) (b auditBeginning, err error) {
	err = tx.Row(`SELECT removed, removed_hash FROM audit_head`).Scan(&b.number, &b.hash)
	return b, err
}

// removeAuditEntries removes the entries before a time: first it moves the beginning, and then it removes what is in front
// of it.
func (s *Store) removeAuditEntries(ctx context.Context, before int64) (removed int64, err error) {
	var from, to auditBeginning
	err = s.db.View(ctx, func(tx *sqldb.Tx) error { // it may read many entries, so it must not keep others from writing
		if from, err = beginningOf(tx); err != nil {
			return err
		}
		to, err = s.lastBefore(tx, from, before)
		return err
	})
	if err == nil && to.number > from.number {
		err = s.change(ctx, func(tx *change) error {
			n, err := tx.ExecCount(`UPDATE audit_head SET removed = $1, removed_hash = $2 WHERE removed = $3`, to.number, to.hash, from.number)
			if err != nil || n == 0 { // another node was faster
				return err
			}
			tx.differs("beginning", from.String(), to.String())
			return s.audit(tx, Program, auditRemoval, "", "")
		})
	}
	if err != nil {
		return 0, err
	}
	return s.removeInFront(ctx)
}

// readAtOnce is how many entries one statement reads.
const readAtOnce = 1000

// lastBefore returns the newest entry that is older than a time and has no entry in front of it that isn't. It ignores
// entries from the future, which a wrong clock has dated: they would stay, with all others, until then.
func (s *Store) lastBefore(tx *sqldb.Tx, from auditBeginning, before int64) (last auditBeginning, err error) {
	var newest int64
	if err := tx.Row(`SELECT number FROM audit_head`).Scan(&newest); err != nil {
		return last, err
	}
	last, latest, done := from, s.now().Add(clockTolerance).UnixMilli(), false
	for read := from.number; read < newest && !done && err == nil; read += readAtOnce {
		err = sqldb.Each(tx, func(scan sqldb.Scan) error {
			var e auditBeginning
			var at int64
			if err := scan(&e.number, &e.hash, &at); err != nil {
				return err
			}
			if at < before {
				last = e
			} else if done = at <= latest; done {
				return sqldb.ErrStop
			}
			return nil
		}, `SELECT number, hash, at FROM audit WHERE number > $1 AND number <= $2 ORDER BY number`, read, read+readAtOnce)
	}
	return last, err
}

// removeInFront removes the entries up to the beginning.
func (s *Store) removeInFront(ctx context.Context) (removed int64, err error) {
	for {
		var n int64
		err := s.db.Tx(ctx, func(tx *sqldb.Tx) error {
			b, err := beginningOf(tx)
			if err != nil {
				return err
			}
			var first int64
			if err := tx.Row(`SELECT coalesce(min(number), 0) FROM audit`).Scan(&first); err != nil {
				return err
			}
			n, err = tx.ExecCount(`DELETE FROM audit WHERE number >= $1 AND number < $2`, first, min(first+removedAtOnce, b.number+1))
			return err
		})
		if removed += n; err != nil || n == 0 {
			return removed, err
		}
	}
}
