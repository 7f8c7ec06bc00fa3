package records_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
)

// A message that is sent alone is checked by the database, and one of several by the store. Both follow the same rules.
func TestOneMessageIsCheckedLikeSeveral(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		add := func(matter, name string) (chat.Caller, string) {
			account := must(f.AddAccount(ctx, records.Account{Email: name, Name: name}))(t)
			return chat.Caller{Account: account}, must(f.AddParticipant(ctx, chat.Participant{Matter: matter, Name: name}, account))(t)
		}
		eve, toEve := add(f.matter, "eve")
		if err := f.RemoveParticipant(ctx, f.maya, toEve); err != nil {
			t.Fatal(err)
		}
		dan, toDan := add(f.quay, "dan")
		callers := []chat.Caller{f.maya, f.team, f.other, f.admin, f.ana, f.carl, dan, eve, f.nobody, {Account: f.maya.Account}, {Account: f.ana.Account, User: true}, {Account: f.ana.Account, Admin: true}, {User: true}, {}}
		chats := []string{f.toAna, f.toBen, toEve, f.toCarl, toDan, f.matter, "none", ""}
		check := func() (accepted int) {
			for _, c := range callers {
				for _, to := range chats {
					before := must(f.Heads(ctx, f.admin))(t)
					message := func() records.Outgoing { return records.Outgoing{ID: uuid.NewString(), Participant: to, Text: "x"} }
					one := must(f.Send(ctx, c, []records.Outgoing{message()}))(t)[0]
					if after := must(f.Heads(ctx, f.admin))(t); one.Err != nil && !slices.Equal(before, after) {
						t.Errorf("a refused message changed %v to %v", before, after)
					}
					first := must(f.Send(ctx, c, []records.Outgoing{message(), message()}))(t)[0]
					if chat.CodeOf(one.Err) != chat.CodeOf(first.Err) || (one.Err == nil) != (first.Err == nil) {
						t.Errorf("%+v to %s: alone %v, one of two %v", c, to, one.Err, first.Err)
					}
					if one.Err != nil {
						continue
					}
					accepted++
					if first.Message.Version != one.Message.Version+1 || first.Message.Author != one.Message.Author {
						t.Errorf("%+v to %s: alone %+v, then %+v", c, to, one.Message, first.Message)
					}
				}
			}
			return accepted
		}
		if n := check(); n != 14 {
			t.Errorf("%d messages were accepted", n)
		}
		if err := f.SetClosed(ctx, f.other, f.quay, true); err != nil {
			t.Fatal(err)
		}
		if n := check(); n != 8 {
			t.Errorf("%d messages were accepted after a matter was closed", n)
		}
	})
}

