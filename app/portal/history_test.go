package portal_test

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
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

// The events of a stream follow each other without a gap, for a user and for a participant, however the portal gets
// them: from the messages themselves or from the store.
func TestEventsContinueEachOther(t *testing.T) {
	s := serve(t)
	ctx := t.Context()
	maya, ana := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}, chat.Caller{Account: s.ana, Name: "Ana"}
	anaToken, err := s.store.StartSession(ctx, s.ana, chat.Origin{})
	check(t, err)
	streams := map[string]*bufio.Scanner{"user": s.liveStream(t, s.mayaToken), "participant": s.liveStream(t, anaToken)}
	at := map[string]records.Position{}
	for role, stream := range streams {
		_, data := nextEvent(t, stream)
		var heads portalapi.Heads
		check(t, json.Unmarshal(data, &heads))
		at[role] = records.Position{Version: heads.Matters[0].Version, Mark: heads.Matters[0].Mark}
	}
	message := func(c chat.Caller, status bool) func() error {
		return func() error {
			_, err := s.store.Send(ctx, c, []records.Outgoing{{ID: uuid.NewString(), Participant: s.toAna, Text: "x", SetStatus: status}})
			return err
		}
	}
	for i, do := range []func() error{
		message(maya, false), message(ana, false), message(maya, true), message(ana, false),
		func() error { return s.store.MarkRead(ctx, ana, s.toAna, 1<<40) }, message(maya, false),
		func() error {
			return s.store.EditMatter(ctx, maya, chat.Matter{ID: s.matter, Reference: "9", Title: "Elm", Type: "Y"})
		}, message(ana, false),
	} {
		check(t, do())
		for role, stream := range streams {
			_, data := nextEvent(t, stream)
			var page chat.Changes
			check(t, json.Unmarshal(data, &page))
			if had := at[role]; page.After != had.Version || page.AfterMark != had.Mark || page.Version != had.Version+1 || page.Mark == "" || page.Mark == had.Mark {
				t.Fatalf("change %d: %s at %v receives %s", i, role, had, data)
			}
			at[role] = records.Position{Version: page.Version, Mark: page.Mark}
			in := &portalapi.ChangesInput{Matter: s.matter, After: page.Version, Mark: page.Mark, Limit: 10}
			token := map[string]string{"user": s.mayaToken, "participant": anaToken}[role]
			_, err := portalapi.Call(ctx, s.client(token), portalapi.Changes, in)
			check(t, err)
			in.Mark = "another"
			if _, err := portalapi.Call(ctx, s.client(token), portalapi.Changes, in); chat.CodeOf(err) != chat.OtherHistory {
				t.Fatalf("with another mark: %v", err)
			}
		}
	}
}

// A server fails, and one that lacks the last commits takes over. A stream that has sent the lost ones ends instead of
// continuing from them. The next one's heads show the client that the history is another.
func TestStreamEndsWhenTheDatabaseWasPutBack(t *testing.T) {
	url := pgtest.URL(t)
	open := func(url string) *sqldb.DB {
		db, err := postgres.Open(t.Context(), url, 0)
		check(t, err)
		return db
	}
	first := serveOn(t, open(url))
	check(t, first.store.Close())
	earlier := pgtest.Copy(t, url)

	store, err := records.Open(t.Context(), open(url), time.Now)
	check(t, err)
	t.Cleanup(func() { store.Close() })
	server := httptest.NewServer(portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s := *first
	s.Server, s.store = server, store
	maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
	send := func(text string) {
		t.Helper()
		_, err := store.Send(t.Context(), maya, []records.Outgoing{{ID: uuid.NewString(), Participant: s.toAna, Text: text}})
		check(t, err)
	}
	stream := s.liveStream(t, s.mayaToken)
	nextEvent(t, stream)
	send("lost")
	nextEvent(t, stream)

	pgtest.PutBack(t, url, earlier)
	for { // the connections that the store had are dead
		if _, err := store.Heads(t.Context(), maya); err == nil {
			break
		}
	}
	send("instead")
	send("and one more, whose version follows the lost one's")
	for stream.Scan() {
		if strings.Contains(stream.Text(), "follows") {
			t.Fatalf("the stream continues from a lost change: %s", stream.Text())
		}
	}
}
