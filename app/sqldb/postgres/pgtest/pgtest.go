// Package pgtest starts a real PostgreSQL server for tests: the one that Debian installs, on the loopback address,
// with a temporary data folder.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is the server of a test program. Run stops it.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

var databases atomic.Int64

// Main runs a package's tests, stops the server if a test started it, and exits. Call it from TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main without the exit, for a TestMain with more to do.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.close()
	}
	return code
}

// URL returns the address of a new, empty database on the server that all tests share. It ends with the test.
func URL(tb testing.TB) string {
	tb.Helper()
	return sharedServer(tb).forTest(tb, "template1")
}

func sharedServer(tb testing.TB) *Server {
	tb.Helper()
	// It needn't survive a power failure.
	shared.once.Do(func() { shared.server, shared.err = newServer("fsync=off") })
	if shared.err != nil {
		tb.Fatalf("PostgreSQL: %v", shared.err)
	}
	return shared.server
}

// forTest returns the address of a new copy of a template, which ends with the test.
func (s *Server) forTest(tb testing.TB, template string) string {
	tb.Helper()
	name := s.newDatabase(tb, template)
	tb.Cleanup(func() { s.exec(tb, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return s.address(name)
}

// Server is a PostgreSQL server of its own, for a test that stops it or changes its settings.
type Server struct {
	bin, dir, port string
	settings       []string
	attributes     *syscall.SysProcAttr
	ended          chan struct{} // closed when the process has ended
	process        *exec.Cmd
}

// NewServer starts a server with settings such as "shared_buffers=64MB", which ends with the test.
func NewServer(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s, err := newServer(settings...)
	if err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
	tb.Cleanup(s.close)
	return s
}

func newServer(settings ...string) (*Server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("not installed: run apt-get install postgresql")
	}
	s := &Server{bin: found[len(found)-1], settings: append([]string{"shared_buffers=64MB", "max_connections=300"}, settings...)}
	if s.dir, err = os.MkdirTemp("", "matterline-postgres-"); err != nil {
		return nil, err
	}
	if s.attributes, err = processAttributes(s.dir); err != nil {
		return nil, err
	}
	initdb := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	return s, s.start()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.SysProcAttr = s.attributes
	cmd.Dir = s.dir
	return cmd
}

func (s *Server) start() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", s.data(), "-h", "127.0.0.1", "-p", s.port, "-k", s.dir}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	s.process = s.command("postgres", args...)
	s.process.Stderr = log
	if err := s.run(); err != nil {
		return err
	}
	return waitUntilReady(s.address("postgres"))
}

// run starts the process, and keeps the thread that started it until it ends: the process would end with the thread.
func (s *Server) run() error {
	started := make(chan error)
	s.ended = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.process.Start()
		started <- err
		if err == nil {
			_ = s.process.Wait()
		}
		close(s.ended)
	}()
	return <-started
}

// Start starts the server again after Stop, and waits until it accepts connections.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	if err := s.start(); err != nil {
		tb.Fatalf("PostgreSQL: %v", err)
	}
}

// Stop shuts the server down. It disconnects all clients.
func (s *Server) Stop() {
	_ = s.process.Process.Signal(syscall.SIGINT) // a fast shutdown: it doesn't wait for clients
	<-s.ended
}

func (s *Server) close() {
	s.Stop()
	_ = os.RemoveAll(s.dir)
}

// PID is the id of the server's first process, whose children serve the connections.
func (s *Server) PID() int { return s.process.Process.Pid }

func (s *Server) address(database string) string {
	return "postgres://postgres@127.0.0.1:" + s.port + "/" + database
}

// URL returns the address of a new, empty database.
func (s *Server) URL(tb testing.TB) string {
	tb.Helper()
	return s.address(s.newDatabase(tb, "template1"))
}

func (s *Server) newDatabase(tb testing.TB, template string) (name string) {
	tb.Helper()
	name = fmt.Sprint("test", databases.Add(1))
	s.exec(tb, "CREATE DATABASE "+name+" TEMPLATE "+template)
	return name
}

// exec runs statements, each in a transaction of its own.
func (s *Server) exec(tb testing.TB, statements ...string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			tb.Fatal(err)
		}
	}
}

// freePort returns a port where nothing listens, below those that systems give to outgoing connections: one of these
// could take it while the server is stopped.
func freePort() (string, error) {
	for range 100 {
		port := strconv.Itoa(10_000 + rand.N(20_000))
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err == nil {
			return port, listener.Close()
		}
	}
	return "", errors.New("found no free port")
}

// waitUntilReady waits until PostgreSQL accepts a connection.
func waitUntilReady(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return err
		}
	}
}
