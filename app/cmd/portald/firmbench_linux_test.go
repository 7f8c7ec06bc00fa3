package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"matterline/app/portalapi"
)

var firmScale = flag.Float64("firm.scale", 1, "the size of the firm in BenchmarkFirm, for development: 1 is 10,000 matters")

// firmRate is how many messages a second people send.
const firmRate = 100

func scaled(n int) int { return max(1, int(*firmScale*float64(n))) }

// BenchmarkFirm measures a large firm: 2,000 users and 100,000 participants in 10,000 matters with 2 million messages, on
// three nodes behind HAProxy. Run it with -benchtime 1x. The store is filled once.
func BenchmarkFirm(b *testing.B) {
	f := startFirm(b, builtPortald(b), size{groups: scaled(222), people: 9, matters: scaled(10_000), participants: 10, messages: 200, statuses: 6},
		"shared_buffers=512MB", "max_wal_size=8GB", "shared_preload_libraries=pg_stat_statements")
	phase := func(b *testing.B, name string, measure func(*testing.B)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				measure(b)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
	phase(b, "proxies", f.measureProxies)
	phase(b, "reading", f.measureReading)
	b.Run("streams", func(b *testing.B) {
		f.open(b, scaled(150)*f.people, scaled(150))
		phase(b, "quiet", f.measureQuiet)
		phase(b, "killed", f.measureKilled)
		phase(b, "frozen", f.measureFrozen)
		phase(b, "postgres", f.measurePostgres)
	})
	b.Run("import", func(b *testing.B) {
		f.open(b, scaled(100)*f.people, scaled(100))
		phase(b, "titles", func(b *testing.B) { f.measureImport(b, f.changedTitles()) })
		phase(b, "matters", func(b *testing.B) { f.measureImport(b, f.newMatters()) })
	})
	phase(b, "crowd", f.measureCrowd)
}

// share returns a value below which a share of the sorted durations is, in milliseconds.
func share(took []time.Duration, of float64) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return float64(took[int(of*float64(len(took)-1))].Microseconds()) / 1000
}

// report reports what became of the messages whose first attempt was between two times. A copy's delay counts from then,
// or from the confirmation, for faults during which no message can be sent.
func (o *outcome) report(b *testing.B, from, to time.Time, confirmed bool) {
	b.Log(o)
	var took []time.Duration
	for _, m := range o.sent {
		if m.begun.Before(from) || m.begun.After(to) {
			continue
		}
		start := m.begun
		if confirmed {
			start = m.confirmed
		}
		m.mu.Lock()
		for _, at := range m.copies {
			took = append(took, max(0, at.Sub(start)))
		}
		m.mu.Unlock()
	}
	b.ReportMetric(share(took, .5), "p50-ms")
	b.ReportMetric(share(took, .99), "p99-ms")
	b.ReportMetric(share(took, 1), "worst-ms")
	b.ReportMetric(float64(o.copies), "copies")
	b.ReportMetric(float64(o.lost), "lost")
	b.ReportMetric(float64(o.doubled), "doubled")
}

func (f *firm) measureQuiet(b *testing.B) {
	l := f.send(b, firmRate)
	l.flow(b)
	costs := map[string]func() time.Duration{
		"nodes": func() (sum time.Duration) {
			for _, n := range f.nodes {
				sum += cpuOf(b, n.cmd.Process.Pid)
			}
			return sum
		},
		"postgres": func() time.Duration { return cpuOf(b, f.server.PID()) },
		"proxy":    func() time.Duration { return cpuOf(b, f.haproxy.cmd.Process.Pid) },
	}
	before, copies, from := map[string]time.Duration{}, l.arrived.Load(), time.Now()
	for name, used := range costs {
		before[name] = used()
	}
	pause(b.Context(), 20*time.Second)
	to, copies := time.Now(), l.arrived.Load()-copies
	for name, used := range costs {
		b.ReportMetric(float64((used()-before[name]).Microseconds())/float64(copies), name+"-µs/copy")
	}
	l.end(b).report(b, from, to, false)
}

// aftermath is how long after a fault the delays of messages count.
const aftermath = 5 * time.Second

func (f *firm) measureKilled(b *testing.B) {
	l := f.send(b, firmRate)
	l.flow(b)
	from := time.Now()
	f.nodes[0].kill()
	pause(b.Context(), aftermath)
	to := time.Now()
	f.restart(0)
	l.flow(b)
	l.end(b).report(b, from, to, false)
}

func (f *firm) measureFrozen(b *testing.B) {
	l := f.send(b, firmRate)
	l.flow(b)
	from := time.Now()
	thaw := f.nodes[1].freeze(b)
	pause(b.Context(), outage)
	thaw()
	pause(b.Context(), aftermath)
	l.end(b).report(b, from, time.Now(), true)
}

func (f *firm) measurePostgres(b *testing.B) {
	l := f.send(b, firmRate)
	l.flow(b)
	from := time.Now()
	f.server.Stop()
	pause(b.Context(), outage)
	f.server.Start(b)
	pause(b.Context(), aftermath)
	l.end(b).report(b, from, time.Now(), true)
}

