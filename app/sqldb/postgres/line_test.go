package postgres_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
)

// After a failover or behind a firewall, all open connections may lead nowhere without being closed. New ones work.
func TestConnectionsThatLeadNowhereAreReplaced(t *testing.T) {
	defer postgres.SetTrustTime(0)()
	server, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	line := newLine(t, server.Host)
	defer line.close() // before the database: it waits for connections that it closes
	server.Host = line.Addr().String()
	db := open(t, server.String())
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	const connections = 3
	var all, begun sync.WaitGroup
	begun.Add(connections)
	for range connections {
		all.Go(func() {
			if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
				err := tx.Exec(`SELECT 1`)
				begun.Done()
				begun.Wait()
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	line.cut()
	if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { return tx.Exec(`INSERT INTO t (a) VALUES ('x')`) }); err != nil {
		t.Error(err)
	}
}

// line is a network between PostgreSQL and its clients.
type line struct {
	net.Listener
	mu    sync.Mutex
	dead  map[net.Conn]struct{}
	conns []net.Conn
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Listener: listener, dead: map[net.Conn]struct{}{}}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, client, to)
			l.mu.Unlock()
			go l.carry(client, to)
			go l.carry(to, client)
		}
	}()
	return l
}

func (l *line) close() {
	l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.Close()
	}
}

// cut makes the open connections lead nowhere: neither end learns that the other is gone.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		l.dead[c] = struct{}{}
	}
}

func (l *line) carry(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		_, dead := l.dead[from]
		l.mu.Unlock()
		if dead {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			from.Close()
			to.Close()
			return
		}
	}
}
