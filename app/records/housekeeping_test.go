package records_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

const days = 24 * time.Hour

// tidy does the housekeeping, as if the portal had run since the store was made.
func (f *firm) tidy(t *testing.T, auditRetention time.Duration) records.Removed {
	t.Helper()
	f.exec(t, `UPDATE housekeeping SET clock = $1, ran_at = 0`, f.clock.UnixMilli())
	return must(f.Tidy(t.Context(), auditRetention))(t)
}

func (f *firm) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if err := f.db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(statement, args...) }); err != nil {
		t.Fatal(err)
	}
}

func (f *firm) count(t *testing.T, what string) int {
	t.Helper()
	return must(sqldb.Get(t.Context(), f.db, sqldb.Column[int], `SELECT count(*) FROM `+what))(t)
}

// Sessions, links and invitations are removed long after they expired, and those that are in use stay.
func TestHousekeepingRemovesWhatExpired(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		unused, used := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t), must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		must(f.AddLink(ctx, f.ana.Account, start.Add(time.Hour)))(t)
		lasting := must(f.AddLink(ctx, f.ana.Account, start.Add(300*days)))(t)
		dora := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"}))(t)
		if _, _, err := f.Invite(ctx, f.maya, dora); err != nil {
			t.Fatal(err)
		}

		for _, day := range []struct {
			day     int
			removed records.Removed
		}{
			{29, records.Removed{}},
			{31, records.Removed{Links: 1}},
			{58, records.Removed{}},
			{61, records.Removed{Sessions: 1}}, // unused for 30 days, and kept for 30 more
			{87, records.Removed{}},
		} {
			f.clock = start.Add(time.Duration(day.day) * days)
			must(f.Caller(ctx, used))(t)
			if removed := f.tidy(t, 0); removed != day.removed {
				t.Fatalf("after %d days: %+v", day.day, removed)
			}
		}
		if _, err := f.Caller(ctx, unused); chat.CodeOf(err) != chat.SignedOut {
			t.Errorf("the session that wasn't used: %v", err)
		}
		before := must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 10))(t)
		f.clock = start.Add(105 * days) // the invitation expired after 14
		if removed := f.tidy(t, 0); removed != (records.Removed{Invitations: 1}) {
			t.Fatalf("after 105 days: %+v", removed)
		}
		page := must(f.Changes(ctx, f.maya, f.matter, records.Position{Version: before.Version, Mark: before.Mark}, 10))(t)
		if len(page.Participants) != 1 || page.Participants[0].ID != dora || page.Participants[0].InvitedUntil != 0 {
			t.Errorf("Maya doesn't learn that the invitation is gone: %+v", page)
		}
		for day := 105; day < 210; day += 25 { // the session is used, as far as it lasts
			f.clock = start.Add(time.Duration(day) * days)
			_, _ = f.Caller(ctx, used)
		}
		f.clock = start.Add(209 * days)
		if removed := f.tidy(t, 0); removed != (records.Removed{}) {
			t.Fatalf("after 209 days: %+v", removed)
		}
		f.clock = start.Add(211 * days)
		if removed := f.tidy(t, 0); removed != (records.Removed{Sessions: 1}) {
			t.Fatalf("after 211 days: %+v", removed)
		}
		must(f.SignInByLink(ctx, lasting, chat.Origin{}))(t)
	})
}

// Rows beyond what one transaction removes are removed as well.
func TestHousekeepingRemovesManyRows(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		const many = 450
		for range many {
			must(f.AddLink(t.Context(), f.ana.Account, f.clock))(t)
			if err := f.SetClosed(t.Context(), f.maya, f.matter, true); err != nil {
				t.Fatal(err)
			}
		}
		f.clock = f.clock.Add(365 * days)
		if removed := f.tidy(t, 100*days); removed.Links != many || removed.AuditEntries != many {
			t.Errorf("%+v", removed)
		}
		if links, entries := f.count(t, "links"), f.count(t, "audit"); links != 0 || entries != 1 {
			t.Errorf("%d links and %d entries are left", links, entries)
		}
	})
}

// A clock that jumps ahead removes no more than what is due within days, even if it stays wrong for a whole day.
func TestHousekeepingDistrustsAClockThatJumps(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		session := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		must(f.AddLink(ctx, f.ana.Account, start.Add(time.Hour)))(t)
		f.tidy(t, 100*days)
		for hour := range 24 {
			f.clock = start.Add(3650*days + time.Duration(hour)*time.Hour)
			if removed := must(f.Tidy(ctx, 100*days))(t); removed != (records.Removed{}) {
				t.Fatalf("hour %d: %+v", hour, removed)
			}
		}
		f.clock = start.Add(24 * time.Hour)
		if removed := must(f.Tidy(ctx, 100*days))(t); removed != (records.Removed{}) {
			t.Errorf("with the right clock again: %+v", removed)
		}
		must(f.Caller(ctx, session))(t)
	})
}

