package pgtest

import (
	"strings"
	"sync"
	"testing"
)

// Template is a database that is filled once, and then copied for each test that needs it.
type Template struct {
	// Fill fills the empty database at an address, and closes it.
	Fill func(url string) error

	once sync.Once
	name string
	err  error
}

// URL returns the address of a new copy on the server that all tests share. It ends with the test.
func (t *Template) URL(tb testing.TB) string {
	tb.Helper()
	server := sharedServer(tb)
	t.once.Do(func() {
		t.name = server.newDatabase(tb, "template1")
		t.err = t.Fill(server.address(t.name))
	})
	if t.err != nil {
		tb.Fatalf("fill PostgreSQL: %v", t.err)
	}
	return server.forTest(tb, t.name)
}

// Copy returns the address of a new database with the contents of another, which no program may have open. It ends with
// the test.
func Copy(tb testing.TB, url string) string {
	tb.Helper()
	server := sharedServer(tb)
	return server.forTest(tb, server.database(url))
}

// PutBack replaces a database with a copy of another, which no program may have open. Programs that have the replaced
// one open lose their connections, as when a server fails and an older state of it takes over.
func PutBack(tb testing.TB, url, copied string) {
	tb.Helper()
	server := sharedServer(tb)
	name := server.database(url)
	server.exec(tb, "DROP DATABASE "+name+" WITH (FORCE)", "CREATE DATABASE "+name+" TEMPLATE "+server.database(copied))
}

func (s *Server) database(url string) string { return strings.TrimPrefix(url, s.address("")) }
