package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// The portal's database is put back to an earlier state without portald epoch, and others write until it has the version
// that a desktop app knows. When the app returns, it has what the portal has, and the portal has everything the app
// sent, each message once.
func TestRolledBackAndOvertaken(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "portal.db")
		db, err := sqlite.Open(path)
		check(t, err)
		rolledBack(t, db, "sqlite:"+path, func(database string) string {
			to := filepath.Join(t.TempDir(), "snapshot.db")
			check(t, sqlite.Copy(t.Context(), strings.TrimPrefix(database, "sqlite:"), to))
			return "sqlite:" + to
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		database := pgtest.URL(t)
		db, err := postgres.Open(t.Context(), database, 0)
		check(t, err)
		rolledBack(t, db, database, func(database string) string { return pgtest.Copy(t, database) })
	})
}

// rolledBack runs the test on a database. snapshot copies one that no portal uses.
func rolledBack(t *testing.T, db *sqldb.DB, database string, snapshot func(string) string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	store, err := records.Open(ctx, db, time.Now)
	check(t, err)
	check(t, store.CreateFirm(ctx, "The Firm", records.Account{Email: "admin@firm.example", Name: "Admin", Password: "correct horse battery"}))
	maya, err := store.AddAccount(ctx, records.Account{Email: "maya", Name: "Maya", User: true})
	check(t, err)
	ana, err := store.AddAccount(ctx, records.Account{Email: "ana", Name: "Ana"})
	check(t, err)
	matter, err := store.AddMatter(ctx, chat.Matter{Reference: "1", Title: "Elm Street", Assigned: maya})
	check(t, err)
	toAna, err := store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: "Ana", Role: "Client"}, ana)
	check(t, err)
	mayasToken, err := store.StartSession(ctx, maya, chat.Origin{})
	check(t, err)
	anasToken, err := store.StartSession(ctx, ana, chat.Origin{})
	check(t, err)
	check(t, store.Close())

	changed := make(chan struct{}, 1)
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	r, err := replica.Open(ctx, filepath.Join(t.TempDir(), "maya"), chat.User{ID: maya, Name: "Maya"}, time.Now)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	r.OnChanged(func([]string) { signal() })
	// online runs the desktop app until offline.
	online := func(n *node) (s *syncer.Syncer, offline func()) {
		running, stop := context.WithCancel(ctx)
		s = syncer.New(r, portalapi.NewClient("http://"+n.address, mayasToken), slog.New(slog.DiscardHandler), func(syncer.Freshness) { signal() })
		var syncing sync.WaitGroup
		syncing.Go(func() { s.Run(running) })
		offline = func() {
			stop()
			syncing.Wait()
		}
		t.Cleanup(offline)
		return s, offline
	}
	pull := func(n *node) chat.Changes {
		t.Helper()
		page, err := portalapi.Call(ctx, portalapi.NewClient("http://"+n.address, mayasToken), portalapi.Changes, &portalapi.ChangesInput{Matter: matter, Limit: 500})
		check(t, err)
		return page.Body
	}
	mayaSends := func(s *syncer.Syncer, count int, text string) {
		for i := range count {
			_, err := r.Send(ctx, replica.Outgoing{Draft: toAna, To: []string{toAna}, Text: fmt.Sprint(text, " ", i)})
			check(t, err)
		}
		s.Push()
		check(t, r.WaitSent(ctx))
	}
	// untilEqual waits until the app shows what the portal has, and has nothing to send.
	untilEqual := func(n *node) (texts []string) {
		t.Helper()
		for {
			page := pull(n)
			known, err := r.KnownOf(ctx, matter)
			check(t, err)
			c, err := r.Chat(ctx, toAna, 0)
			if err != nil && chat.CodeOf(err) != chat.NotFound {
				t.Fatal(err)
			}
			var has, shows []string
			texts = nil
			for _, m := range page.Messages {
				has, texts = append(has, m.ID), append(texts, m.Text)
			}
			for _, m := range c.Messages {
				shows = append(shows, m.ID)
			}
			backlog, err := r.Backlog(ctx)
			check(t, err)
			if known.Version == page.Version && known.Mark == page.Mark && backlog.Waiting == 0 && slices.Equal(has, shows) {
				return texts
			}
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("the portal has %v, the app shows %v", texts, shows)
			}
		}
	}

	n := startNode(t, database)
	s, offline := online(n)
	untilEqual(n)
	mayaSends(s, 1, "kept")
	untilEqual(n)
	offline()
	n.kill()
	earlier := snapshot(database)

	n = startNode(t, database)
	s, offline = online(n)
	mayaSends(s, 5, "lost")
	untilEqual(n)
	offline()
	before := pull(n)
	n.kill()

	n = startNode(t, earlier)
	in := &portalapi.SendMessagesInput{}
	for i := range before.Version - pull(n).Version {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{ID: uuid.NewString(), Participant: toAna, Text: fmt.Sprint("Ana ", i)})
	}
	_, err = portalapi.Call(ctx, portalapi.NewClient("http://"+n.address, anasToken), portalapi.SendMessages, in)
	check(t, err)
	if now := pull(n); now.Version != before.Version || now.Mark == before.Mark {
		t.Fatalf("version %d and mark %s, not %d and not %s", now.Version, now.Mark, before.Version, before.Mark)
	}
	online(n)
	want := []string{"kept 0", "Ana 0", "Ana 1", "Ana 2", "Ana 3", "Ana 4", "lost 0", "lost 1", "lost 2", "lost 3", "lost 4"}
	for {
		texts := untilEqual(n)
		if slices.Equal(texts, want) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("the portal has %v", texts)
		}
	}
}
