package portal_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"matterline/app/portal"
)

// answering serves a handler over TCP, and returns a client that has asked for /, and the end of the connection at the
// server.
func answering(t *testing.T, handler http.HandlerFunc) (client net.Conn, ended <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	server := portal.NewServer(handler)
	closed := make(chan struct{})
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	client, err = net.Dial("tcp", listener.Addr().String())
	check(t, err)
	t.Cleanup(func() { client.Close() })
	_, err = io.WriteString(client, askForRoot)
	check(t, err)
	return client, closed
}

const askForRoot = "GET / HTTP/1.1\r\nHost: portal\r\n\r\n"

// A client that doesn't read its answer, or one of many, is disconnected.
func TestUnreadAnswerIsEnded(t *testing.T) {
	t.Cleanup(portal.SetPieceTimeout(100 * time.Millisecond))
	large := bytes.Repeat([]byte("x"), 16<<20)
	for name, handler := range map[string]http.HandlerFunc{
		"AtOnce": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large) },
		"File": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "x.js", time.Time{}, bytes.NewReader(large))
		},
		"InLines": func(w http.ResponseWriter, _ *http.Request) {
			for err := error(nil); err == nil; {
				_, err = w.Write(large[:80])
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, ended := answering(t, handler)
			<-ended
		})
	}
	t.Run("ManySmall", func(t *testing.T) {
		client, ended := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large[:1000]) })
		for err := error(nil); err == nil; {
			_, err = io.WriteString(client, strings.Repeat(askForRoot, 100))
		}
		<-ended
	})
}

// An answer may take many times longer than the limit for a piece.
func TestSlowlyReadAnswerArrives(t *testing.T) {
	t.Cleanup(portal.SetPieceTimeout(2 * time.Second))
	const size, step = 5 << 20, 64 << 10 // bytes
	client, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), size)) })
	check(t, client.(*net.TCPConn).SetReadBuffer(4*step)) // or the client's system keeps most of the answer
	pause := time.NewTicker(100 * time.Millisecond)       // the line's speed
	defer pause.Stop()
	for got := int64(0); got < size; {
		n, err := io.CopyN(io.Discard, client, step)
		if got += n; err != nil {
			t.Fatalf("after %d bytes: %v", got, err)
		}
		<-pause.C
	}
}
