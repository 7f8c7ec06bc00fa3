package records_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
)

// lossyBus loses the notices that arrive while it is deaf. It reports each notice after the node has taken it in or it
// was lost.
type lossyBus struct {
	*postgres.Bus
	listens  chan struct{} // closed once it listens
	once     sync.Once
	deaf     atomic.Bool
	received chan string
}

func (b *lossyBus) Listen(ctx context.Context, ready func(), receive func(string)) error {
	return b.Bus.Listen(ctx, func() { ready(); b.once.Do(func() { close(b.listens) }) }, func(text string) {
		if !b.deaf.Load() {
			receive(text)
		}
		b.received <- text
	})
}

// logged passes on each message of a log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	select {
	case l <- string(line):
	default:
	}
	return len(line), nil
}

// node is one of several on a database. witness is a watch on it.
type node struct {
	*records.Store
	db      *sqldb.DB
	bus     *lossyBus
	witness *records.Watch
}

// startNode opens a firm's PostgreSQL database as another node. It listens and has looked once when this returns.
func (f *firm) startNode(t *testing.T, url string, log io.Writer) *node {
	t.Helper()
	n := &node{db: must(postgres.Open(t.Context(), url, 0))(t), bus: &lossyBus{Bus: postgres.NewBus(url), listens: make(chan struct{}), received: make(chan string, 10_000)}}
	n.Store = must(records.Open(t.Context(), n.db, func() time.Time { return f.clock }))(t)
	n.witness = n.Watch(f.admin)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.Join(ctx, n.bus, slog.New(slog.NewTextHandler(log, nil)))
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		n.Close()
	})
	<-n.bus.listens
	for range 2 { // the first look tells of every matter
		waitFor(t, n.witness, "")
	}
	return n
}

// waitFor waits until the node has told its watches to read a matter.
func (n *node) waitFor(t *testing.T, matter string) {
	t.Helper()
	waitFor(t, n.witness, matter)
}

// waitFor waits until a watch must read a matter, or any.
func waitFor(t *testing.T, w *records.Watch, matter string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case <-w.Ready():
		case <-late:
			t.Fatalf("the watch doesn't know of %s", matter)
		}
		if update := w.Take(""); update.Change != nil && (matter == "" || update.Change.Matter() == matter) {
			return
		}
	}
}

// takeMessages takes messages until a watch has told of all that were sent, or of a matter to read.
func takeMessages(t *testing.T, w *records.Watch, matter string, sent []records.Outgoing) (all []records.LiveMessage, toRead bool) {
	t.Helper()
	late := time.After(time.Minute)
	for len(all) < len(sent) && !toRead {
		select {
		case <-w.Ready():
		case <-late:
			t.Fatalf("the watch has %d messages of %d", len(all), len(sent))
		}
		update := w.Take("")
		toRead = update.Change != nil
		for _, m := range update.Messages[matter] {
			if slices.ContainsFunc(sent, func(out records.Outgoing) bool { return out.ID == m.ID }) {
				all = append(all, m)
			}
		}
	}
	return all, toRead
}

