package portal_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
)

// benchText is a message of typical length.
const benchText = "The bank says the funds will be released on Thursday morning. Does that leave us enough time, do you think?"

// engines are the databases that the portal supports.
var engines = []struct {
	name string
	open func(testing.TB) *sqldb.DB
}{
	{"sqlite", func(tb testing.TB) *sqldb.DB {
		db, err := sqlite.Open(filepath.Join(tb.TempDir(), "portal.db"))
		fail(tb, err)
		return db
	}},
	{"postgres", func(tb testing.TB) *sqldb.DB {
		db, err := postgres.Open(context.Background(), pgtest.URL(tb), 0)
		fail(tb, err)
		return db
	}},
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// newID makes an id the way devices do.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

func fail(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// office is a portal under load: matters, each with an assigned user and one participant.
type office struct {
	*httptest.Server
	store *records.Store
	desks []desk
	// sent is how many bytes the portal has written.
	sent *atomic.Int64
}

// counting counts the bytes written to a listener's connections.
type counting struct {
	net.Listener
	sent *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.sent}, err
}

type countingConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// desk is one matter with the two people who talk in it.
type desk struct {
	matter, chat      string
	user, participant *portalapi.Client
	// The tokens are for benchmarks that make raw HTTP requests.
	userToken, participantToken string
}

func newOffice(b *testing.B, db *sqldb.DB, matters int) *office {
	b.Helper()
	b.Cleanup(portal.SetSendRate(1<<40, time.Second)) // the benchmarks measure the portal, not its limit
	ctx := context.Background()
	store, err := records.Open(ctx, db, time.Now)
	fail(b, err)
	o := &office{store: store, Server: httptest.NewUnstartedServer(portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler))), sent: new(atomic.Int64)}
	o.Listener = counting{o.Listener, o.sent}
	o.Start()
	b.Cleanup(func() {
		o.CloseClientConnections()
		o.Close()
		store.Close()
	})
	signIn := func(name string, user bool) (id, token string) {
		id, err := store.AddAccount(ctx, records.Account{Email: name, Name: name, User: user})
		fail(b, err)
		token, err = store.StartSession(ctx, id, chat.Origin{})
		fail(b, err)
		return id, token
	}
	for i := range matters {
		user, userToken := signIn(fmt.Sprint("user", i), true)
		person, personToken := signIn(fmt.Sprint("person", i), false)
		d := desk{user: portalapi.NewClient(o.URL, userToken), participant: portalapi.NewClient(o.URL, personToken), userToken: userToken, participantToken: personToken}
		d.matter, err = store.AddMatter(ctx, chat.Matter{Reference: fmt.Sprint(i), Title: "Matter", Assigned: user})
		fail(b, err)
		d.chat, err = store.AddParticipant(ctx, chat.Participant{Matter: d.matter, Name: "Person", Role: "Client"}, person)
		fail(b, err)
		o.desks = append(o.desks, d)
	}
	return o
}

func (d desk) send(ctx context.Context, id string) error {
	in := &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{ID: id, Participant: d.chat, Text: benchText, WrittenAt: 1}}
	out, err := portalapi.Call(ctx, d.participant, portalapi.SendMessages, in)
	if err == nil && out.Body.Results[0].Error != nil {
		err = out.Body.Results[0].Error
	}
	return err
}

// follow passes the ids of a user's new messages to received, and calls opened when the stream is open.
func follow(ctx context.Context, c *portalapi.Client, opened func(), received func(id string)) {
	_ = c.Follow(ctx, func(ev portalapi.Event) error { // it ends with ctx
		switch {
		case ev.Heads != nil:
			opened()
		case ev.Changes != nil:
			for _, m := range ev.Changes.Messages {
				received(m.ID)
			}
		}
		return nil
	})
}

// report reports the median and the slow end of the measurements.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	micros := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Nanoseconds()) / 1000
	}
	b.ReportMetric(micros(.5), "p50-µs")
	b.ReportMetric(micros(.99), "p99-µs")
	b.ReportMetric(0, "ns/op")
}

// bareEcho is an HTTP server that writes a request durably to disk and returns it: the minimum that any portal
// must do.
func bareEcho(b *testing.B) string {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	fail(b, err)
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fail(b, err)
		mu.Lock()
		defer mu.Unlock()
		if _, err := file.Write(body); err != nil {
			b.Error(err)
		}
		if err := file.Sync(); err != nil {
			b.Error(err)
		}
		_, _ = w.Write(body)
	}))
	b.Cleanup(func() {
		server.Close()
		file.Close()
	})
	return server.URL
}