// changedTitles is a file that changes the titles of 500 matters.
func (f *firm) changedTitles() string {
	var file strings.Builder
	fmt.Fprintln(&file, strings.Join(columns, ","))
	for m := range scaled(500) {
		fmt.Fprintf(&file, "M-%d,Changed %d,Purchase,user%d@firm.example,,,,\n", m, m, f.assigned(m))
	}
	return file.String()
}

// newMatters is a file with 200 new matters.
func (f *firm) newMatters() string {
	var file strings.Builder
	fmt.Fprintln(&file, strings.Join(columns, ","))
	for m := range scaled(200) {
		fmt.Fprintf(&file, "N-%d,New %d,Purchase,user%d@firm.example,,Ana %d,Client,no\n", m, m, f.assigned(m), m)
	}
	return file.String()
}

// measureImport imports a file as an administrator does, and measures everyone else's messages until 10 s later.
func (f *firm) measureImport(b *testing.B, text string) {
	file := filepath.Join(b.TempDir(), "matters.csv")
	check(b, os.WriteFile(file, []byte(text), 0o600))
	l := f.send(b, firmRate)
	l.flow(b)
	from := time.Now()
	out, err := exec.Command(f.program, "import", "--database", f.database, file).CombinedOutput()
	b.Logf("%s", out)
	check(b, err)
	b.ReportMetric(time.Since(from).Seconds(), "import-s")
	pause(b.Context(), 10*time.Second)
	l.end(b).report(b, from, time.Now(), false)
}

// measureCrowd has 10,000 live streams on one node, without a proxy.
func (f *firm) measureCrowd(b *testing.B) {
	alone := f.nodes[0]
	for _, n := range f.nodes[1:] {
		n.kill()
	}
	proxy := f.proxy
	f.proxy = newEntry(alone.address, nil)
	defer func() { f.proxy = proxy }()
	before := memoryOf(b, alone.cmd.Process.Pid)
	f.open(b, f.groups*f.people, scaled(10_000)-f.groups*f.people)
	b.ReportMetric((memoryOf(b, alone.cmd.Process.Pid)-before)/float64(len(f.devices)), "KiB/stream")
	l := f.send(b, firmRate)
	l.flow(b)
	from := time.Now()
	pause(b.Context(), 15*time.Second)
	l.end(b).report(b, from, time.Now(), false)
}

var withTLS = regexp.MustCompile(` ssl crt \S+ alpn \S+`)

// behindPlainHAProxy starts HAProxy for a place where TLS ends in front of it. Only then does it hold back events by
// itself.
func (f *firm) behindPlainHAProxy(b *testing.B) *entry {
	dir, address := b.TempDir(), freeAddress(b)
	check(b, makeCertificate(dir, "portal.example"))
	text := configuration(b, dir, "haproxy.cfg", freeAddress(b), address, []string{f.nodes[0].address})
	runProxy(b, dir, "haproxy.cfg", withTLS.ReplaceAllString(text, ""))
	return newEntry(address, nil)
}

// measureProxies measures how long a message takes through each proxy, and without one. All devices follow the same
// matter at the same node.
func (f *firm) measureProxies(b *testing.B) {
	const messages = 200
	direct := newEntry(f.nodes[0].address, nil)
	entries := map[string]*entry{"direct": direct}
	for name, file := range map[string]string{"HAProxy": "haproxy.cfg", "nginx": "nginx.conf", "Caddy": "Caddyfile"} {
		entries[name], _ = behindProxy(b, file, f.nodes[0])
	}
	entries["HAProxy-plain"] = f.behindPlainHAProxy(b)
	type arrival struct {
		id, name string
		at       time.Time
	}
	arrived, works := make(chan arrival, 100), make(chan int, 100)
	for name, e := range entries {
		d := &device{at: e, token: tokenOf(userID.of(f.assigned(0))), works: func(change int) { works <- change }}
		d.received = func(id string) { arrived <- arrival{id, name, time.Now()} }
		go d.run(b.Context())
	}
	for range entries {
		<-works
	}
	took := map[string][]time.Duration{}
	in, out := new(portalapi.SendMessagesInput), new(portalapi.SendMessagesOutput)
	for range messages {
		id := newID()
		in.Body.Messages = []portalapi.Outgoing{{ID: id, Participant: participantID.of(0), Text: "Hello"}}
		begun := time.Now()
		check(b, direct.call(b.Context(), tokenOf(accountID.of(0)), http.MethodPost, portalapi.SendMessages.Path, in.Body, &out.Body))
		for left := len(entries); left > 0; {
			if a := <-arrived; a.id == id {
				took[a.name] = append(took[a.name], a.at.Sub(begun))
				left--
			}
		}
	}
	for name := range entries {
		b.ReportMetric(share(took[name], .5), name+"-p50-ms")
	}
}