// A node tells its watches of messages that were sent on another one, with everything that the other one tells its own.
// It reads those that are too long for a notice, once, however many watches it has. The node that sent them reads none.
func TestNodeReadsLongMessagesOnceForAllItsWatches(t *testing.T) {
	const watches, commits = 10, 20
	url := migratedDatabase.URL(t)
	f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t))
	here, there := f.startNode(t, url, io.Discard), f.startNode(t, url, io.Discard)
	f.Store = here.Store
	// Each of these changes comes before a message, in the matter or in its chat.
	first := f.send(t, f.maya, f.toAna, "first")
	f.send(t, f.maya, f.toBen, "to Ben")
	must(f.StartSession(t.Context(), f.ana.Account, chat.Origin{}))(t)
	if err := f.SetStatus(t.Context(), f.maya, f.toAna, first.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.MarkRead(t.Context(), f.maya, f.toAna, 1<<40); err != nil {
		t.Fatal(err)
	}
	there.waitFor(t, must(f.OpenMatter(t.Context(), f.maya, chat.Matter{Reference: "3", Title: "End", Type: "Y"}))(t))
	own := here.Watch(f.maya)
	defer own.Close()
	var others []*records.Watch
	for range watches {
		w := there.Watch(f.maya)
		defer w.Close()
		others = append(others, w)
	}
	before, beforeHere := there.db.Views(), here.db.Views()
	toRead := 0
	for i := range commits {
		var batch []records.Outgoing
		for n := range 1 + i%3 {
			text := fmt.Sprint(i, n, strings.Repeat(" and so on", i%2*600))
			batch = append(batch, records.Outgoing{ID: uuid.NewString(), Participant: []string{f.toAna, f.toBen}[n%2], Text: text})
		}
		sender := f.maya
		if len(batch) == 1 {
			sender = f.ana
		}
		for _, result := range must(f.Send(t.Context(), sender, batch))(t) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
		}
		want, unknown := takeMessages(t, own, f.matter, batch)
		for _, w := range others {
			got, read := takeMessages(t, w, f.matter, batch)
			if read { // a look found the messages before their notice arrived
				toRead++
			} else if !unknown && !slices.Equal(got, want) {
				t.Fatalf("told on another node:\n%+v\nwant\n%+v", got, want)
			}
		}
	}
	if reads := there.db.Views() - before; reads > commits || toRead > watches*commits/2 { // and a look now and then
		t.Errorf("%d reads for %d commits and %d watches, and %d more to do", reads, commits, watches, toRead)
	}
	if reads := here.db.Views() - beforeHere; reads > commits/2 {
		t.Errorf("the node that sent %d messages read them %d times", commits, reads)
	}
}

// Every role that may connect to the database may listen to notices and send some. It can't read them, and its own are
// ignored.
func TestNoticesOfStrangers(t *testing.T) {
	url := migratedDatabase.URL(t)
	f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t))
	here, there := f.startNode(t, url, io.Discard), f.startNode(t, url, io.Discard)
	f.Store = here.Store
	before := there.Watch(f.maya)
	defer before.Close()
	f.send(t, f.maya, f.toAna, "hello")
	var heard, plain string
	for !strings.Contains(plain, "hello") {
		heard = <-there.bus.received
		plain = must(there.Unseal(heard))(t)
	}
	if strings.Contains(heard, f.matter) {
		t.Errorf("a stranger reads %q", heard)
	}
	<-before.Ready() // the node has taken it in
	w := there.Watch(f.maya)
	defer w.Close()
	forged := strings.ReplaceAll(plain, "hello", "forged")
	for _, text := range []string{forged, base64.RawStdEncoding.EncodeToString([]byte(forged))} {
		if err := here.bus.Notify(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	f.send(t, f.maya, f.toAna, "next")
	for text := ""; text != "next"; {
		<-w.Ready()
		for _, m := range w.Take("").Messages[f.matter] {
			if text = m.Text; text == "forged" {
				t.Fatal("a stranger's message was told")
			}
		}
	}
}

// The notice of a change of access is lost, but not those that follow. The account learns of the matter all the same.
func TestNodeFindsALostChangeOfAccess(t *testing.T) {
	url := migratedDatabase.URL(t)
	f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t))
	here, there := f.startNode(t, url, io.Discard), f.startNode(t, url, io.Discard)
	f.Store = here.Store
	w := there.Watch(f.other)
	defer w.Close()
	w.Follow(f.quay)
	there.bus.deaf.Store(true)
	if err := f.SetTeam(t.Context(), f.maya, f.matter, []string{f.team.Account, f.other.Account}); err != nil {
		t.Fatal(err)
	}
	for text := ""; !strings.Contains(text, f.matter); {
		text = must(there.Unseal(<-there.bus.received))(t)
	}
	there.bus.deaf.Store(false)
	f.send(t, f.maya, f.toAna, "hello")
	waitFor(t, w, f.matter)
}

