package records

import (
	"context"
	"strconv"
	"time"

	"matterline/app/sqldb"
)

const (
	// lookInterval is how often a node looks for changes it got no notice of.
	lookInterval = 3 * time.Second
	// wholeLookInterval is how often it compares all matters, on an engine that knows which were written since the last look.
	wholeLookInterval = time.Minute
)

// known is what a node knows of the store.
type known struct {
	looked  bool
	matters map[string]matterState
	entry   int64 // the number of the newest entry in the audit trail
	// written is the oldest transaction that was running at the last look, or the next one: that look saw what earlier ones
	// wrote. It is 0 if the next look must compare all matters.
	written int64
	whole   time.Time // when a look last compared all matters
}

// keepLooking looks for changes in the store that came without a notice, at intervals and when lookNow says so.
func (s *Store) keepLooking(ctx context.Context, lookNow <-chan struct{}, k *known) error {
	for {
		if err := s.look(ctx, k); err != nil {
			k.written = 0
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-lookNow:
			k.written = 0 // the bus is connected anew, perhaps to another server
		case <-time.After(lookInterval):
		}
	}
}

// look finds what changed in the store without this node's knowledge. k is what it knew after the last look.
func (s *Store) look(ctx context.Context, k *known) error {
	s.notices.addHeard(k.matters) // before reading: the store has these, or newer ones
	found, accounts, err := s.readState(ctx, *k)
	if err != nil {
		return err
	}
	var missed []matterChange
	for id, m := range found.matters {
		before := k.matters[id]
		if m == before {
			continue
		}
		c := matterChange{matter: id, at: m.at}
		if k.looked && m.access != before.access {
			c.access = m.access
		}
		// Compare marks: the version is lower if the database was put back to an earlier state.
		if heard := s.notices.heardOf(id); heard.at.Mark != m.at.Mark || heard.access < c.access {
			missed = append(missed, c)
		}
		k.matters[id] = m
	}
	found.matters = k.matters // no matter is ever deleted
	*k = found
	s.wakeWatchers(broadcast{accounts: accounts})
	s.notices.receive(missed)
	return nil
}

// signedOut selects who may have been signed out, or whose rights may have changed, after an entry of the audit trail and
// up to another. The upper limit shows PostgreSQL that there are few.
const signedOut = `
	SELECT DISTINCT CASE WHEN action IN ('session.end', 'session.revoke') THEN account ELSE subject END
	FROM audit WHERE number > $1 AND number <= $2 AND action IN ('session.end', 'session.revoke', 'user.edit', 'account.password')`

const (
	stateOfMatters = `SELECT id, version, mark, access_version FROM matters`
	// A row's xmin is the transaction that wrote it. It has only the last 32 bits, so transactions are compared by age.
	sinceTransaction = ` WHERE age(xmin) BETWEEN 0 AND age($1::text::xid)`
)

// readState reads the state of the store, and which accounts may have been signed out since k. It reads all matters, or
// those that were written since k.
func (s *Store) readState(ctx context.Context, k known) (found known, accounts []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found = known{looked: true, matters: map[string]matterState{}, whole: k.whole}
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if err := tx.Row(`SELECT number FROM audit_head`).Scan(&found.entry); err != nil {
			return err
		}
		if k.looked && found.entry > k.entry {
			if accounts, err = sqldb.All(tx, sqldb.Column[string], signedOut, k.entry, found.entry); err != nil {
				return err
			}
		}
		query, args := stateOfMatters, []any{}
		if s.db.HasXMin() {
			if err := tx.Row(`SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint`).Scan(&found.written); err != nil {
				return err
			}
			// A server that lost transactions, in a failover or a restore, gives their numbers to others.
			if now := s.now(); k.written > 0 && found.written >= k.written && now.Sub(k.whole) < wholeLookInterval {
				query, args = stateOfMatters+sinceTransaction, []any{strconv.FormatUint(uint64(uint32(k.written)), 10)}
			} else {
				found.whole = now
			}
		}
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var id string
			var m matterState
			err := scan(&id, &m.at.Version, &m.at.Mark, &m.access)
			found.matters[id] = m
			return err
		}, query, args...)
	})
	return found, accounts, err
}
