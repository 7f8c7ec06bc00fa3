package replica_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3"

	"matterline/app/chat"
	"matterline/app/replica"
)

// The measured firm: five years of a thousand matters with a thousand messages each, in three chats.
const (
	benchMatters  = 1000
	benchMessages = 1000
	benchPage     = 500
)

var benchUser = chat.User{ID: benchID("user", 0), Name: "Maya Hart"}

// benchID returns the same id in every run.
func benchID(kind string, n int) string {
	return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, kind, n)).String()
}

// vocabulary makes texts with word frequencies like a language's: the n-th word is 1/n as frequent as the first.
type vocabulary struct {
	words []string
	zipf  *rand.Zipf
}

func newVocabulary(rng *rand.Rand) *vocabulary {
	v := &vocabulary{zipf: rand.NewZipf(rng, 1.07, 4, 59_999)}
	syllables := strings.Fields("ba con der el fo gra hin is ju ka lo men nor op pre qui ra sen ti un ver wo ex yar zo al bri ce dis en")
	seen := map[string]bool{}
	for len(v.words) < 60_000 {
		// frequent words are short
		word := ""
		for range 1 + rng.IntN(1+min(4, len(v.words)/20)) {
			word += syllables[rng.IntN(len(syllables))]
		}
		if !seen[word] || len(v.words) < 30 && len(word) < 4 {
			seen[word] = true
			v.words = append(v.words, word)
		}
	}
	return v
}

// text returns a message of 105 characters on average.
func (v *vocabulary) text(rng *rand.Rand) string {
	length := 22 + rng.IntN(156)
	var b strings.Builder
	for b.Len() < length {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.words[v.zipf.Uint64()])
	}
	return b.String() + "."
}

// benchPages calls give with the pages of a matter, as a portal sends them.
func benchPages(v *vocabulary, matter, messages int, give func(chat.Changes)) {
	rng := rand.New(rand.NewPCG(4, uint64(matter)))
	v = &vocabulary{v.words, rand.NewZipf(rng, 1.07, 4, 59_999)}
	name := func() string {
		w := v.words[100+rng.IntN(2000)]
		return strings.ToUpper(w[:1]) + w[1:]
	}
	id := benchID("matter", matter)
	info := &chat.Matter{ID: id, Reference: fmt.Sprintf("2026-%04d", matter), Title: name() + ": purchase of " + name() + " Street", Type: "Conveyancing", OpenedAt: 1_600_000_000_000, Assigned: benchUser.ID, Version: 1}
	if matter%4 == 0 {
		info.Assigned = benchID("user", 1)
	}
	page := chat.Changes{Matter: id, Info: info, Version: 4, More: true, Users: []chat.User{benchUser, {ID: benchID("user", 1), Name: "Tom Reyes"}}}
	var chats []string
	for i, role := range []string{"Client", "Lender", "Agent"} {
		p := chat.Participant{ID: benchID("participant", matter*3+i), Matter: id, Name: name() + " " + name(), Role: role, Joined: true, Version: int64(2 + i)}
		page.Participants = append(page.Participants, p)
		chats = append(chats, p.ID)
	}
	// Messages are spread over five years.
	at := int64(1_600_000_000_000) + rng.Int64N(1000_000_000)
	const step = 5 * 365 * 24 * 3600 * 1000 / benchMessages
	for i := range messages {
		at += rng.Int64N(2 * step)
		page.Version++
		m := chat.Message{ID: benchID("message", matter*10_000_000+i), Participant: chats[rng.IntN(100)*rng.IntN(3)/100], Author: benchUser.ID, Text: v.text(rng), WrittenAt: at - rng.Int64N(3000), SentAt: at, Version: page.Version}
		if rng.IntN(2) == 0 {
			m.Author = m.Participant
		}
		page.Messages = append(page.Messages, m)
		if i == messages-1 && matter%10 != 0 {
			for _, p := range chats {
				page.Version++
				page.Reads = append(page.Reads, chat.Read{Participant: p, Reader: benchUser.ID, Upto: page.Version - 4, At: at, Version: page.Version})
			}
		}
		if len(page.Messages) == benchPage || i == messages-1 {
			page.More = i < messages-1
			give(page)
			page = chat.Changes{Matter: id, After: page.Version, Version: page.Version, More: true}
		}
	}
}