// A transaction changes a matter and commits only after a look has seen a later change. There are no notices. The next
// looks, which read only what was written since, find its change too.
func TestNodeFindsAChangeThatWasCommittedLate(t *testing.T) {
	url := migratedDatabase.URL(t)
	f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t)) // no node: it sends no notices
	n := f.startNode(t, url, io.Discard)
	if err := f.db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := tx.Exec(`UPDATE matters SET version = version + 1, mark = 'late' WHERE id = $1`, f.quay); err != nil {
			return err
		}
		for range 2 {
			f.send(t, f.maya, f.toAna, "in between")
			n.waitFor(t, f.matter)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n.waitFor(t, f.quay)
}

// A node can't read the store for a while, and the notices are lost. It tells its watches afterwards.
func TestNodeFindsWhatChangedWhileItCouldNotRead(t *testing.T) {
	url := migratedDatabase.URL(t)
	f := newFirm(t, must(postgres.Open(t.Context(), url, 0))(t))
	run := func(statement string) {
		t.Helper()
		if err := f.db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(statement) }); err != nil {
			t.Fatal(err)
		}
	}
	name := "node_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	run(`CREATE ROLE ` + name + ` LOGIN SUPERUSER`)
	failures := make(logged, 100)
	away := f.startNode(t, strings.Replace(url, "postgres@", name+"@", 1), failures)
	w := away.Watch(f.maya)
	defer w.Close()
	w.Follow(f.matter)

	away.bus.deaf.Store(true)
	run(`ALTER ROLE ` + name + ` NOLOGIN`)
	run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '` + name + `'`)
	for line := ""; !strings.Contains(line, "look for changes"); {
		line = <-failures
	}
	f.send(t, f.maya, f.toAna, "unheard")
	for line := ""; !strings.Contains(line, "look for changes"); {
		line = <-failures
	}
	run(`ALTER ROLE ` + name + ` LOGIN`)
	waitFor(t, w, f.matter)
}

// A command such as portald user deactivate signs an account out in its own process. On SQLite there are no notices.
func TestNodeNoticesASignOutByAnotherProgram(t *testing.T) {
	for name, signOut := range map[string]func(*testing.T, *firm, *records.Store) error{
		"a new password": func(t *testing.T, f *firm, program *records.Store) error {
			return program.ResetPassword(t.Context(), records.Program, f.maya.Account, longPassword)
		},
		"a reset link": func(t *testing.T, f *firm, program *records.Store) error {
			link := must(program.AddReset(t.Context(), records.Program, f.maya.Account))(t)
			_, _, err := program.UseReset(t.Context(), link.Secret, longPassword, chat.Origin{})
			return err
		},
		"an admin": func(t *testing.T, f *firm, program *records.Store) error {
			sessions := must(program.AccountSessions(t.Context(), records.Program, f.maya.Account, ""))(t)
			return program.EndAccountSession(t.Context(), records.Program, f.maya.Account, sessions[0].ID, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(t *testing.T, f *firm) { testSignOutByAnotherProgram(t, f, signOut) })
		})
	}
}

func testSignOutByAnotherProgram(t *testing.T, f *firm, signOut func(*testing.T, *firm, *records.Store) error) {
	ctx, cancel := context.WithCancel(t.Context())
	program := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t) // shares only the database
	bus, ended := silentBus{make(chan string)}, make(chan struct{})
	go func() {
		defer close(ended)
		f.Join(ctx, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
	}()
	defer func() { cancel(); <-ended }()
	token := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{}))(t)
	must(f.Caller(ctx, token))(t) // now cached
	w := f.Watch(f.maya)
	defer w.Close()
	for polled := false; !polled; { // the first poll finds no changes
		if err := program.SetClosed(ctx, f.maya, f.matter, true); err != nil {
			t.Fatal(err)
		}
		if err := program.SetClosed(ctx, f.maya, f.matter, false); err != nil {
			t.Fatal(err)
		}
		bus.poll <- ""
		select {
		case <-w.Ready():
			polled = true
		default:
		}
	}
	if w.Take("").SignedOut {
		t.Fatal("signed out too early")
	}
	if err := signOut(t, f, program); err != nil {
		t.Fatal(err)
	}
	bus.poll <- ""
	for !w.Take("").SignedOut {
		<-w.Ready()
	}
	if _, err := f.Caller(ctx, token); chat.CodeOf(err) != chat.SignedOut {
		t.Errorf("the old session: %v, want signed out", err)
	}
}
