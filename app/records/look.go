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

// looks is what a node remembers of its looks at the store.
type looks struct {
	done  bool
	entry int64 // the number of the newest entry in the audit trail
	// written is the oldest transaction that was running at the last look, or the next one: that look saw what earlier ones
	// wrote. It is 0 if the next look must compare all matters.
	written int64
	whole   time.Time // when a look last compared all matters
}

// keepLooking looks for changes in the store that came without a notice, at intervals and when lookNow says so.
func (s *Store) keepLooking(ctx context.Context, lookNow <-chan struct{}, l *looks) error {
	for {
		if err := s.look(ctx, l); err != nil {
			l.written = 0
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-lookNow:
			l.written = 0 // the bus is connected anew, perhaps to another server
		case <-time.After(lookInterval):
		}
	}
}

// look finds what changed in the store without this node's knowledge.
func (s *Store) look(ctx context.Context, l *looks) error {
	began := s.now()
	s.notices.known.beginLook()
	found, err := s.readState(ctx, *l, began)
	if err != nil {
		return err
	}
	missed := s.notices.known.endLook(began, found.matters)
	*l = found.looks
	s.wakeWatchers(broadcast{accounts: found.accounts})
	s.notices.receive(missed)
	return nil
}

// findings are what a look found.
type findings struct {
	looks
	// matters are the states of all matters, or of those that were written since the look before.
	matters map[string]matterState
	// accounts may have been signed out since the look before.
	accounts []string
}

// signedOut selects who may have been signed out, or whose rights may have changed, after an entry of the audit trail and
// up to another. The upper limit shows PostgreSQL that there are few.
const signedOut = `
	SELECT DISTINCT CASE WHEN action IN ('session.end', 'session.revoke') THEN account ELSE subject END
	FROM audit WHERE number > $1 AND number <= $2
		AND action IN ('session.end', 'session.revoke', 'user.edit', 'account.password', 'account.signout', 'account.recover', 'reset.use')`

const (
	stateOfMatters = `SELECT id, version, mark, access_version FROM matters`
	// A row's xmin is the transaction that wrote it. It has only the last 32 bits, so transactions are compared by age.
	sinceTransaction = ` WHERE age(xmin) BETWEEN 0 AND age($1::text::xid)`
)

// readState reads what a look that begins now compares.
func (s *Store) readState(ctx context.Context, before looks, now time.Time) (f findings, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	f = findings{looks: looks{done: true, whole: before.whole}, matters: map[string]matterState{}}
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if err := tx.Row(`SELECT number FROM audit_head`).Scan(&f.entry); err != nil {
			return err
		}
		if before.done && f.entry > before.entry {
			if f.accounts, err = sqldb.All(tx, sqldb.Column[string], signedOut, before.entry, f.entry); err != nil {
				return err
			}
		}
		query, args := stateOfMatters, []any{}
		if s.db.HasXMin() {
			if err := tx.Row(`SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint`).Scan(&f.written); err != nil {
				return err
			}
			// A server that lost transactions, in a failover or a restore, gives their numbers to others.
			if before.written > 0 && f.written >= before.written && now.Sub(before.whole) < wholeLookInterval {
				query, args = stateOfMatters+sinceTransaction, []any{strconv.FormatUint(uint64(uint32(before.written)), 10)}
			} else {
				f.whole = now
			}
		}
		return sqldb.Each(tx, func(scan sqldb.Scan) error {
			var id string
			var m matterState
			err := scan(&id, &m.at.Version, &m.at.Mark, &m.access)
			f.matters[id] = m
			return err
		}, query, args...)
	})
	return f, err
}