// benchDir returns the folder of the measured replicas: a new one for each run, or REPLICA_BENCH_DIR.
var benchDir = sync.OnceValue(func() string {
	if dir := os.Getenv("REPLICA_BENCH_DIR"); dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp("", "replica-bench")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("REPLICA_BENCH_DIR") == "" {
		os.RemoveAll(benchDir())
	}
	os.Exit(code)
}

func fail(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func benchOpen(b *testing.B, dir string) *replica.Replica {
	b.Helper()
	r, err := replica.Open(context.Background(), filepath.Join(benchDir(), dir), benchUser, time.Now)
	fail(b, err)
	return r
}

// filled opens the replica with all messages, which BenchmarkCatchUp creates.
func filled(b *testing.B) *replica.Replica {
	b.Helper()
	if _, err := os.Stat(filepath.Join(benchDir(), "full")); err != nil {
		b.Skip("run with CatchUp first")
	}
	r := benchOpen(b, "full")
	b.Cleanup(func() { fail(b, r.Close()) })
	return r
}

func fullVocabulary() *vocabulary { return newVocabulary(rand.New(rand.NewPCG(4, 4))) }

// bare opens a copy without the replica.
func bare(b *testing.B, dir string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(benchDir(), dir, "copy.db")+"?_journal_mode=WAL&_synchronous=NORMAL&_cache_size=-16000")
	fail(b, err)
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { fail(b, db.Close()) })
	return db
}