// A message that waits for its matter doesn't keep the others waiting.
func TestALockedMatterDelaysOnlyItself(t *testing.T) {
	db := must(postgres.Open(t.Context(), migratedDatabase.URL(t), 0))(t)
	f := newFirm(t, db)
	var all sync.WaitGroup
	err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := tx.Exec(`SELECT 1 FROM matters WHERE id = $1 FOR UPDATE`, f.matter); err != nil {
			return err
		}
		for range 5 {
			all.Go(func() { f.send(t, f.ana, f.toAna, "later") })
		}
		for range 20 {
			f.send(t, f.carl, f.toCarl, "now")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if n := len(must(f.Changes(t.Context(), f.ana, f.matter, records.Position{}, 100))(t).Messages); n != 5 {
		t.Errorf("%d messages of 5", n)
	}
}

// Two nodes send to the same few chats while connections break again and again. A message that got no answer is sent
// again with the same id. In the end each message is there once, and a chat's messages are in the order of sending.
func TestSendersOnBreakingConnections(t *testing.T) {
	const senders, messages = 12, 25
	url := migratedDatabase.URL(t)
	db := must(postgres.Open(t.Context(), url, 0))(t)
	f := newFirm(t, db)
	second := must(records.Open(t.Context(), must(postgres.Open(t.Context(), url, 0))(t), time.Now))(t)
	t.Cleanup(func() { second.Close() })
	admin := must(postgres.Open(t.Context(), url, 4))(t)
	t.Cleanup(func() { admin.Close() })
	chats := []string{f.toAna}
	for i := 1; i < senders; i++ { // three chats in each matter
		matter := f.quay
		if i < 6 {
			matter = f.matter
		}
		account := must(f.AddAccount(t.Context(), records.Account{Email: strconv.Itoa(i), Name: "x"}))(t)
		chats = append(chats, must(f.AddParticipant(t.Context(), chat.Participant{Matter: matter, Name: "x"}, account))(t))
	}
	confirmed := make(chan struct{}, senders*messages)
	sent := make([][]string, senders)
	failures := make([]int, senders)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for i, to := range chats {
		store := []*records.Store{f.Store, second}[i%2]
		all.Go(func() {
			for n := range messages {
				m := records.Outgoing{ID: uuid.NewString(), Participant: to, Text: strconv.Itoa(n)}
				for {
					results, err := store.Send(ctx, f.admin, []records.Outgoing{m})
					if err == nil && results[0].Err != nil || err != nil && !errors.Is(err, sqldb.ErrUnavailable) {
						t.Errorf("%v, %+v", err, results)
						return
					}
					if err == nil {
						break
					}
					failures[i]++
				}
				sent[i] = append(sent[i], m.ID)
				confirmed <- struct{}{}
			}
		})
	}
	go func() { all.Wait(); close(confirmed) }()
	n := 0
	for range confirmed {
		if n++; n%30 != 0 {
			continue
		}
		if err := admin.Tx(ctx, func(tx *sqldb.Tx) error {
			return tx.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		}); err != nil {
			t.Error(err)
		}
	}
	failed := 0
	for _, n := range failures {
		failed += n
	}
	if failed == 0 {
		t.Error("no attempt failed")
	}
	fresh := must(records.Open(t.Context(), must(postgres.Open(t.Context(), url, 0))(t), time.Now))(t) // whose connections aren't broken
	t.Cleanup(func() { fresh.Close() })
	got := map[string][]string{}
	for _, matter := range []string{f.matter, f.quay} {
		page := must(fresh.Changes(t.Context(), f.admin, matter, records.Position{}, 1000))(t)
		for i, m := range page.Messages {
			got[m.Participant] = append(got[m.Participant], m.ID)
			if i > 0 && m.Version != page.Messages[i-1].Version+1 {
				t.Errorf("version %d after %d", m.Version, page.Messages[i-1].Version)
			}
		}
	}
	for i, to := range chats {
		if !slices.Equal(got[to], sent[i]) {
			t.Errorf("chat %d has %d messages, want %d in their order", i, len(got[to]), len(sent[i]))
		}
	}
	if page := must(fresh.Changes(t.Context(), f.ana, f.matter, records.Position{Version: 1}, 1000))(t); page.Version != 1+messages || len(page.Messages) != messages {
		t.Errorf("the participant has %d messages up to %d", len(page.Messages), page.Version)
	}
}

// Messages that share a commit reach a watch whole and in order, so that no stream reads them from the store.
func TestMessagesOfOneCommitStayInOrder(t *testing.T) {
	f := newFirm(t, engines[0].migrated(t)) // one writer: no commit overtakes another
	watch := f.Watch(f.maya)
	defer watch.Close()
	watch.Take("")
	const messages = 60
	var all sync.WaitGroup
	for range messages {
		all.Go(func() { f.send(t, f.ana, f.toAna, "hello") })
	}
	all.Wait()
	got := watch.Take("").Messages[f.matter]
	if len(got) != messages {
		t.Fatalf("%d messages, want %d", len(got), messages)
	}
	for i, m := range got {
		if i > 0 && m.After != (records.Position{Version: got[i-1].Version, Mark: got[i-1].Mark}) {
			t.Errorf("message %d follows %+v", m.Version, m.After)
		}
	}
}
