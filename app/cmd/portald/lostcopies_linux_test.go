package main

import (
	"testing"
	"time"

	"matterline/app/sqldb"
)

// outage is how long a fault lasts: longer than a node waits between two polls.
const outage = 5 * time.Second

// Nodes stop, freeze, and lose PostgreSQL and each other's notices while messages are sent. Streams that stay open
// must get what they missed, although nothing else happens in its matter.
func TestNothingIsLostBetweenNodes(t *testing.T) {
	f := startFirm(t, "portald", size{groups: 6, people: 9, matters: 3000, participants: 1, messages: 2, statuses: 1})
	f.open(t, 54, 6)
	nodes := make([]*entry, len(f.nodes))
	for i, n := range f.nodes {
		nodes[i] = newEntry(n.address, nil)
	}
	// Messages don't go through HAProxy, which sends nothing to a node that isn't ready: they should come as soon as a
	// node can take them.
	f.entrance = func() *entry { return nodes[f.matter.Load()%firmNodes] }

	for _, trial := range []struct {
		name  string
		fault func(*testing.T, *load)
	}{
		{"FrozenNode", func(t *testing.T, l *load) {
			thaw := f.nodes[0].freeze(t)
			<-time.After(outage)
			f.disconnect(t, "%") // as PostgreSQL does with clients that don't answer
			l.flow(t)
			thaw()
		}},
		{"StoppedPostgreSQL", func(t *testing.T, l *load) {
			f.server.Stop()
			<-time.After(outage)
			f.server.Start(t)
		}},
		{"LostNotices", func(t *testing.T, l *load) {
			for range 8 {
				f.disconnect(t, "LISTEN %")
				l.flow(t)
			}
		}},
		{"KilledNode", func(t *testing.T, l *load) {
			f.nodes[1].kill()
			l.flow(t)
			f.restart(1)
		}},
	} {
		t.Run(trial.name, func(t *testing.T) {
			l := f.send(t, 50)
			l.flow(t)
			trial.fault(t, l)
			l.flow(t)
			o := l.end(t)
			t.Log(o)
			if o.lost > 0 || o.doubled > 0 {
				t.Error("devices and the store differ")
			}
		})
	}
}

// disconnect ends the nodes' connections to PostgreSQL whose last statement is like a pattern.
func (f *firm) disconnect(t *testing.T, statement string) {
	t.Helper()
	for ended := 0; ended == 0; { // perhaps they have just ended
		n, err := sqldb.Get(t.Context(), f.db, sqldb.Column[int], `
			SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name <> $1 AND query LIKE $2`, testName, statement)
		check(t, err)
		ended += n
	}
}
