package replica

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ErrGap answers changes that follow a version this copy does not have yet.
var ErrGap = errors.New("changes are missing in between")

// Standing is where this copy stands: the portal's epoch, and the version it has of each matter.
func (r *Replica) Standing(ctx context.Context) (epoch string, versions map[string]int64, err error) {
	versions = map[string]int64{}
	err = r.db.View(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Row(`SELECT epoch FROM about`).Scan(&epoch); err != nil {
			return err
		}
		_, err := sqldb.All(tx, func(scan sqldb.Scan) (h chat.Head, err error) {
			err = scan(&h.Matter, &h.Version)
			versions[h.Matter] = h.Version
			return h, err
		}, `SELECT id, version FROM matters`)
		return err
	})
	return epoch, versions, err
}

// StartOver notes a new epoch: every matter is to be pulled again from the beginning. The outbox stays.
func (r *Replica) StartOver(ctx context.Context, epoch string) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM matters`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE about SET epoch = $1`, epoch)
		return err
	})
}

// Fresh notes that the copy was complete just now.
func (r *Replica) Fresh(ctx context.Context) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE about SET as_of = $1`, r.now().UnixMilli())
		return err
	})
}

// AsOf is when the copy was last known to be complete, or 0.
func (r *Replica) AsOf(ctx context.Context) (at int64, err error) {
	err = r.db.View(ctx, func(tx *sqldb.Tx) error { return tx.Row(`SELECT as_of FROM about`).Scan(&at) })
	return at, err
}

// Apply writes changes and the version they reach in one transaction. What it has already changes nothing.
// It returns ErrGap.
func (r *Replica) Apply(ctx context.Context, page chat.Changes) error {
	err := r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		var have int64
		err := tx.Row(`SELECT version FROM matters WHERE id = $1`, page.Matter).Scan(&have)
		switch {
		case err != nil && !errors.Is(err, sqldb.ErrNoRows):
			return "", err
		case page.After > have:
			return "", ErrGap
		case page.Version <= have:
			return "", nil
		}
		return page.Matter, r.apply(tx, page)
	})
	if err != nil {
		return fmt.Errorf("apply changes of %s: %w", page.Matter, err)
	}
	return nil
}

func (r *Replica) apply(tx *sqldb.Tx, page chat.Changes) error {
	if m := page.Info; m != nil {
		team, _ := json.Marshal(m.Team) // strings: never fails
		_, err := tx.Exec(`
			INSERT INTO matters (id, reference, title, type, opened_at, assigned, team, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET reference = $2, title = $3, type = $4, opened_at = $5, assigned = $6, team = $7`,
			m.ID, m.Reference, m.Title, m.Type, m.OpenedAt, m.Assigned, string(team), page.Version)
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE matters SET version = $2 WHERE id = $1`, page.Matter, page.Version); err != nil {
		return err
	}
	for _, u := range page.Users {
		if _, err := tx.Exec(`INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $2`, u.ID, u.Name); err != nil {
			return err
		}
	}
	for _, p := range page.Participants {
		_, err := tx.Exec(`
			INSERT INTO participants (id, matter, name, role, other_side, joined, added) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET name = $3, role = $4, other_side = $5, joined = $6`,
			p.ID, p.Matter, p.Name, p.Role, p.OtherSide, p.Joined, p.Version)
		if err != nil {
			return err
		}
	}
	for _, m := range page.Messages {
		if err := confirm(tx, m); err != nil {
			return err
		}
	}
	for _, s := range page.Statuses {
		_, err := tx.Exec(`
			INSERT INTO statuses (id, participant, message, text, set_by, set_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET ended_at = $7`,
			s.ID, s.Participant, s.Message, s.Text, s.SetBy, s.SetAt, s.EndedAt)
		if err != nil {
			return err
		}
	}
	for _, m := range page.Reads {
		_, err := tx.Exec(`
			INSERT INTO reads (participant, reader, upto, at, confirmed) VALUES ($1, $2, $3, $4, $3)
			ON CONFLICT (participant, reader) DO UPDATE SET
				upto = max(upto, $3), confirmed = max(confirmed, $3), at = CASE WHEN $3 >= upto THEN $4 ELSE at END`,
			m.Participant, m.Reader, m.Upto, m.At)
		if err != nil {
			return err
		}
	}
	return nil
}

// confirm writes a message that the portal has. If it was in the outbox, it leaves it.
func confirm(tx *sqldb.Tx, m chat.Message) error {
	_, err := tx.Exec(`INSERT INTO messages (id, participant, author, text, written_at, sent_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		m.ID, m.Participant, m.Author, m.Text, m.WrittenAt, m.SentAt, m.Version)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM outbox WHERE id = $1`, m.ID)
	return err
}

// undeliverable is what the writer of an unsent message reads when its matter is gone.
const undeliverable = "You can no longer open this matter, so this was not delivered."

// Forget drops a matter that the user may no longer see. What is unsent stays, as undeliverable.
func (r *Replica) Forget(ctx context.Context, matter string) error {
	return r.change(ctx, func(tx *sqldb.Tx) (string, error) {
		_, err := tx.Exec(`UPDATE outbox SET state = 'rejected', reason = $2 WHERE matter = $1`, matter, undeliverable)
		if err != nil {
			return "", err
		}
		_, err = tx.Exec(`DELETE FROM matters WHERE id = $1`, matter)
		return matter, err
	})
}
