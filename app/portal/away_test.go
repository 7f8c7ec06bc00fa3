package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// A read of a stream fails twice because its connection is ended. The stream goes on and reads again.
func TestStreamReadsAgainWhatItCouldNotRead(t *testing.T) {
	url := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), url, 0)
	check(t, err)
	s := serveOn(t, db)
	other, err := postgres.Open(t.Context(), url, 0)
	check(t, err)
	t.Cleanup(func() { other.Close() })
	stream := s.liveStream(t, s.mayaToken)
	nextEvent(t, stream)

	check(t, other.Tx(t.Context(), func(tx *sqldb.Tx) error {
		// The stream reads this table. Changing a participant doesn't.
		if err := tx.Exec(`LOCK TABLE reads IN ACCESS EXCLUSIVE MODE`); err != nil {
			return err
		}
		maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
		check(t, s.store.EditParticipant(t.Context(), maya, chat.Participant{ID: s.toAna, Name: "Ana Lee", Role: "Client"}))
		for range 2 {
			for ended := 0; ended == 0; {
				ended, err = sqldb.Get(t.Context(), other, sqldb.Column[int], `
					SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
					WHERE datname = current_database() AND wait_event_type = 'Lock'`)
				check(t, err)
			}
		}
		return nil
	}))
	if name, data := nextEvent(t, stream); name != portalapi.EventChanges || !strings.Contains(string(data), "Ana Lee") {
		t.Errorf("%s %s", name, data)
	}
}

// While a stream reads a change, it sends the messages of other matters. Those of the same matter follow the change.
func TestMessagesDoNotWaitForAChangeThatIsRead(t *testing.T) {
	url := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), url, 0)
	check(t, err)
	s := serveOn(t, db)
	quay, err := s.store.AddMatter(t.Context(), chat.Matter{Reference: "2", Title: "Quay", Assigned: s.maya})
	check(t, err)
	toBen, err := s.store.AddParticipant(t.Context(), chat.Participant{Matter: quay, Name: "Ben", Role: "Client"}, "")
	check(t, err)
	other, err := postgres.Open(t.Context(), url, 0)
	check(t, err)
	t.Cleanup(func() { other.Close() })
	stream := s.liveStream(t, s.mayaToken)
	nextEvent(t, stream)
	maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
	send := func(to, text string) {
		_, err := s.store.Send(t.Context(), maya, []records.Outgoing{{ID: uuid.NewString(), Participant: to, Text: text}})
		check(t, err)
	}
	expect := func(text string) {
		t.Helper()
		if name, data := nextEvent(t, stream); name != portalapi.EventChanges || !strings.Contains(string(data), text) {
			t.Fatalf("%s %s, want %q", name, data, text)
		}
	}

	check(t, other.Tx(t.Context(), func(tx *sqldb.Tx) error {
		// The stream reads this table. Changing a participant doesn't, and neither does sending a message.
		if err := tx.Exec(`LOCK TABLE reads IN ACCESS EXCLUSIVE MODE`); err != nil {
			return err
		}
		check(t, s.store.EditParticipant(t.Context(), maya, chat.Participant{ID: s.toAna, Name: "Ana Lee", Role: "Client"}))
		for waits := 0; waits == 0; {
			waits, err = sqldb.Get(t.Context(), other, sqldb.Column[int], `
				SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
			check(t, err)
		}
		send(s.toAna, "After the change.")
		for range 2 {
			send(toBen, "At once.")
			expect("At once.")
		}
		return nil
	}))
	expect("Ana Lee")
	expect("After the change.")
}

// A stream stays open while PostgreSQL is away. Its pings say nothing then.
func TestStreamOutlivesItsDatabase(t *testing.T) {
	t.Cleanup(portal.SetHeartbeat(100 * time.Millisecond))
	server := pgtest.NewServer(t)
	db, err := postgres.Open(t.Context(), server.URL(t), 0)
	check(t, err)
	s := serveOn(t, db)
	stream := s.liveStream(t, s.mayaToken)
	nextEvent(t, stream)
	server.Stop()
	for empty := false; !empty; { // the first ping needs no database
		name, data := anyEvent(t, stream)
		if name != portalapi.EventPing {
			t.Fatalf("%s %s", name, data)
		}
		empty = string(data) == "{}"
	}
	server.Start(t)
	maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
	for err = records.ErrUnavailable; err != nil; {
		_, err = s.store.Send(t.Context(), maya, []records.Outgoing{{ID: uuid.NewString(), Participant: s.toAna, Text: "Back again."}})
		if err != nil && t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	if name, data := nextEvent(t, stream); name != portalapi.EventChanges || !strings.Contains(string(data), "Back again.") {
		t.Errorf("%s %s", name, data)
	}
}
