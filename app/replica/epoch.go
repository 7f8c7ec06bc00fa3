package replica

import (
	"cmp"
	"context"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// StartOver notes a new epoch: every matter is to be pulled again from the beginning. Its old rows stay
// readable until its first page replaces them. The outbox stays, and what the user said before that the portal
// no longer has gets back into it.
func (r *Replica) StartOver(ctx context.Context, epoch string) error {
	// Versions are counted anew, so that a mark from before would stand anywhere. It goes first: with the epoch
	// noted, nobody would ask for this again.
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		return exec(tx, nil, `DELETE FROM own.reads`, `DELETE FROM own.toasted`)
	})
	if err != nil {
		return err
	}
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`UPDATE matters SET version = 0`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE about SET epoch = $1`, epoch)
		return err
	})
}

// errOld says that a matter is of an earlier epoch, and that what the user said in it is to be kept first.
var errOld = chat.Errorf(chat.Internal, "", "The matter is of an earlier epoch.")

// keepSaid keeps what the user said in a matter of an earlier epoch, or in all of them. It is a transaction of
// its own, before the one that takes it out of the copy.
func (r *Replica) keepSaid(ctx context.Context, matter string) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO own.said (id, matter, participant, text, written_at, version)
			SELECT m.id, x.id, p.id, m.text, m.written_at, m.version
			FROM matters x JOIN participants p ON p.matter = x.n JOIN messages m ON m.chat = p.n AND m.author = $1
			WHERE x.version = 0 AND x.info_version <> 0 AND ($2 = '' OR x.id = $2)
			ON CONFLICT (id) DO NOTHING`, r.me, key(matter))
		return err
	})
}

// replace makes a matter of an earlier epoch, whose messages are erased, ready for its first page. Who takes
// part is shown until the portal has told.
func replace(tx *sqldb.Tx, matter int64) error {
	return exec(tx, []any{matter},
		`UPDATE participants SET version = -abs(version), read_upto = 0 WHERE matter = $1`,
		`UPDATE matters SET info_version = -abs(info_version), unread = 0 WHERE n = $1`)
}

// saidAgain strikes what a page brings off the list of what the portal may have lost. When the matter is
// complete, the rest was lost, and goes back into the outbox, in front of what was written since.
func (a *application) saidAgain(page chat.Changes) error {
	var any bool
	err := a.Row(`SELECT EXISTS (SELECT 1 FROM own.said WHERE matter = $1)`, key(page.Matter)).Scan(&any)
	if err != nil {
		return err
	}
	if any {
		for _, m := range page.Messages {
			if _, err := a.Exec(`DELETE FROM own.said WHERE id = $1`, key(m.ID)); err != nil {
				return err
			}
		}
	}
	if page.More {
		return nil
	}
	if _, err := a.Exec(`DELETE FROM participants WHERE matter = $1 AND version < 0 AND newest = 0`, a.matter); err != nil || !any {
		return err
	}
	return lost(a.Tx, page.Matter)
}

// lost puts what the portal has lost of a matter back into the outbox.
func lost(tx *sqldb.Tx, matter string) error {
	_, err := tx.Exec(`
		INSERT INTO own.outbox (place, id, kind, matter, participant, text, set_status, message, assigned, written_at, state, code, reason)
		SELECT (SELECT coalesce(min(place), 0) FROM own.outbox) - row_number() OVER (ORDER BY version DESC),
			id, 'message', matter, participant, text, 0, '', '', written_at, 'waiting', '', ''
		FROM own.said WHERE matter = $1
		ON CONFLICT (id) DO NOTHING`, key(matter))
	if err == nil {
		_, err = tx.Exec(`DELETE FROM own.said WHERE matter = $1`, key(matter))
	}
	return err
}

// Fresh notes that the copy is complete just now.
func (r *Replica) Fresh(ctx context.Context) error {
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		matters, err := sqldb.All(tx, sqldb.Column[stored], `SELECT DISTINCT s.matter FROM own.said s JOIN matters x ON x.id = s.matter AND x.version > 0`)
		if err != nil {
			return err
		}
		for _, matter := range matters { // the program ended before they got back into the outbox
			if err := lost(tx, string(matter)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE about SET as_of = $1`, r.now().UnixMilli())
		return err
	})
	if err != nil {
		return err
	}
	return r.trouble(r.forgetDamaged())
}

// AsOf is when the copy was last known to be complete, or 0.
func (r *Replica) AsOf(ctx context.Context) (at int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error { return tx.Row(`SELECT as_of FROM about`).Scan(&at) })
	return at, err
}

// undeliverable is what the writer of something unsent reads when its matter is gone.
const undeliverable = "You can no longer open this matter, so this was not delivered."

// Forget drops a matter that the user may no longer see. What is unsent stays, as undeliverable. The matter is
// out of sight at once; if the program ends before all of it is gone, it is to be forgotten again.
func (r *Replica) Forget(ctx context.Context, matter string) error {
	var n int64
	err := r.change(ctx, func(tx *sqldb.Tx) (_ string, err error) {
		if n, _, err = matterAt(tx, matter); err != nil {
			return "", err
		}
		err = exec(tx, []any{n}, `UPDATE matters SET info_version = 0, version = 0, unread = 0 WHERE n = $1`)
		if err != nil {
			return "", err
		}
		if _, err := tx.Exec(`DELETE FROM own.said WHERE matter = $1`, key(matter)); err != nil {
			return "", err
		}
		_, err = tx.Exec(`UPDATE own.outbox SET state = 'rejected', code = $2, reason = $3 WHERE matter = $1 AND state <> 'rejected'`, key(matter), string(chat.NotFound), undeliverable)
		return matter, err
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

// eraseAtOnce is how many messages are erased in one transaction: whoever wants to write meanwhile waits no
// longer than for that.
const eraseAtOnce = 100

// erase deletes what was said in a matter, its statuses and reads, and the words. Nothing is left of them in
// the file, which is what takes the time.
func (r *Replica) erase(ctx context.Context, matter int64) error {
	type said struct {
		n, sentAt int64
		text      string
	}
	// Their numbers will be given again: nothing may speak of them.
	err := r.tx(ctx, func(tx *sqldb.Tx) error {
		const chats = ` WHERE chat IN (SELECT n FROM participants WHERE matter = $1)`
		return exec(tx, []any{matter}, `DELETE FROM statuses`+chats, `DELETE FROM reads`+chats,
			`UPDATE participants SET newest = 0, unread = 0 WHERE matter = $1`)
	})
	if err != nil {
		return err
	}
	for left := eraseAtOnce; left == eraseAtOnce; {
		err := r.tx(ctx, func(tx *sqldb.Tx) error {
			messages, err := sqldb.All(tx, func(scan sqldb.Scan) (s said, err error) {
				err = scan(&s.n, &s.sentAt, &s.text)
				return s, err
			}, `SELECT m.n, m.sent_at, m.text FROM participants p JOIN messages m ON m.chat = p.n WHERE p.matter = $1 LIMIT $2`, matter, eraseAtOnce)
			if left = len(messages); err != nil || left == 0 {
				return err
			}
			slices.SortFunc(messages, func(a, b said) int { return cmp.Compare(place(a.sentAt, a.n), place(b.sentAt, b.n)) })
			for _, m := range messages {
				if _, err := tx.Exec(`INSERT INTO found (found, rowid, words) VALUES ('delete', $1, $2)`, place(m.sentAt, m.n), indexed(m.text)); err != nil {
					return err
				}
				if _, err := tx.Exec(`DELETE FROM messages WHERE n = $1`, m.n); err != nil {
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
