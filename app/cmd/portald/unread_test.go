package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A client that doesn't read what it asked for, on one connection, is disconnected.
func TestUnreadAnswersAreEnded(t *testing.T) {
	t.Parallel()
	g := startTarget(t, (*target).fill)
	for name, asked := range map[string]string{
		"a page of changes": fmt.Sprintf("GET /api/v1/matters/%s/changes?limit=2000 HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer %s\r\n\r\n", g.matter, g.user),
		"a file many times": strings.Repeat("GET /api/v1/openapi.json HTTP/1.1\r\nHost: portal\r\n\r\n", 1000),
		"small answers":     strings.Repeat("GET /healthz HTTP/1.1\r\nHost: portal\r\n\r\n", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", g.address)
			check(t, err)
			t.Cleanup(func() { conn.Close() })
			_, err = io.WriteString(conn, asked)
			again := time.NewTicker(time.Second)
			defer again.Stop()
			for err == nil { // a write fails once the portal has closed the connection
				<-again.C
				_, err = io.WriteString(conn, "G")
			}
		})
	}
}
