package records

import (
	"context"
	"strconv"
	"time"

	"matterline/app/sqldb"
)

const (
	// lookInterval is how often a node looks for changes of which it got no notice.
	lookInterval = 3 * time.Second
	// wholeLookInterval is how often it compares all matters. In between, it compares those that were written since the
	// last look, if the engine knows them.
	wholeLookInterval = time.Minute
)

// looks is what a node remembers of its looks at the store.
type looks struct {
	done  bool
	entry int64 // the newest one in the audit trail
	// written is the oldest transaction that the last look didn't see, or 0. All later changes are by this one or newer ones.
	written int64
	whole   time.Time // when the last look that compared all matters began
}

// keepLooking looks for changes in the store that came without a notice, at intervals and when lookNow says so.
func (s *Store) keepLooking(ctx context.Context, lookNow <-chan struct{}, l *looks) error {
	for {
		if err := s.look(ctx, l); err != nil {
			l.written = 0 // perhaps it is another database now
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-lookNow:
			l.written = 0
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
	missed := s.notices.known.endLook(began, found.matters, found.all)
	if !l.done || found.entry < l.entry {
		s.callers.clear()
	}
	*l = found.looks
	s.wakeWatchers(broadcast{accounts: found.accounts})
	s.callers.confirm(began)
	s.notices.receive(missed)
	return nil
}

// findings are what a look found.
type findings struct {
	looks
	// matters are the states of all matters, or of those that were written since the look before.
	matters map[string]matterState
	all     bool
	// accounts may have been signed out since the look before.
	accounts []string
}

// signedOut selects who may have been signed out, or whose rights or name may have changed, after an entry of the audit
// trail and up to another. The upper limit shows PostgreSQL that there are few.
const signedOut = `
	SELECT DISTINCT CASE WHEN action IN ('session.end', 'session.revoke') THEN account ELSE subject END
	FROM audit WHERE number > $1 AND number <= $2 AND action IN ('session.end', 'session.revoke', 'user.edit', 'account.password', 'account.rename')`

// readState reads what a look that begins now compares.
func (s *Store) readState(ctx context.Context, before looks, now time.Time) (f findings, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	head, matters := `SELECT number, 0 FROM audit_head`, `SELECT id, version, mark, access_version FROM matters`
	if s.db.HasXMin() {
		head = `SELECT number, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM audit_head`
	}
	f = findings{looks: looks{done: true, whole: before.whole}, matters: map[string]matterState{}}
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if err := tx.Row(head).Scan(&f.entry, &f.written); err != nil {
			return err
		}
		if before.done && f.entry > before.entry {
			if f.accounts, err = sqldb.All(tx, sqldb.Column[string], signedOut, before.entry, f.entry); err != nil {
				return err
			}
		}
		read := func(scan sqldb.Scan) error {
			var id string
			var m matterState
			err := scan(&id, &m.at.Version, &m.at.Mark, &m.access)
			f.matters[id] = m
			return err
		}
		// A database that was put back may begin its transactions again at a lower number.
		if before.written == 0 || f.written < before.written || now.Sub(before.whole) >= wholeLookInterval {
			f.whole, f.all = now, true
			return sqldb.Each(tx, read, matters)
		}
		// A row's xmin is the transaction that wrote it. Only its last 32 bits are stored, so it is compared by age.
		return sqldb.Each(tx, read, matters+` WHERE age(xmin) BETWEEN 0 AND age($1::text::xid)`, strconv.FormatUint(uint64(uint32(before.written)), 10))
	})
	return f, err
}
