package portal_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// BenchmarkAdmin measures what an admin's device costs in a firm of 10,000 matters: the bytes of the heads, whole and for
// a device that was away for 0 or 100 changes, by a plain request and at the start of a stream, and the memory of an open
// stream.
func BenchmarkAdmin(b *testing.B) {
	const matters, streams = 10_000, 20
	o := newOffice(b, engines[0].open(b), 1)
	ctx := context.Background()
	rows := make([]records.ImportRow, matters-1)
	for i := range rows {
		rows[i] = records.ImportRow{Line: i + 1, Reference: fmt.Sprint("import ", i), Title: "Matter", Type: "Sale", Assigned: "user0", Participant: "Person", Role: "Client"}
	}
	_, problems, err := o.store.Import(ctx, rows, false)
	fail(b, err)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	account, err := o.store.AddAccount(ctx, records.Account{Email: "admin", Name: "Admin", User: true, Admin: true})
	fail(b, err)
	admin := chat.Caller{Account: account, User: true, Admin: true}
	token, err := o.store.StartSession(ctx, account, chat.Origin{})
	fail(b, err)

	ask := func(ctx context.Context, path, known string) io.ReadCloser {
		req, err := http.NewRequestWithContext(ctx, "GET", o.URL+portalapi.Prefix+path, nil)
		fail(b, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Accept-Encoding", "gzip") // and leave it compressed
		if known != "" {
			req.Header.Set(portalapi.KnownHeader, known)
		}
		res, err := http.DefaultClient.Do(req)
		fail(b, err)
		return res.Body
	}
	knownNow := func() string {
		out, err := portalapi.Call(ctx, portalapi.NewClient(o.URL, token), portalapi.Matters, &portalapi.MattersInput{})
		fail(b, err)
		return out.Body.Known()
	}
	open := func(ctx context.Context, known string) (size int) {
		lines := bufio.NewReader(ask(ctx, "/live", known))
		for range 3 {
			line, err := lines.ReadString('\n')
			fail(b, err)
			size += len(line)
		}
		return size
	}
	for _, tt := range []struct {
		name    string
		known   bool
		changes int
	}{{"whole", false, 0}, {"known", true, 0}, {"known-100-changed", true, 100}} {
		b.Run(tt.name, func(b *testing.B) {
			known := ""
			if tt.known {
				known = knownNow()
			}
			heads, err := o.store.Heads(ctx, admin)
			fail(b, err)
			for i := range tt.changes {
				fail(b, o.store.SetClosed(ctx, admin, heads[i*len(heads)/tt.changes].Matter, true))
			}
			answer := ask(ctx, "/matters", known)
			plain, err := io.Copy(io.Discard, answer)
			fail(b, err)
			answer.Close()
			stream := 0
			for b.Loop() {
				streaming, cancel := context.WithCancel(ctx)
				stream = open(streaming, known)
				cancel()
			}
			b.ReportMetric(float64(plain), "plain-B")
			b.ReportMetric(float64(stream), "stream-B")
		})
	}
	b.Run("memory", func(b *testing.B) {
		if b.N > 1 {
			return // open streams can't be opened again
		}
		before := heap()
		for range streams {
			open(ctx, "")
		}
		b.ReportMetric(float64(heap()-before)/streams, "heap-B/stream")
		b.ReportMetric(0, "ns/op")
	})
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
