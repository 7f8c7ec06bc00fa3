package replica

import (
	"context"

	"matterline/app/sqldb"
)

// Read marks and notifications name messages by their versions. When the copy starts over, a version can name another
// message. So the newest messages that the user has passed are kept by id in own.passed, until their matter is pulled
// again and they have versions there.

// maxPassed limits how many messages are kept for each chat. If the portal has lost more than these, the chat counts as
// unread.
const maxPassed = 20

// keepPassed stores what the user has passed in a matter of an earlier history, or in all such matters if matter is
// empty. What is stored already is of an even earlier history and stays.
func (r *Replica) keepPassed(tx *sqldb.Tx, matter id) error {
	const old = `FROM matters x JOIN participants p ON p.matter = x.n LEFT JOIN own.toasted t ON t.participant = p.id `
	const where = ` WHERE x.version = 0 AND x.info_version <> 0 AND ($1 = '' OR x.id = $1)`
	err := tx.Exec(`
		INSERT INTO own.passed (message, matter, participant, version, read, shown)
		SELECT m.id, x.id, p.id, m.version, m.version <= p.read_upto, m.version <= coalesce(t.version, 0)
		`+old+`JOIN messages m ON m.n IN (SELECT n FROM messages WHERE chat = p.n AND author <> $2
			AND version <= max(p.read_upto, coalesce(t.version, 0)) ORDER BY version DESC LIMIT $3)
		`+where+` AND NOT EXISTS (SELECT 1 FROM own.passed WHERE participant = p.id)
		ON CONFLICT (message) DO NOTHING`, matter, r.me, maxPassed)
	if err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM own.reads WHERE participant IN (SELECT p.id `+old+where+`)`, matter)
}

// restorePassed gives the read marks and notifications of a matter their versions in the portal's new history. Call it
// once the matter is pulled again.
func (r *Replica) restorePassed(ctx context.Context, matter id) error {
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		chats, err := sqldb.All(tx, sqldb.Column[id], `SELECT DISTINCT participant FROM own.passed WHERE matter = $1`, matter)
		if err != nil {
			return err
		}
		for _, participant := range chats {
			read, err := r.passedUpto(tx, participant, `read`)
			if err != nil {
				return err
			}
			if err := tx.Exec(`
				INSERT INTO own.reads (participant, upto) SELECT id, $2 FROM participants WHERE id = $1 AND read_upto < $2
				ON CONFLICT (participant) DO UPDATE SET upto = max(upto, $2)`, participant, read); err != nil {
				return err
			}
			shown, err := r.passedUpto(tx, participant, `shown`)
			if err != nil {
				return err
			}
			// This replaces a higher version of the earlier history.
			if err := tx.Exec(`INSERT INTO own.toasted (participant, version) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET version = $2`, participant, shown); err != nil {
				return err
			}
		}
		return tx.Exec(`DELETE FROM own.passed WHERE matter = $1`, matter)
	})
	if err != nil {
		return err
	}
	if err := r.applyReadMarks(ctx); err != nil { // into the copy
		return err
	}
	r.notifyChanged(string(matter))
	return nil
}

// passedUpto returns the version before a chat's first message that the user hasn't passed.
func (r *Replica) passedUpto(tx *sqldb.Tx, participant id, kind string) (upto int64, err error) {
	type row struct {
		version int64
		passed  bool
	}
	rows, err := sqldb.All(tx, sqldb.Into(func(m *row) []any { return []any{&m.version, &m.passed} }), `
		SELECT m.version, m.author = $2 OR EXISTS (SELECT 1 FROM own.passed WHERE message = m.id AND `+kind+`)
		FROM participants p JOIN messages m ON m.chat = p.n WHERE p.id = $1
			AND m.version >= (SELECT min(version) FROM own.passed WHERE participant = $1 AND `+kind+`)
		ORDER BY m.version`, participant, r.me)
	for _, m := range rows {
		if !m.passed {
			break
		}
		upto = m.version
	}
	return upto, err
}
