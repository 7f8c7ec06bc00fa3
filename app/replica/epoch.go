package replica

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// A portal that was restored has a new epoch, or other marks than the copy. Every matter is then pulled again from the
// beginning. Its old rows stay readable until its first page replaces them, and version 0 marks it as old. The user's
// own messages go from the copy into own.said, and those that the portal no longer has go from there back into the
// outbox. A message that the portal confirms before its matter is pulled, or with a version that can't be true in the copy,
// also waits in own.said. If it stays in the outbox, too, it isn't sent again until its matter is pulled or the copy is
// complete.

// StartOver stores the portal's epoch and marks every matter to be pulled again. The outbox and the drafts stay.
func (r *Replica) StartOver(ctx context.Context, epoch string) error {
	// Versions of chats that aren't in the copy would name other messages now. This comes first: once the epoch is stored,
	// StartOver isn't called again.
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		const unknown = ` WHERE participant NOT IN (SELECT id FROM participants)`
		if err := set(tx, remindersSetting, noVersion); err != nil {
			return err
		}
		return exec(tx, nil, `DELETE FROM own.reads`+unknown, `DELETE FROM own.toasted`+unknown, notConfirmed)
	})
	if err != nil {
		return err
	}
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(`UPDATE matters SET version = 0, mark = '', confirmed = 0`); err != nil {
			return err
		}
		return tx.Exec(`UPDATE about SET epoch = $1`, epoch)
	})
}

// notConfirmed forgets which messages of the outbox an earlier portal confirmed, so that they are sent.
const notConfirmed = `DELETE FROM own.said WHERE id IN (SELECT id FROM own.outbox)`

// errOldEpoch is returned for a matter of an earlier epoch, in which the user's messages must be kept first.
var errOldEpoch = errors.New("the matter is of an earlier epoch")

// keep stores the user's messages in a matter of an earlier epoch, or in all such matters if matter is empty, and what
// the user has passed there. It's a transaction of its own, before the one that removes them from the copy.
func (r *Replica) keep(ctx context.Context, matter id) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		err := tx.Exec(`
			INSERT INTO own.said (id, matter, participant, text, written_at, version)
			SELECT m.id, x.id, p.id, m.text, m.written_at, m.version
			FROM matters x JOIN participants p ON p.matter = x.n JOIN messages m ON m.chat = p.n AND m.author = $1
			WHERE x.version = 0 AND ($2 = '' OR x.id = $2)
			ON CONFLICT (id) DO NOTHING`, r.me, matter)
		if err != nil {
			return err
		}
		return r.keepPassed(tx, matter)
	})
}

// keepUntilPulled stores a message that the portal confirmed, in case the portal is restored before the message is in
// the copy. If the user may not see its matter, the matter is forgotten at the next heads, because Known lists it.
func keepUntilPulled(tx *sqldb.Tx, m chat.Message) error {
	return tx.Exec(`
		INSERT INTO own.said (id, matter, participant, text, written_at, version)
		SELECT id, matter, participant, text, written_at, $2 FROM own.outbox WHERE id = $1
		ON CONFLICT (id) DO NOTHING`, id(m.ID), m.Version)
}

// resetMatter prepares a matter of an earlier epoch, whose messages are erased, for its first page. Its title and
// participants stay on screen until the portal sends them.
func resetMatter(tx *sqldb.Tx, matter int64) error {
	return exec(tx, []any{matter},
		`UPDATE participants SET version = -abs(version), read_upto = 0 WHERE matter = $1`,
		`UPDATE matters SET info_version = -abs(info_version), unread = 0 WHERE n = $1`)
}

// restoreLost removes from own.said the messages that a page brings. When the matter is complete, the portal may have
// lost the rest, and they go back into the outbox, before newer messages.
func (u *update) restoreLost(page chat.Changes) error {
	var kept bool
	err := u.Row(`SELECT EXISTS (SELECT 1 FROM own.said WHERE matter = $1)`, id(page.Matter)).Scan(&kept)
	if err != nil {
		return err
	}
	if kept {
		for _, m := range page.Messages {
			if err := u.Exec(`DELETE FROM own.said WHERE id = $1`, id(m.ID)); err != nil {
				return err
			}
		}
	}
	if page.More {
		return nil
	}
	if err := u.Exec(`DELETE FROM participants WHERE matter = $1 AND version < 0 AND newest = 0`, u.matter); err != nil || !kept {
		return err
	}
	return requeue(u.Tx, id(page.Matter))
}

// requeue moves a matter's messages from own.said to the beginning of the outbox, as sending: the portal may have one
// that it confirmed after it read the page.
func requeue(tx *sqldb.Tx, matter id) error {
	err := tx.Exec(`
		INSERT INTO own.outbox (place, id, kind, matter, participant, text, set_status, message, assigned, written_at, state, code, reason)
		SELECT (SELECT coalesce(min(place), 0) FROM own.outbox) - row_number() OVER (ORDER BY version DESC),
			id, 'message', matter, participant, text, 0, '', '', written_at, 'sending', '', ''
		FROM own.said WHERE matter = $1
		ON CONFLICT (id) DO NOTHING`, matter)
	if err == nil {
		err = tx.Exec(`DELETE FROM own.said WHERE matter = $1`, matter)
	}
	return err
}