func post(b *testing.B, url string, body []byte) {
	res, err := http.Post(url, "application/json", bytes.NewReader(body))
	fail(b, err)
	_, err = io.Copy(io.Discard, res.Body)
	fail(b, err)
	res.Body.Close()
}

// BenchmarkReceived measures the time from sending a message until another live client has it.
func BenchmarkReceived(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		url := bareEcho(b)
		var took []time.Duration
		for b.Loop() {
			start := time.Now()
			post(b, url, []byte(benchText))
			took = append(took, time.Since(start))
		}
		report(b, took)
	})
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			o := newOffice(b, engine.open(b), 1)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var sending sync.WaitGroup
			defer sending.Wait() // before cancel: an answer may come later than the message
			opened, received := make(chan struct{}), make(chan string, 1)
			go follow(ctx, o.desks[0].user, func() { close(opened) }, func(id string) { received <- id })
			<-opened
			var took []time.Duration
			for b.Loop() {
				id := newID()
				start := time.Now()
				sending.Go(func() { fail(b, o.desks[0].send(ctx, id)) })
				if got := <-received; got != id {
					b.Fatalf("received %s, want %s", got, id)
				}
				took = append(took, time.Since(start))
			}
			report(b, took)
		})
	}
}

// BenchmarkSenders measures how many messages a second 16 concurrent senders can durably send.
func BenchmarkSenders(b *testing.B) {
	const senders = 16
	run := func(b *testing.B, send func(sender int)) {
		b.Helper()
		var left atomic.Int64
		left.Store(int64(b.N))
		var all sync.WaitGroup
		b.ResetTimer()
		for i := range senders {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					send(i)
				}
			})
		}
		all.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		b.ReportMetric(0, "ns/op")
	}
	b.Run("bare", func(b *testing.B) {
		url := bareBatchedInsert(b)
		body, err := json.Marshal(map[string]string{"text": benchText})
		fail(b, err)
		run(b, func(int) { post(b, url, body) })
	})
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			o := newOffice(b, engine.open(b), senders)
			run(b, func(sender int) { fail(b, o.desks[sender].send(context.Background(), newID())) })
			if commits, transactions := o.store.CommitCounts(); commits > 0 {
				b.ReportMetric(float64(transactions)/float64(commits), "messages/commit")
			}
		})
	}
}

// bareBatchedInsert is a plain batched SQLite insert behind HTTP: everything that waits goes into one durable
// transaction.
func bareBatchedInsert(b *testing.B) string {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_stmt_cache_size=8")
	fail(b, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE messages (id TEXT PRIMARY KEY, text TEXT NOT NULL)`)
	fail(b, err)
	type job struct {
		text string
		done chan struct{}
	}
	jobs := make(chan job, 64)
	go func() {
		for first := range jobs {
			batch := []job{first}
			for len(jobs) > 0 {
				batch = append(batch, <-jobs)
			}
			tx, err := db.Begin()
			fail(b, err)
			for _, j := range batch {
				_, err := tx.Exec(`INSERT INTO messages VALUES (?, ?)`, newID(), j.text)
				fail(b, err)
			}
			fail(b, tx.Commit())
			for _, j := range batch {
				close(j.done)
			}
		}
	}()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Text string }
		fail(b, json.NewDecoder(r.Body).Decode(&in))
		j := job{in.Text, make(chan struct{})}
		jobs <- j
		<-j.done
		fail(b, json.NewEncoder(w).Encode(in))
	}))
	b.Cleanup(func() {
		server.Close()
		close(jobs)
		db.Close()
	})
	return server.URL
}

// BenchmarkCatchUp measures how many messages a second a new client receives, and in how many bytes.
func BenchmarkCatchUp(b *testing.B) {
	const messages = 100_000
	b.Run("bare", func(b *testing.B) {
		bareRead(b, messages)
		b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
		b.ReportMetric(0, "ns/op")
	})
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			o := newOffice(b, engine.open(b), 1)
			d := o.desks[0]
			ctx := context.Background()
			user := chat.Caller{Account: "program", User: true, Admin: true}
			for range messages / 1000 {
				batch := make([]records.Outgoing, 1000)
				for i := range batch {
					batch[i] = records.Outgoing{ID: newID(), Participant: d.chat, Text: benchText}
				}
				_, err := o.store.Send(ctx, user, batch)
				fail(b, err)
			}
			o.sent.Store(0)
			for b.Loop() {
				got, after := 0, int64(0)
				for more := true; more; {
					page, err := portalapi.Call(ctx, d.user, portalapi.Changes, &portalapi.ChangesInput{Matter: d.matter, After: after, Limit: 2000})
					fail(b, err)
					got += len(page.Body.Messages)
					after, more = page.Body.Version, page.Body.More
				}
				if got != messages {
					b.Fatalf("%d messages", got)
				}
			}
			b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric(float64(o.sent.Load())/float64(messages*b.N), "wire-B/message")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// bareRead reads the same number of rows from SQLite and discards them.
func bareRead(b *testing.B, messages int) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db"))
	fail(b, err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE messages (id TEXT PRIMARY KEY, participant TEXT, author TEXT, text TEXT, written_at INTEGER, sent_at INTEGER, version INTEGER)`)
	fail(b, err)
	tx, err := db.Begin()
	fail(b, err)
	for i := range messages {
		_, err := tx.Exec(`INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)`, newID(), newID(), newID(), benchText, i, i, i)
		fail(b, err)
	}
	fail(b, tx.Commit())
	for b.Loop() {
		rows, err := db.Query(`SELECT * FROM messages`)
		fail(b, err)
		var m chat.Message
		for rows.Next() {
			fail(b, rows.Scan(&m.ID, &m.Participant, &m.Author, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version))
		}
		fail(b, rows.Err())
	}
}

