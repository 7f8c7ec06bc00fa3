package portalapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"matterline/app/chat"
)

// pipes is a listener whose connections are pipes, which work with a test's own clock.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p <- far
	return near, nil
}

// A call waits longer for a longer request to arrive, and for an answer as long as parts of it arrive. It doesn't wait
// for ever.
func TestPatience(t *testing.T) {
	for _, tt := range []struct {
		name   string
		handle http.HandlerFunc
		code   chat.Code // empty: the call succeeds
	}{
		{"slow line", func(w http.ResponseWriter, r *http.Request) {
			piece := make([]byte, slowestLine)
			for {
				time.Sleep(time.Second)
				if _, err := io.ReadFull(r.Body, piece); err != nil {
					break
				}
			}
			w.Header().Set("Content-Type", "application/json")
			for _, part := range []string{`{"res`, `ults`, `":[]}`} {
				time.Sleep(answerTimeout - 5*time.Second)
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
		}, ""},
		{"no answer", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, chat.Unreachable},
		{"no end of the answer", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"results":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, chat.Unreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := make(pipes)
				server := &http.Server{Handler: tt.handle}
				go func() { _ = server.Serve(line) }()
				defer server.Close()
				defer close(line)
				c := client("http://portal.example", nil, "")
				c.http.Transport = &http.Transport{DialContext: line.dial, DisableKeepAlives: true}
				in := new(SendMessagesInput)
				in.Body.Messages = []Outgoing{{ID: "1", Text: strings.Repeat("🏡", chat.MaxText)}}
				_, err := Call(t.Context(), c, SendMessages, in)
				if (err == nil) != (tt.code == "") || err != nil && chat.CodeOf(err) != tt.code {
					t.Fatal(err)
				}
			})
		})
	}
}
