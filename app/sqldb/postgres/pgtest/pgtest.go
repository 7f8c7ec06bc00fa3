// Package pgtest starts a real PostgreSQL server for tests: the one that Debian installs, on the loopback address,
// with a temporary data folder.
package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is the PostgreSQL server of a test program. Run stops it.
var server struct {
	once sync.Once
	url  string
	err  error
	stop func()
}

var databases atomic.Int64

// Main runs a package's tests, stops the server if a test started it, and exits. Call it from TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main without the exit, for a TestMain with more to do.
func Run(m *testing.M) int {
	code := m.Run()
	if server.stop != nil {
		server.stop()
	}
	return code
}

// URL returns the address of a new, empty database.
func URL(tb testing.TB) string {
	tb.Helper()
	server.once.Do(start)
	if server.err != nil {
		tb.Fatalf("PostgreSQL: %v", server.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.url+"postgres")
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	name := fmt.Sprint("test", databases.Add(1))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	return server.url + name
}

func start() {
	server.err = func() error {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
		if err != nil || len(found) == 0 {
			return fmt.Errorf("not installed: run apt-get install postgresql")
		}
		bin := found[len(found)-1]
		dir, err := os.MkdirTemp("", "matterline-postgres-")
		if err != nil {
			return err
		}
		attributes, err := processAttributes(dir)
		if err != nil {
			return err
		}
		run := func(name string, args ...string) *exec.Cmd {
			cmd := exec.Command(filepath.Join(bin, name), args...)
			cmd.SysProcAttr = attributes
			cmd.Dir = dir
			return cmd
		}
		data := filepath.Join(dir, "data")
		if out, err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
			return fmt.Errorf("initdb: %w\n%s", err, out)
		}
		port, err := freePort()
		if err != nil {
			return err
		}
		log, err := os.Create(filepath.Join(dir, "log"))
		if err != nil {
			return err
		}
		postgres := run("postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", dir, "-c", "shared_buffers=64MB", "-c", "max_connections=300")
		postgres.Stderr = log
		if err := postgres.Start(); err != nil {
			return err
		}
		server.url = "postgres://postgres@127.0.0.1:" + port + "/"
		server.stop = func() {
			_ = postgres.Process.Signal(syscall.SIGINT) // a fast shutdown: it disconnects all clients
			_ = postgres.Wait()
			_ = os.RemoveAll(dir)
		}
		return waitUntilReady(server.url + "postgres")
	}()
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	address := listener.Addr().String()
	return address[strings.LastIndex(address, ":")+1:], nil
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
