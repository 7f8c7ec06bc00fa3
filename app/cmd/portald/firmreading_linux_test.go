package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb"
	"matterline/app/syncer"
)

// measureReading measures what people read from the store: an admin's heads, a user's first sync, a participant's first
// page, and what a participant's changes take at the database.
func (f *firm) measureReading(b *testing.B) {
	ctx := b.Context()
	store, err := records.Open(ctx, f.db, time.Now)
	check(b, err)
	admin, err := store.AccountByEmail(ctx, "admin@firm.example")
	check(b, err)
	token, err := store.StartSession(ctx, admin, chat.Origin{})
	check(b, err)

	times := func(n int, do func(i int)) (took []time.Duration) {
		for i := range n {
			start := time.Now()
			do(i)
			took = append(took, time.Since(start))
		}
		return took
	}
	var heads portalapi.Heads
	b.ReportMetric(share(times(20, func(int) {
		heads = portalapi.Heads{}
		check(b, f.proxy.call(ctx, token, http.MethodGet, portalapi.Matters.Path, nil, &heads))
	}), .5), "heads-p50-ms")
	if len(heads.Matters) < f.matters {
		b.Fatalf("an admin sees %d of %d matters", len(heads.Matters), f.matters)
	}
	b.ReportMetric(share(times(200, func(i int) {
		account := tokenOf(accountID.of(i % f.matters * f.participants))
		var mine portalapi.Heads
		check(b, f.proxy.call(ctx, account, http.MethodGet, portalapi.Matters.Path, nil, &mine))
		var page chat.Changes
		check(b, f.proxy.call(ctx, account, http.MethodGet, fmt.Sprintf("/matters/%s/changes?limit=50", mine.Matters[0].Matter), nil, &page))
	}), .99), "open-p99-ms")
	f.measureFirstSync(b)
	f.measureChanges(b, store)
}

// measureFirstSync measures how long a new device of a user takes until its copy is complete.
func (f *firm) measureFirstSync(b *testing.B) {
	user := userID.of(0)
	copied, err := replica.Open(b.Context(), filepath.Join(b.TempDir(), "replica.db"), chat.User{ID: user, Name: "User"}, time.Now)
	check(b, err)
	defer copied.Close()
	current := make(chan struct{}, 1)
	quiet := slog.New(slog.DiscardHandler)
	s := syncer.New(copied, portalapi.NewClient("http://"+f.nodes[0].address, tokenOf(user)), quiet, func(fresh syncer.Freshness) {
		if fresh.State == syncer.Current {
			select {
			case current <- struct{}{}:
			default:
			}
		}
	})
	ctx, cancel := context.WithCancel(b.Context())
	var syncing sync.WaitGroup
	defer syncing.Wait()
	defer cancel()
	start := time.Now()
	syncing.Go(func() { s.Run(ctx) })
	<-current
	b.ReportMetric(time.Since(start).Seconds(), "first-sync-s")
	_, known, err := copied.Known(b.Context())
	check(b, err)
	b.Logf("a user has %d matters", len(known))
}

// measureChanges measures the time of a participant's changes at the database itself, by its own statistics.
func (f *firm) measureChanges(b *testing.B, store *records.Store) {
	const calls = 1000
	ctx := b.Context()
	check(b, f.db.Tx(ctx, func(tx *sqldb.Tx) error {
		if err := tx.Exec(`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`); err != nil {
			return err
		}
		return tx.Exec(`SELECT pg_stat_statements_reset()`)
	}))
	for i := range calls {
		n := i * 7919 % (f.matters * f.participants)
		_, err := store.Changes(ctx, chat.Caller{Account: accountID.of(n)}, matterID.of(n/f.participants), records.Position{}, 50)
		check(b, err)
	}
	// Statements that run less often belong to others, such as the nodes' polls.
	took, err := sqldb.Get(ctx, f.db, sqldb.Column[float64], `SELECT sum(total_exec_time) / $1 FROM pg_stat_statements WHERE calls >= $1`, float64(calls))
	check(b, err)
	b.ReportMetric(took, "changes-ms")
}