// BenchmarkStreams measures how long a message takes to reach its recipient while 2,000 live streams are open and
// 100 messages a second arrive, and how much memory a stream costs the portal.
func BenchmarkStreams(b *testing.B) {
	const streams, pause = 2000, 10 * time.Millisecond
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			o := newOffice(b, engine.open(b), streams/2)
			before := memory()
			var all []net.Conn
			for _, d := range o.desks {
				all = append(all, o.openStream(b, d.userToken), o.openStream(b, d.participantToken))
			}
			each := float64(memory()-before) / streams / 1024
			received := make(chan string, 100)
			for i, conn := range all {
				if i%2 == 0 { // the participants write and the users receive
					go listen(conn, received)
				} else {
					go listen(conn, nil)
				}
			}

			var mu sync.Mutex
			begun := map[string]time.Time{}
			took := make(chan time.Duration, 100)
			go func() {
				for id := range received {
					mu.Lock()
					took <- time.Since(begun[id])
					mu.Unlock()
				}
			}()
			go func() {
				ticker := time.NewTicker(pause)
				defer ticker.Stop()
				for i := range b.N {
					<-ticker.C
					go func() {
						id := newID()
						mu.Lock()
						begun[id] = time.Now()
						mu.Unlock()
						fail(b, o.desks[i%len(o.desks)].send(context.Background(), id))
					}()
				}
			}()
			times := make([]time.Duration, 0, b.N)
			for range b.N {
				times = append(times, <-took)
			}
			report(b, times)
			b.ReportMetric(each, "KiB/stream")
		})
	}
}

// memory is the memory that the program uses.
func memory() uint64 {
	for range 3 { // stacks shrink by half each time
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

var firstMessage = regexp.MustCompile(`"messages":\[\{"id":"([^"]+)"`)

// openStream opens a live stream with a raw request and waits until it is established. A full client would use more
// memory than the portal's side, which is what the benchmark measures.
func (o *office) openStream(b *testing.B, token string) net.Conn {
	conn, err := net.Dial("tcp", o.Listener.Addr().String())
	fail(b, err)
	b.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer %s\r\n\r\n", portalapi.Prefix+portalapi.Live.Path, token)
	fail(b, err)
	var answer []byte
	for buffer := make([]byte, 4096); !bytes.Contains(answer, []byte("event: heads")); {
		n, err := conn.Read(buffer)
		fail(b, err)
		answer = append(answer, buffer[:n]...)
	}
	return conn
}

// listen passes on the ids of the messages that arrive.
func listen(conn net.Conn, received chan<- string) {
	lines := bufio.NewReaderSize(conn, 1024)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return // the benchmark is over
		}
		if id := firstMessage.FindSubmatch(line); id != nil && received != nil {
			received <- string(id[1])
		}
	}
}
