package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
)

// attack is one way to abuse a portal. Each of its attackers repeats it, with a pause, until the benchmark has enough
// measurements: the attackers share the computer with the portal and must not use up its cores themselves.
type attack struct {
	name      string
	attackers int
	pause     time.Duration
	repeat    func(context.Context, *target) (status int)
}

func attacks(tb testing.TB, g *target) []attack {
	items := `{"messages":[` + strings.Repeat("{},", 2_700_000) + `{}]}`
	batch := g.batch(100, `"`+strings.Repeat(`\ud83d\ude00`, chat.MaxText)+`"`)
	return []attack{
		{"no attack", 0, 0, nil},
		{"2.7 million items without a session", 4, 50 * time.Millisecond, func(ctx context.Context, g *target) int {
			return g.try(ctx, "/api/v1/messages", "", items)
		}},
		{"2.7 million items from a participant", 4, 50 * time.Millisecond, func(ctx context.Context, g *target) int {
			return g.try(ctx, "/api/v1/messages", g.person, items)
		}},
		{"the largest batches from a participant", 4, 50 * time.Millisecond, func(ctx context.Context, g *target) int {
			return g.try(ctx, "/api/v1/messages", g.person, batch)
		}},
		{"40 parallel sign-ins from everywhere", 40, 100 * time.Millisecond, func(ctx context.Context, g *target) int {
			return g.try(ctx, "/api/v1/sessions", "", fmt.Sprintf(`{"email":"%d@firm.example","password":"a guess at it"}`, rand.Int64()))
		}},
		{"500 slow bodies", 500, 0, func(ctx context.Context, g *target) int { return g.stall(ctx) }},
		{"a flood of messages from a participant", 4, 10 * time.Millisecond, func(ctx context.Context, g *target) int {
			return g.try(ctx, "/api/v1/messages", g.person, g.batch(100, `"hello"`))
		}},
	}
}

// connections are the attackers' own. They stay open, so that opening them doesn't take the computer's time.
var connections = &http.Transport{MaxIdleConnsPerHost: 64}

// try sends a request from a new address and returns the answer's status, or 0 if there was none.
func (g *target) try(ctx context.Context, path, token, body string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+g.address+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rand.N(256), rand.N(256), rand.N(256)))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := connections.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// stall begins a body and waits until the portal ends the connection.
func (g *target) stall(ctx context.Context) int {
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		return 0
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	fmt.Fprintf(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// innocent makes the requests of a user at work, one after the other, and returns how long 99 % of them take at most.
func (g *target) innocent(tb testing.TB) time.Duration {
	const requests, pause = 1200, 4 * time.Millisecond
	took := make([]time.Duration, 0, requests)
	for i := range requests {
		start := time.Now()
		var status int
		switch i % 3 {
		case 0:
			status = g.request(tb, "GET", "/api/v1/matters", g.user, "")
		case 1:
			status = g.request(tb, "GET", "/api/v1/matters/"+g.matter+"/changes?limit=50", g.user, "")
		case 2:
			status = g.request(tb, "POST", "/api/v1/messages", g.user, g.batch(1, `"hello"`))
		}
		took = append(took, time.Since(start))
		if status != http.StatusOK {
			tb.Fatalf("an innocent request got %d", status)
		}
		time.Sleep(pause)
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// BenchmarkAbuse measures what attacks cost the portal and the people who use it at the same time. Run it with
// -benchtime 1x.
func BenchmarkAbuse(b *testing.B) {
	for i, a := range attacks(b, new(target)) {
		b.Run(strings.ReplaceAll(a.name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				g := startTarget(b)
				a := attacks(b, g)[i]
				quiet := g.innocent(b)
				ctx, end := context.WithCancel(b.Context())
				var all sync.WaitGroup
				var mu sync.Mutex
				answers := map[int]int{}
				for range a.attackers {
					all.Go(func() {
						for ctx.Err() == nil {
							status := a.repeat(ctx, g)
							mu.Lock()
							answers[status]++
							mu.Unlock()
							select {
							case <-ctx.Done():
							case <-time.After(a.pause):
							}
						}
					})
				}
				attacked := g.innocent(b)
				end()
				all.Wait()
				b.Log("answers by status: ", answers)
				b.ReportMetric(float64(g.peak(b))/(1<<20), "peak-MiB")
				b.ReportMetric(float64(attacked.Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(quiet.Microseconds())/1000, "quiet-p99-ms")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