// BenchmarkCatchUp applies all messages to an empty replica, page by page. For comparison it writes each page into the
// same tables with prepared statements.
func BenchmarkCatchUp(b *testing.B) {
	fail(b, os.RemoveAll(filepath.Join(benchDir(), "full")))
	fail(b, os.RemoveAll(filepath.Join(benchDir(), "bare")))
	fail(b, benchOpen(b, "bare").Close()) // creates the tables
	db := bare(b, "bare")
	for _, pragma := range []string{"wal_autocheckpoint = 8000", "temp_store = MEMORY"} {
		_, err := db.Exec("PRAGMA " + pragma)
		fail(b, err)
	}
	insertMessage, err := db.Prepare(`INSERT INTO messages (n, id, chat, author, text, written_at, sent_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	fail(b, err)
	insertWords, err := db.Prepare(`INSERT INTO found (rowid, words) VALUES (?, ?)`)
	fail(b, err)
	r := benchOpen(b, "full")
	v := fullVocabulary()
	var ours, theirs time.Duration
	n, chats, texts := int64(0), map[string]int64{}, 0
	for b.Loop() {
		for matter := range benchMatters {
			benchPages(v, matter, benchMessages, func(page chat.Changes) {
				lines := make([]string, len(page.Messages))
				ids := make([][]byte, len(page.Messages))
				for i, m := range page.Messages {
					lines[i] = replica.Indexed(m.Text)
					id := uuid.MustParse(m.ID)
					ids[i] = id[:]
					texts += len(m.Text)
					if chats[m.Participant] == 0 {
						chats[m.Participant] = int64(len(chats) + 1)
					}
				}
				theirs += timed(func() {
					tx, err := db.Begin()
					fail(b, err)
					message, words := tx.Stmt(insertMessage), tx.Stmt(insertWords)
					for i, m := range page.Messages {
						n++
						_, err := message.Exec(n, ids[i], chats[m.Participant], 1, m.Text, m.WrittenAt, m.SentAt, m.Version)
						fail(b, err)
						_, err = words.Exec(replica.IndexRow(m.SentAt, n), lines[i])
						fail(b, err)
					}
					fail(b, tx.Commit())
				})
				ours += timed(func() { fail(b, r.Apply(context.Background(), page)) })
			})
		}
	}
	_, err = r.MarkComplete(context.Background())
	fail(b, err)
	fail(b, r.Close())
	var bytes int64
	names, err := filepath.Glob(filepath.Join(benchDir(), "full", "*"))
	fail(b, err)
	for _, name := range names {
		info, err := os.Stat(name)
		fail(b, err)
		bytes += info.Size()
	}
	b.ReportMetric(float64(n)/ours.Seconds(), "messages/s")
	b.ReportMetric(float64(n)/theirs.Seconds(), "bare-messages/s")
	b.ReportMetric(float64(bytes)/float64(n), "B/message")
	b.ReportMetric(float64(texts)/float64(n), "characters/message")
}

func timed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

// quantiles reports the median and the 99th percentile.
func quantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkChat opens the newest 50 messages of a chat. For comparison it runs a bare query for them, in turn.
func BenchmarkChat(b *testing.B) {
	r := filled(b)
	db := bare(b, "full")
	query, err := db.Prepare(`SELECT m.id, u.id, u.name, m.text, m.written_at, m.sent_at, m.version FROM messages m LEFT JOIN users u ON u.n = m.author
		WHERE m.chat = (SELECT n FROM participants WHERE id = ?) ORDER BY m.version DESC LIMIT 50`)
	fail(b, err)
	rng := rand.New(rand.NewPCG(1, 1))
	var ours, theirs []time.Duration
	for b.Loop() {
		chat := benchID("participant", 3*rng.IntN(50))
		id := uuid.MustParse(chat)
		open := func() {
			c, err := r.Chat(context.Background(), chat, 0)
			if fail(b, err); len(c.Messages) != 50 {
				b.Fatalf("%d messages", len(c.Messages))
			}
		}
		ask := func() {
			rows, err := query.Query(id[:])
			fail(b, err)
			var all []replica.Message
			for rows.Next() {
				var m replica.Message
				var id, author []byte
				var name *string
				fail(b, rows.Scan(&id, &author, &name, &m.Text, &m.WrittenAt, &m.SentAt, &m.Version))
				all = append(all, m)
			}
			if fail(b, rows.Close()); len(all) != 50 {
				b.Fatalf("%d messages", len(all))
			}
		}
		if open(); len(ours) == 0 {
			ask()
		}
		theirs = append(theirs, timed(ask))
		ours = append(ours, timed(open))
	}
	b.ReportMetric(mean(ours), "µs")
	b.ReportMetric(mean(theirs), "bare-µs")
	b.ReportMetric(0, "ns/op")
}

// mean returns the mean of the middle half, in µs.
func mean(took []time.Duration) float64 {
	slices.Sort(took)
	took = took[len(took)/4 : len(took)-len(took)/4]
	var sum time.Duration
	for _, t := range took {
		sum += t
	}
	return float64(sum.Nanoseconds()) / 1000 / float64(len(took))
}

// BenchmarkSearch searches like a person typing: a prefix is any number of a word's first letters. It takes the median
// of three runs, so that the 99th percentile shows a slow word and not a busy computer.
func BenchmarkSearch(b *testing.B) {
	r := filled(b)
	v := fullVocabulary()
	rng := rand.New(rand.NewPCG(2, 2))
	common := func() string { return v.words[rng.IntN(20)] }
	middling := func() string { return v.words[200+rng.IntN(800)] }
	rare := func() string { return v.words[20_000+rng.IntN(30_000)] }
	any := func() string { return v.words[int(math.Exp(rng.Float64()*math.Log(50_000)))] }
	for _, kind := range []struct {
		name  string
		typed func() string
	}{
		{"rare", func() string { return rare() + " " }},
		{"middling", func() string { return middling() + " " }},
		{"common", func() string { return common() + " " }},
		{"prefix", func() string { w := any(); return w[:1+rng.IntN(len(w))] }},
		{"two", func() string {
			first, second := any(), any()
			return first + " " + second[:1+rng.IntN(len(second))]
		}},
		{"phrase", func() string { return `"` + common() + " " + middling() + `"` }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				typed, three := kind.typed(), make([]time.Duration, 3)
				for i := range three {
					three[i] = timed(func() {
						_, err := r.Search(context.Background(), typed)
						fail(b, err)
					})
				}
				slices.Sort(three)
				if took = append(took, three[1]); three[1] > 25*time.Millisecond {
					b.Logf("%q: %v", typed, three)
				}
			}
			quantiles(b, took)
		})
	}
}

// BenchmarkMatters lists all matters.
func BenchmarkMatters(b *testing.B) {
	r := filled(b)
	var took []time.Duration
	for b.Loop() {
		took = append(took, timed(func() {
			rows, err := r.Matters(context.Background())
			if fail(b, err); len(rows) != benchMatters {
				b.Fatalf("%d matters", len(rows))
			}
		}))
	}
	quantiles(b, took)
}

// BenchmarkStart measures the start of the app until the list and the newest chat are read. For comparison it does the
// same with a thousandth of the messages, in turn.
func BenchmarkStart(b *testing.B) {
	fail(b, filled(b).Close())
	if _, err := os.Stat(filepath.Join(benchDir(), "small")); err != nil {
		r := benchOpen(b, "small")
		v := fullVocabulary()
		for matter := range benchMatters {
			benchPages(v, matter, 1, func(page chat.Changes) { fail(b, r.Apply(context.Background(), page)) })
		}
		fail(b, r.Close())
	}
	start := func(dir string) time.Duration {
		var r *replica.Replica
		took := timed(func() {
			r = benchOpen(b, dir)
			rows, err := r.Matters(context.Background())
			fail(b, err)
			m, err := r.Matter(context.Background(), rows[0].ID)
			fail(b, err)
			_, err = r.Chat(context.Background(), m.Participants[0].ID, 0)
			fail(b, err)
		})
		fail(b, r.Close())
		return took
	}
	var full, small []time.Duration
	for b.Loop() {
		small = append(small, start("small"))
		full = append(full, start("full"))
	}
	b.ReportMetric(mean(full)/1000, "ms")
	b.ReportMetric(mean(small)/1000, "small-ms")
	b.ReportMetric(0, "ns/op")
}