// A clock that is years behind for a while, as after a start without a battery, doesn't stop the housekeeping for years.
func TestHousekeepingGoesOnAfterAClockWasBehind(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock.Add(7300*days)
		f.clock = start
		f.tidy(t, 0)
		must(f.AddLink(ctx, f.ana.Account, start.Add(-30*days+time.Hour)))(t)
		f.clock = start.Add(-3650 * days)
		if removed := must(f.Tidy(ctx, 0))(t); removed != (records.Removed{}) {
			t.Errorf("while the clock is behind: %+v", removed)
		}
		f.clock = start.Add(2 * time.Hour)
		if removed := must(f.Tidy(ctx, 0))(t); removed != (records.Removed{Links: 1}) {
			t.Errorf("with the right clock again: %+v", removed)
		}
	})
}

// Nodes take turns. Several at once do no harm.
func TestHousekeepingByNodesAtOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for i := range 300 {
			if err := f.SetClosed(ctx, f.maya, f.matter, i%2 == 0); err != nil {
				t.Fatal(err)
			}
		}
		f.clock = f.clock.Add(365 * days)
		var all sync.WaitGroup
		for range 4 {
			f.exec(t, `UPDATE housekeeping SET clock = $1, ran_at = 0`, f.clock.UnixMilli())
			all.Go(func() {
				if _, err := f.Tidy(ctx, 100*days); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if chain, err := f.VerifyAudit(ctx, ""); err != nil || chain.Removed != 300 || chain.Entries() != 1 || f.count(t, "audit") != 1 {
			t.Errorf("%+v, %v", chain, err)
		}
		if removed := must(f.Tidy(ctx, 100*days))(t); removed != (records.Removed{}) {
			t.Errorf("within the hour: %+v", removed)
		}
	})
}

// After old entries are removed, the chain of the others still verifies, and shows tampering.
func TestAuditRetentionKeepsTheChain(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		closeAt := func(day int) string {
			t.Helper()
			f.clock = start.Add(time.Duration(day) * days)
			if err := f.SetClosed(ctx, f.maya, f.matter, day%2 == 0); err != nil {
				t.Fatal(err)
			}
			return must(f.VerifyAudit(ctx, ""))(t).Newest
		}
		first := closeAt(0)
		closeAt(3650) // by a wrong clock
		last := closeAt(1)
		kept := closeAt(100)
		f.clock = start.Add(150 * days)
		if removed := f.tidy(t, 0); removed.AuditEntries != 0 {
			t.Fatalf("without a retention: %+v", removed)
		}
		if removed := f.tidy(t, 100*days); removed.AuditEntries != 3 {
			t.Fatalf("%+v", removed)
		}
		if removed := f.tidy(t, 100*days); removed.AuditEntries != 0 {
			t.Fatalf("again: %+v", removed)
		}
		chain, err := f.VerifyAudit(ctx, kept)
		if err != nil || chain.Removed != 3 || chain.Last != 5 || chain.Entries() != 2 {
			t.Fatalf("%+v, %v", chain, err)
		}
		e := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 10))(t)[0]
		if e.Action != "audit.remove" || e.Account != records.Program.Account || len(e.Changes) != 1 || e.Changes[0].To != "3 "+last {
			t.Errorf("%+v", e)
		}
		if _, err := f.VerifyAudit(ctx, last); err != nil {
			t.Errorf("the hash of the newest removed entry: %v", err)
		}
		if chain, err := f.VerifyAudit(ctx, first); !errors.Is(err, records.ErrAuditUnknown) || chain.Removed != 3 {
			t.Errorf("the hash of a removed entry: %+v, %v", chain, err)
		}
		// An entry in front of the beginning isn't shown, and housekeeping removes it.
		f.exec(t, `INSERT INTO audit (id, at, account, action, matter, subject, number) VALUES ('zzz', 1, '', 'matter.open', '', '', 2)`)
		if e := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 10))(t)[0]; e.ID == "zzz" {
			t.Errorf("%+v", e)
		}
		if removed := f.tidy(t, 100*days); removed.AuditEntries != 1 {
			t.Errorf("%+v", removed)
		}
		for _, tampering := range [][]string{
			{`DELETE FROM audit WHERE number = 4`},
			{`DELETE FROM audit WHERE number = 4`, `UPDATE audit_head SET removed = 4, removed_hash = '` + kept + `'`},
			{`UPDATE audit_head SET removed = 0, removed_hash = ''`},
			{`UPDATE audit_head SET removed_hash = 'x'`},
			{`DELETE FROM audit WHERE number = 5`},
		} {
			undo := errors.New("undo")
			if err := f.db.Tx(ctx, func(tx *sqldb.Tx) error {
				for _, statement := range tampering {
					if err := tx.Exec(statement); err != nil {
						return err
					}
				}
				if _, err := records.VerifyAuditIn(tx, ""); !errors.Is(err, records.ErrAuditChanged) {
					t.Errorf("%s: %v", strings.Join(tampering, "; "), err)
				}
				return undo
			}); !errors.Is(err, undo) {
				t.Error(err)
			}
		}
	})
}
