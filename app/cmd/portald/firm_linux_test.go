package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// firm is a large firm's portal: three nodes on one PostgreSQL server behind HAProxy, and its people's devices.
type firm struct {
	size
	tb       testing.TB // at whose end the nodes end
	server   *pgtest.Server
	database string
	db       *sqldb.DB // the test's own connections
	program  string    // portald
	dir      string
	nodes    []*node
	proxy    *entry
	haproxy  *process

	devices []*device
	byGroup map[int][]*device    // the users'
	byChat  map[string][]*device // the participants'
	working atomic.Int64         // streams
	changed chan struct{}        // receives when their number changes
	current atomic.Pointer[load]
	matter  atomic.Int64 // to which the next message goes
	// entrance returns where a message is sent.
	entrance func() *entry
}

const firmNodes = 3

// testName is the name of the test's own connections at PostgreSQL.
const testName = "test"

// startFirm fills a store and starts the nodes and HAProxy with the configuration that we give out.
func startFirm(tb testing.TB, program string, s size, settings ...string) *firm {
	tb.Helper()
	ctx := tb.Context()
	f := &firm{size: s, tb: tb, program: program, dir: tb.TempDir(), changed: make(chan struct{}, 1)}
	f.server = pgtest.NewServer(tb, settings...)
	f.database = f.server.URL(tb)
	var err error
	f.db, err = postgres.Open(ctx, f.database+"?application_name="+testName, 0)
	check(tb, err)
	tb.Cleanup(func() { f.db.Close() })
	store, err := records.Open(ctx, f.db, time.Now)
	check(tb, err)
	check(tb, store.CreateFirm(ctx, "Hart & Lee", records.Account{Email: "admin@firm.example", Name: "Admin", Password: targetPassword}))
	s.fill(tb, f.database, f.db)
	for range firmNodes {
		f.nodes = append(f.nodes, f.startNode(freeAddress(tb)))
	}
	f.proxy, f.haproxy = behindProxy(tb, "haproxy.cfg", f.nodes...)
	f.entrance = func() *entry { return f.proxy }
	return f
}

func (f *firm) startNode(address string) *node {
	return runNode(f.tb, f.program, f.database, address, "--trusted-proxies", "127.0.0.1", "--metrics", "127.0.0.1:0")
}

// restart starts a node again at its address.
func (f *firm) restart(n int) { f.nodes[n] = f.startNode(f.nodes[n].address) }

// metric returns the sum of a node's metrics of a name.
func (n *node) metric(tb testing.TB, name string) (sum int) {
	tb.Helper()
	res, err := http.Get(n.metrics)
	check(tb, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(tb, err)
	for _, found := range regexp.MustCompile(`(?m)^`+name+`(?:\{.*\})? (\d+)$`).FindAllSubmatch(text, -1) {
		value, err := strconv.Atoi(string(found[1]))
		check(tb, err)
		sum += value
	}
	return sum
}

// streams returns how many live streams a node has.
func (n *node) streams(tb testing.TB) int { return n.metric(tb, "matterline_live_streams") }

// freeze stops a node's process as a hypervisor does, until the returned function is called.
func (n *node) freeze(tb testing.TB) (thaw func()) {
	tb.Helper()
	check(tb, n.cmd.Process.Signal(syscall.SIGSTOP))
	return func() { check(tb, n.cmd.Process.Signal(syscall.SIGCONT)) }
}

// behindProxy starts a proxy with a configuration that we give out, in front of the nodes.
func behindProxy(tb testing.TB, file string, nodes ...*node) (*entry, *process) {
	tb.Helper()
	dir := tb.TempDir()
	check(tb, makeCertificate(dir, "portal.example"))
	var addresses []string
	for _, n := range nodes {
		addresses = append(addresses, n.address)
	}
	address := freeAddress(tb)
	proxy := startProxy(tb, dir, file, freeAddress(tb), address, addresses...)
	certificate, err := os.ReadFile(filepath.Join(dir, "certificate.pem"))
	check(tb, err)
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(certificate)
	return newEntry(address, &tls.Config{RootCAs: authorities, ServerName: "portal.example"}), proxy
}

// open opens live streams of the first users, and of the first matters' first participants, until the test ends. It
// waits until all work.
func (f *firm) open(tb testing.TB, users, participants int) {
	tb.Helper()
	var running sync.WaitGroup
	tb.Cleanup(func() {
		running.Wait()
		f.devices, f.byGroup, f.byChat = nil, nil, nil
	})
	f.byGroup, f.byChat = map[int][]*device{}, map[string][]*device{}
	add := func(account, chat string) *device {
		d := &device{at: f.proxy, token: tokenOf(account), chat: chat}
		d.source = net.IPv4(127, 0, 1, byte(1+len(f.devices)%50)) // an address has ports for only 28,000 connections
		d.works = func(change int) {
			f.working.Add(int64(change))
			select {
			case f.changed <- struct{}{}:
			default:
			}
		}
		d.received = func(id string) {
			if l := f.current.Load(); l != nil {
				l.received(id)
			}
		}
		f.devices = append(f.devices, d)
		return d
	}
	for n := range users {
		f.byGroup[n/f.people] = append(f.byGroup[n/f.people], add(userID.of(n), ""))
	}
	for m := range participants {
		chat := participantID.of(m * f.participants)
		f.byChat[chat] = append(f.byChat[chat], add(accountID.of(m*f.participants), chat))
	}
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for _, d := range f.devices {
		<-pace.C
		running.Go(func() { d.run(tb.Context()) })
	}
	f.await(tb, func() bool { return true })
}

// await waits until all streams work and something else is true too.
func (f *firm) await(tb testing.TB, also func() bool) {
	tb.Helper()
	late := time.After(4 * patience)
	for f.working.Load() < int64(len(f.devices)) || !also() {
		select {
		case <-f.changed:
		case <-late:
			tb.Fatalf("%d of %d streams work; the first device: %v", f.working.Load(), len(f.devices), f.devices[0].trouble())
		}
	}
}

// followers returns how many devices get what is sent in the first chat of a matter.
func (f *firm) followers(matter int) int {
	return len(f.byGroup[f.group(matter)]) + len(f.byChat[participantID.of(matter*f.participants)])
}

// next returns the matter for the next message: one whose users have devices.
func (f *firm) next() int {
	for {
		matter := int(f.matter.Add(1)-1) % f.matters
		if len(f.byGroup[f.group(matter)]) > 0 {
			return matter
		}
	}
}
