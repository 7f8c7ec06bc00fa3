package portal_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
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

// openBus reports when it listens.
type openBus struct {
	*postgres.Bus
	once    sync.Once
	listens chan struct{}
}

func (b *openBus) Listen(ctx context.Context, ready func(), receive func(string)) error {
	return b.Bus.Listen(ctx, func() { ready(); b.once.Do(func() { close(b.listens) }) }, receive)
}

// join makes a store a node until the test ends. It listens when this returns.
func join(tb testing.TB, store *records.Store, url string) {
	bus := &openBus{Bus: postgres.NewBus(url), listens: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		store.Join(ctx, bus, slog.New(slog.DiscardHandler))
	}()
	tb.Cleanup(func() { cancel(); <-ended; bus.Close() })
	<-bus.listens
}

// serveNodes is serve on PostgreSQL with another node, which shares the matter.
func serveNodes(t *testing.T) (here, there *served, db *sqldb.DB) {
	t.Helper()
	url := pgtest.URL(t)
	open := func() *sqldb.DB {
		opened, err := postgres.Open(t.Context(), url, 0)
		check(t, err)
		return opened
	}
	here = serveOn(t, open())
	join(t, here.store, url)
	db = open()
	store, err := records.Open(t.Context(), db, time.Now)
	check(t, err)
	other := *here
	there = &other
	there.store, there.Server = store, httptest.NewServer(portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
	t.Cleanup(func() { store.Close() })
	join(t, store, url)
	t.Cleanup(func() { there.CloseClientConnections(); there.Close() })
	return here, there, db
}

// Access changes on one node. Streams on both learn of it at once: those that gain a matter get it, and those that
// lose it get "gone".
func TestAccessReachesStreamsOnEveryNode(t *testing.T) {
	here, there, _ := serveNodes(t)
	ctx, store := t.Context(), here.store
	maya := chat.Caller{Account: here.maya, Name: "Maya Smith", User: true}
	account := func(name string, user bool) (id, token string) {
		id, err := store.AddAccount(ctx, records.Account{Email: name + "@firm.example", Name: name, User: user, Password: "a long enough one"})
		check(t, err)
		token, err = store.StartSession(ctx, id, chat.Origin{})
		check(t, err)
		return id, token
	}
	tom, tomToken := account("tom", true)
	ben, benToken := account("ben", false)
	_, carlToken := account("carl", false)
	streams := map[string][]*bufio.Scanner{}
	for name, token := range map[string]string{"tom": tomToken, "ben": benToken, "carl": carlToken} {
		for _, node := range []*served{here, there} {
			stream := node.liveStream(t, token)
			nextEvent(t, stream) // the heads
			streams[name] = append(streams[name], stream)
		}
	}
	expect := func(what, name, want string) {
		t.Helper()
		for i, stream := range streams[name] {
			event, data := nextEvent(t, stream)
			var in struct {
				Matter string
				After  int64
			}
			check(t, json.Unmarshal(data, &in))
			if event != want || in.Matter != here.matter || in.After != 0 {
				t.Fatalf("%s: node %d sends %s %s %s", what, i, name, event, data)
			}
		}
	}
	check(t, store.SetTeam(ctx, maya, here.matter, []string{tom}))
	expect("joins the team", "tom", portalapi.EventChanges)
	check(t, store.SetTeam(ctx, maya, here.matter, nil))
	expect("leaves the team", "tom", portalapi.EventGone)
	check(t, store.Assign(ctx, maya, here.matter, tom))
	expect("is assigned", "tom", portalapi.EventChanges)
	toBen, err := store.AddParticipant(ctx, chat.Participant{Matter: here.matter, Name: "Ben", Role: "Lender"}, ben)
	check(t, err)
	expect("is put on the portal", "ben", portalapi.EventChanges)
	check(t, store.RemoveParticipant(ctx, maya, toBen))
	expect("is removed", "ben", portalapi.EventGone)
	toCarl, err := store.PutOnPortal(ctx, maya, chat.Participant{Matter: here.matter, Name: "Carl", Role: "Agent"})
	check(t, err)
	secret, _, err := store.Invite(ctx, maya, toCarl)
	check(t, err)
	_, _, err = store.Accept(ctx, secret, "", "carl@firm.example", "a long enough one", chat.Origin{})
	check(t, err)
	expect("accepts an invitation", "carl", portalapi.EventChanges)
}

// A user becomes an admin on one node and then is one no more. Their streams on both nodes end at once, so that the
// client connects again and gets the heads that it may see now.
func TestNewRightsEndStreamsOnEveryNode(t *testing.T) {
	here, there, _ := serveNodes(t)
	ctx, store := t.Context(), here.store
	tom, err := store.AddAccount(ctx, records.Account{Email: "tom@firm.example", Name: "Tom", User: true})
	check(t, err)
	_, err = store.AddAccount(ctx, records.Account{Email: "lee@firm.example", Name: "Lee", User: true, Admin: true})
	check(t, err)
	token, err := store.StartSession(ctx, tom, chat.Origin{})
	check(t, err)
	for _, node := range []*served{here, there} {
		stream := node.liveStream(t, token)
		nextEvent(t, stream)
		for _, admin := range []bool{true, false} {
			check(t, store.EditUser(ctx, records.Program, tom, admin, true))
			for stream.Scan() { // to its end
			}
			stream = node.liveStream(t, token)
			_, data := nextEvent(t, stream)
			var heads portalapi.Heads
			check(t, json.Unmarshal(data, &heads))
			if sees := len(heads.Matters) == 1; sees != admin {
				t.Errorf("an admin: %v, and sees %d matters", admin, len(heads.Matters))
			}
		}
	}
}

// Many users follow a matter on one node while things change on another. That node reads each change once.
func TestStreamsOfANodeShareTheirReads(t *testing.T) {
	const users, rounds = 10, 10
	here, there, db := serveNodes(t)
	ctx, store := t.Context(), here.store
	maya := chat.Caller{Account: here.maya, Name: "Maya Smith", User: true}
	var team []string
	for i := range users {
		id, err := store.AddAccount(ctx, records.Account{Email: fmt.Sprint("user", i), Name: "User", User: true})
		check(t, err)
		team = append(team, id)
	}
	check(t, store.SetTeam(ctx, maya, here.matter, team))
	var streams []*bufio.Scanner
	for _, id := range team {
		token, err := store.StartSession(ctx, id, chat.Origin{})
		check(t, err)
		stream := there.liveStream(t, token)
		nextEvent(t, stream)
		streams = append(streams, stream)
	}
	before := db.Views()
	for i := range rounds {
		for _, do := range []func() error{
			func() error {
				_, err := store.Send(ctx, maya, []records.Outgoing{{ID: uuid.NewString(), Participant: here.toAna, Text: "x"}})
				return err
			},
			func() error { return store.MarkRead(ctx, chat.Caller{Account: team[0], User: true}, here.toAna, 1<<40) },
			func() error {
				return store.EditMatter(ctx, maya, chat.Matter{ID: here.matter, Reference: fmt.Sprint("new ", i), Title: "Elm", Type: "Y"})
			},
		} {
			check(t, do())
			var first string
			for n, stream := range streams {
				name, data := nextEvent(t, stream)
				if n == 0 {
					first = string(data)
				}
				if name != portalapi.EventChanges || string(data) != first {
					t.Fatalf("stream %d receives %s %s, and the first %s", n, name, data, first)
				}
			}
		}
	}
	// Besides one read for each change, the node looks for changes, and the streams check their sessions.
	if reads := db.Views() - before; reads > 3*rounds+4*users {
		t.Errorf("%d reads for %d changes and %d streams", reads, 3*rounds, users)
	}
}

// A node knows from its looks that a user's stream has everything. Only the first check reads the store.
func TestPingsDoNotReadTheStore(t *testing.T) {
	const pings = 50
	t.Cleanup(portal.SetHeartbeat(20 * time.Millisecond))
	_, there, db := serveNodes(t)
	stream := there.liveStream(t, there.mayaToken)
	var before int64
	var began time.Time
	for n := -2; n < pings; n++ {
		for name := ""; name != portalapi.EventPing; {
			name, _ = anyEvent(t, stream)
		}
		if n < 0 { // it checks nothing, or for the first time
			before, began = db.Views(), time.Now()
		}
	}
	looks := 1 + int64(time.Since(began)/(3*time.Second))
	if reads := db.Views() - before - looks; reads > pings/10 {
		t.Errorf("%d reads for %d pings", reads, pings)
	}
}