// MarkComplete stores that the copy is complete now. It reports whether something is unsent: the copy may have put back
// messages that an earlier portal confirmed.
func (r *Replica) MarkComplete(ctx context.Context) (unsent bool, err error) {
	var passed []id
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		// Matters that were complete when the program ended, before requeue was committed, or when a message was confirmed
		// that the copy should have had.
		const complete = ` s JOIN matters x ON x.id = s.matter AND x.version > 0`
		matters, err := sqldb.All(tx, sqldb.Column[id], `SELECT DISTINCT s.matter FROM own.said`+complete)
		if err != nil {
			return err
		}
		if passed, err = sqldb.All(tx, sqldb.Column[id], `SELECT DISTINCT s.matter FROM own.passed`+complete); err != nil {
			return err
		}
		for _, matter := range matters {
			if err := requeue(tx, matter); err != nil {
				return err
			}
		}
		if err := tx.Exec(notConfirmed); err != nil { // of matters that the user can't see: the portal decides about them
			return err
		}
		if err := tx.Row(someUnsent).Scan(&unsent); err != nil {
			return err
		}
		return tx.Exec(`UPDATE about SET as_of = $1`, r.now().UnixMilli())
	})
	if err != nil {
		return false, err
	}
	for _, matter := range passed {
		if err := r.restorePassed(ctx, matter); err != nil {
			return false, err
		}
	}
	return unsent, r.explain(r.removeDamaged())
}

// AsOf returns when the copy was last complete, or 0.
func (r *Replica) AsOf(ctx context.Context) (at int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error { return tx.Row(`SELECT as_of FROM about`).Scan(&at) })
	return at, err
}

// undeliverable is the reason shown for an unsent item whose matter is gone.
const undeliverable = "You no longer have access to this matter."

// Forget removes a matter that the user may no longer see, and rejects its unsent items. The matter disappears at once.
// If the program ends before everything is erased, the matter is still listed in the copy with version 0, and the syncer
// calls Forget again.
func (r *Replica) Forget(ctx context.Context, matter string) error {
	var n int64
	err := r.change(ctx, func(tx *sqldb.Tx) (_ id, err error) {
		if n, _, err = findMatter(tx, id(matter)); err != nil {
			return "", err
		}
		err = exec(tx, []any{n}, `UPDATE matters SET info_version = 0, version = 0, mark = '', confirmed = 0, unread = 0 WHERE n = $1`)
		if err != nil {
			return "", err
		}
		if err := exec(tx, []any{id(matter)}, `DELETE FROM own.said WHERE matter = $1`, `DELETE FROM own.passed WHERE matter = $1`, `DELETE FROM own.reminders WHERE matter = $1`); err != nil {
			return "", err
		}
		return id(matter), tx.Exec(`UPDATE own.outbox SET state = 'rejected', code = $2, reason = $3 WHERE matter = $1 AND state <> 'rejected'`, id(matter), string(chat.NotFound), undeliverable)
	})
	if err != nil {
		return err
	}
	if err := r.erase(ctx, n); err != nil {
		return err
	}
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		return exec(tx, []any{n}, `DELETE FROM participants WHERE matter = $1`, `DELETE FROM matters WHERE n = $1`)
	})
}

// erasePart is how many messages one transaction erases, so that other writers don't wait long.
const erasePart = 100

// erase deletes a matter's messages, with their statuses, read marks and indexed words. Nothing of them stays in the
// file, which makes it slow.
func (r *Replica) erase(ctx context.Context, matter int64) error {
	// Numbers of messages and participants are used again, so what refers to them goes first.
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		const ofMatter = ` WHERE chat IN (SELECT n FROM participants WHERE matter = $1)`
		return exec(tx, []any{matter}, `DELETE FROM statuses`+ofMatter, `DELETE FROM reads`+ofMatter,
			`UPDATE participants SET newest = 0, unread = 0 WHERE matter = $1`)
	})
	if err != nil {
		return err
	}
	type row struct {
		n, index int64
		text     string
	}
	for found := erasePart; found == erasePart; {
		err := r.tx(ctx, func(tx *sqldb.Tx) error {
			rows, err := sqldb.All(tx, func(scan sqldb.Scan) (m row, err error) {
				var sentAt int64
				err = scan(&m.n, &sentAt, &m.text)
				m.index = indexRow(sentAt, m.n)
				return m, err
			}, `SELECT m.n, m.sent_at, m.text FROM participants p JOIN messages m ON m.chat = p.n WHERE p.matter = $1 LIMIT $2`, matter, erasePart)
			if found = len(rows); err != nil {
				return err
			}
			slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.index, b.index) })
			for _, m := range rows {
				if err := tx.Exec(`INSERT INTO found (found, rowid, words) VALUES ('delete', $1, $2)`, m.index, indexed(m.text)); err != nil {
					return err
				}
				if err := tx.Exec(`DELETE FROM messages WHERE n = $1`, m.n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
