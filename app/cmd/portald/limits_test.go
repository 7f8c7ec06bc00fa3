package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// maxRequestCost is how much memory, in bytes, a single request may cost.
const maxRequestCost = 32 << 20

// batch is the body of a request that sends n messages with a text as JSON.
func (g *target) batch(n int, text string) string {
	var body bytes.Buffer
	for i := range n {
		fmt.Fprintf(&body, `%s{"id":%q,"participant":%q,"text":%s,"written_at":1}`, strings.Repeat(",", min(i, 1)), uuid.NewString(), g.chat, text)
	}
	return `{"messages":[` + body.String() + `]}`
}

// fill writes 400 messages of the greatest length.
func (g *target) fill(store *records.Store) error {
	text := strings.Repeat("😀", chat.MaxText)
	for range 4 {
		batch := make([]records.Outgoing, 100)
		for i := range batch {
			batch[i] = records.Outgoing{ID: uuid.NewString(), Participant: g.chat, Text: text}
		}
		if _, err := store.Send(context.Background(), records.Program, batch); err != nil {
			return err
		}
	}
	return nil
}

// request sends one request and returns the answer's status.
func (g *target) request(tb testing.TB, method, path, token, body string) int {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, "http://"+g.address+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		tb.Fatal(err)
	}
	return res.StatusCode
}

func TestNoRequestCostsMuchMemory(t *testing.T) {
	const messages, changes, session = "/api/v1/messages", "/api/v1/matters/{matter}/changes?limit=2000", "token"
	text := func(character string) string { return `"` + strings.Repeat(character, chat.MaxText) + `"` }
	for _, tt := range []struct {
		name, method, path, token string
		body                      func(*target) string
		status                    int
	}{
		{"millions of items without a session", "POST", messages, "", func(*target) string { return `{"messages":[` + strings.Repeat("{},", 2_700_000) + `{}]}` }, 401},
		{"millions of items", "POST", messages, session, func(*target) string { return `{"messages":[` + strings.Repeat("{},", 2_700_000) + `{}]}` }, 413},
		{"millions of fields", "POST", messages, session, func(*target) string { return `{"messages":[{` + strings.Repeat(`"id":"",`, 1_000_000) + `"id":""}]}` }, 413},
		{"a million levels", "POST", messages, session, func(*target) string { return strings.Repeat("[", 1_000_000) }, 413},
		{"one long text", "POST", messages, session, func(g *target) string { return g.batch(1, `"`+strings.Repeat("x", 12_000_000)+`"`) }, 413},
		{"4 MB that aren't JSON", "POST", messages, session, func(*target) string { return `"` + strings.Repeat("x", 4_100_000) }, 400},
		{"a number of 4 MB", "POST", messages, session, func(g *target) string { return g.batch(1, strings.Repeat("1", 4_000_000)) }, 400},
		{"the largest batch", "POST", messages, session, func(g *target) string { return g.batch(100, text("😀")) }, 200},
		{"the largest batch, escaped", "POST", messages, session, func(g *target) string { return g.batch(100, text(`\ud83d\ude00`)) }, 200},
		{"a sign-in", "POST", "/api/v1/sessions", "", func(*target) string { return `{"email":"lee@firm.example","password":"` + targetPassword + `"}` }, 200},
		{"a page of the longest messages", "GET", changes, session, func(*target) string { return "" }, 200},
		{"a large sign-in", "POST", "/api/v1/sessions", "", func(*target) string { return `{"email":"` + strings.Repeat("x", 8_000_000) + `"}` }, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := startTarget(t, func(g *target, store *records.Store) error {
				if tt.path == changes {
					return g.fill(store)
				}
				return nil
			})
			g.request(t, "GET", "/api/v1/firm", "", "") // what the first request costs
			token := map[string]string{session: g.user}[tt.token]
			body := tt.body(g)
			before := g.peak(t)
			if status := g.request(t, tt.method, strings.Replace(tt.path, "{matter}", g.matter, 1), token, body); status != tt.status {
				t.Errorf("answered %d", status)
			}
			if cost := g.peak(t) - before; cost > maxRequestCost {
				t.Errorf("cost %d MiB", cost>>20)
			}
		})
	}
}

// A client that begins a body and sends no more of it is disconnected, whatever it asked for.
func TestStalledBodiesAreEnded(t *testing.T) {
	t.Parallel()
	g := startTarget(t)
	for _, name := range []string{
		"GET /healthz", "GET /readyz", "GET /", "GET /nothing", "POST /", "GET /api/v1/firm", "GET /api/v1/docs", "POST /api/v1/sessions",
		"POST /api/v1/messages", "POST /api/v1/nothing", "POST /api/v1/messages with a session", "GET /api/v1/matters with a session",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, session := strings.CutSuffix(name, " with a session")
			conn := g.beginRequest(t, path, session, 1000)
			fmt.Fprint(conn, `{"a":`)
			answer, err := io.ReadAll(conn)
			if err != nil {
				t.Error(err)
			}
			if strings.Contains(string(answer), `"code":"malformed"`) || session && len(answer) > 0 && strings.HasPrefix(path, "POST") && !strings.Contains(string(answer), `"code":"slow"`) {
				t.Errorf("an app would take this for a verdict: %s", answer)
			}
		})
	}
}

// beginRequest begins an HTTP/1.1 request with a body of some bytes, none of which it sends.
func (g *target) beginRequest(tb testing.TB, methodAndPath string, session bool, length int) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", g.address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	authorization := ""
	if session {
		authorization = "Authorization: Bearer " + g.user + "\r\n"
	}
	fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n", methodAndPath, authorization, length)
	return conn
}

// A message on a slow line takes longer than a whole request without a session may take.
func TestASlowBodyThatKeepsComingIsRead(t *testing.T) {
	t.Parallel()
	g := startTarget(t)
	body := g.batch(1, `"`+strings.Repeat("hello ", 400)+`"`)
	conn := g.beginRequest(t, "POST /api/v1/messages", true, len(body))
	const pieces = 20
	pause := time.NewTicker(time.Second) // the line's speed
	defer pause.Stop()
	for i := range pieces {
		if _, err := fmt.Fprint(conn, body[i*len(body)/pieces:(i+1)*len(body)/pieces]); err != nil {
			t.Fatal(err)
		}
		<-pause.C
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
}
