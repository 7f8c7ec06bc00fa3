package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/syncer"
)

// node is one of several portalds on one database.
type node struct {
	cmd     *exec.Cmd
	address string
	metrics string // their URL, if it serves them
	done    chan struct{}
}

var servingAt = regexp.MustCompile(`address=http://(\S+)`)

func startNode(t *testing.T, database string) *node {
	t.Helper()
	return runNode(t, "portald", database, "127.0.0.1:0")
}

func runNode(t testing.TB, program, database, address string, flags ...string) *node {
	t.Helper()
	flags = append([]string{"serve", "--database", database, "--address", address}, flags...)
	n := &node{cmd: exec.Command(program, flags...), done: make(chan struct{})}
	stderr, err := n.cmd.StderrPipe()
	check(t, err)
	check(t, n.cmd.Start())
	t.Cleanup(n.kill)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if found := addressOf("metrics").FindStringSubmatch(lines.Text()); found != nil {
			n.metrics = found[1]
			continue
		}
		if found := servingAt.FindStringSubmatch(lines.Text()); found != nil {
			n.address = found[1]
			break
		}
	}
	if n.address == "" {
		t.Fatal("a node doesn't answer")
	}
	go func() {
		defer close(n.done)
		_, _ = io.Copy(io.Discard, stderr)
		_ = n.cmd.Wait()
	}()
	return n
}

// kill ends a node the way a power failure would.
func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	<-n.done
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// balancer passes each connection to the next node that accepts it.
func balancer(t *testing.T, nodes []*node) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { listener.Close() })
	var next atomic.Int64
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer from.Close()
				for range nodes {
					to, err := net.Dial("tcp", nodes[int(next.Add(1))%len(nodes)].address)
					if err != nil {
						continue
					}
					defer to.Close()
					go func() {
						_, _ = io.Copy(to, from)
						to.Close()
					}()
					_, _ = io.Copy(from, to)
					return
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// Three portals share a database behind a load balancer, and one is killed under load. Every confirmed message is in
// every replica once, and every stream continues.
func TestThreeNodes(t *testing.T) {
	const matters, messages = 4, 40
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	database := pgtest.URL(t)
	db, err := postgres.Open(ctx, database, 0)
	check(t, err)
	store, err := records.Open(ctx, db, time.Now)
	check(t, err)
	defer store.Close()
	check(t, store.CreateFirm(ctx, "The Firm", records.Account{Email: "admin@firm.example", Name: "Admin", Password: "correct horse battery"}))

	nodes := []*node{startNode(t, database), startNode(t, database), startNode(t, database)}
	portal := balancer(t, nodes)

	type desk struct {
		matter, chat string
		replica      *replica.Replica
		news         chan struct{}
		person       *portalapi.Client
	}
	var desks []*desk
	quiet := slog.New(slog.DiscardHandler)
	var syncing sync.WaitGroup
	defer syncing.Wait()
	defer cancel()
	for i := range matters {
		user, err := store.AddAccount(ctx, records.Account{Email: fmt.Sprint("user", i), Name: "User", User: true})
		check(t, err)
		person, err := store.AddAccount(ctx, records.Account{Email: fmt.Sprint("person", i), Name: "Person"})
		check(t, err)
		d := &desk{news: make(chan struct{}, 1)}
		d.matter, err = store.AddMatter(ctx, chat.Matter{Reference: fmt.Sprint(i), Title: "Matter", Assigned: user})
		check(t, err)
		d.chat, err = store.AddParticipant(ctx, chat.Participant{Matter: d.matter, Name: "Person", Role: "Client"}, person)
		check(t, err)
		userToken, err := store.StartSession(ctx, user, chat.Origin{})
		check(t, err)
		personToken, err := store.StartSession(ctx, person, chat.Origin{})
		check(t, err)
		d.person = portalapi.NewClient(portal, personToken)
		d.replica, err = replica.Open(ctx, filepath.Join(t.TempDir(), "replica.db"), chat.User{ID: user, Name: "User"}, time.Now)
		check(t, err)
		defer d.replica.Close()
		d.replica.OnChanged(func([]string) {
			select {
			case d.news <- struct{}{}:
			default:
			}
		})
		s := syncer.New(d.replica, portalapi.NewClient(portal, userToken), quiet, func(syncer.Freshness) {})
		syncing.Go(func() { s.Run(ctx) })
		desks = append(desks, d)
	}

	var sending sync.WaitGroup
	var confirmed atomic.Int64
	killed := make(chan struct{})
	for _, d := range desks {
		sending.Go(func() {
			for n := range messages {
				if n == messages/2 {
					<-killed // the second half is sent without it
				}
				in := &portalapi.SendMessagesInput{}
				in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: d.chat, Text: fmt.Sprint(n)}}
				for { // the same id until it is confirmed, as a browser does
					out, err := portalapi.Call(ctx, d.person, portalapi.SendMessages, in)
					if err == nil && out.Body.Results[0].Error == nil {
						break
					}
					if ctx.Err() != nil || err == nil {
						t.Errorf("message %d: %v", n, err)
						return
					}
				}
				if confirmed.Add(1) == matters*messages/4 {
					nodes[0].kill()
					close(killed)
				}
			}
		})
	}
	sending.Wait()

	for i, d := range desks {
		page, err := store.Changes(ctx, chat.Caller{Account: "x", User: true, Admin: true}, d.matter, records.Position{}, 1000)
		check(t, err)
		var there []string
		for _, m := range page.Messages {
			there = append(there, m.Text)
		}
		var want []string
		for n := range messages {
			want = append(want, fmt.Sprint(n))
		}
		if strings.Join(there, " ") != strings.Join(want, " ") {
			t.Errorf("matter %d: the store has %v", i, there)
		}
		for {
			_, have, err := d.replica.Known(ctx)
			check(t, err)
			if have[d.matter].Version >= page.Version {
				break
			}
			select {
			case <-d.news:
			case <-ctx.Done():
				t.Fatalf("matter %d: the replica is at version %d of %d", i, have[d.matter].Version, page.Version)
			}
		}
		c, err := d.replica.Chat(ctx, d.chat, 0)
		check(t, err)
		if len(c.Messages) != messages || c.Messages[messages-1].Text != fmt.Sprint(messages-1) {
			t.Errorf("matter %d: the replica has %d messages", i, len(c.Messages))
		}
	}
}
