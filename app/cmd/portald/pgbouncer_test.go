package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

const pgbouncerSettings = `[databases]
* = host=%s port=%s user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = %s
default_pool_size = 4
`

// pgbouncer starts PgBouncer in front of $POSTGRESQL and sets $PGBOUNCER.
func (w *world) pgbouncer(args []string) (string, error) {
	server, err := url.Parse(w.ts.Getenv("POSTGRESQL"))
	if err != nil {
		return "", err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		return "", err
	}
	settings := fmt.Appendf(nil, pgbouncerSettings, server.Hostname(), server.Port(), port, args[0])
	file, err := os.CreateTemp("", "pgbouncer-*.ini") // pgbouncer runs as another user, who can't read the test's folder
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(settings); err != nil {
		return "", err
	}
	if err := file.Chmod(0o644); err != nil {
		return "", err
	}
	flags := []string{file.Name()}
	if os.Getuid() == 0 { // it refuses to run as root
		flags = append(flags, "-u", "nobody")
	}
	path, err := exec.LookPath("/usr/sbin/pgbouncer")
	if err != nil {
		return "", err
	}
	if w.bouncer != nil {
		_ = w.bouncer.cmd.Process.Kill()
		_ = w.bouncer.wait()
	}
	w.bouncer = &process{cmd: exec.Command(path, flags...)}
	if err := w.bouncer.begin(filepath.Join(w.dir, "pgbouncer.log")); err != nil {
		return "", err
	}
	if _, err := w.bouncer.waitFor(regexp.MustCompile(`process up`)); err != nil {
		return "", err
	}
	server.Host = fmt.Sprint("127.0.0.1:", port)
	w.setenv("PGBOUNCER", server.String())
	return "", nil
}
