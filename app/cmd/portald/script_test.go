package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	_ "matterline/app/password/passwordtest"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"portald": main})
}

// tests runs the package's tests and removes what they share: the PostgreSQL server and the built portald.
type tests struct{ *testing.M }

func (t tests) Run() int {
	defer removeBuilt()
	return pgtest.Run(t.M)
}

// The scripts in testdata/script use portald as an administrator does. Besides the real portald they have these
// commands:
//
//	postgresql                    create an empty PostgreSQL database and set $POSTGRESQL
//	pgbouncer MODE                start PgBouncer in front of it and set $PGBOUNCER
//	firm                          run portald init, add the user Maya, and set $MAYA to her password
//	portal start [FLAGS]          run portald serve in the background at a free address, and set $PORTAL
//	portal logs REGEXP            wait for a line in its log, which is in the file log
//	portal signal                 send SIGTERM
//	portal stop                   send SIGTERM and wait for a clean exit
//	portal kill                   send SIGKILL
//	portal ends                   wait for a clean exit
//	keep NAME REGEXP              set $NAME to what the group matches in the last output
//	authority                     start a certificate authority and set $DIRECTORY
//	certificate NAME              make a certificate for NAME: certificate.pem and key.pem
//	sign-in EMAIL PASSWORD        sign in as a desktop app
//	send PARTICIPANT TEXT         send a message
//	matters                       print what a desktop app gets: epoch, matters, participants, messages
//	get ADDRESS                   print a page, its status, HSTS and cookies; https trusts only certificate.pem
//	post ADDRESS BODY             send JSON and print the status, HSTS, cookies and body
//	stream open                   open the live stream
//	stream shows TEXT             wait for the text, and print the events until then
//	stream ends                   wait until it ends, and print the rest
//	tamper STATEMENT              run SQL in portal.db
//	slow begin | end              send the first half of a request, and later the second
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs("../../..")
			if err != nil {
				return err
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each portald with the race detector sleeps a second at its end
			env.Setenv("FILTER", filepath.Join(root, "build/fail2ban/portald.conf"))
			env.Values["world"] = &world{dir: env.WorkDir, setenv: env.Setenv}
			env.Defer(env.Values["world"].(*world).close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"firm":        step((*world).firm),
			"postgresql":  step(func(w *world, _ []string) (string, error) { w.setenv("POSTGRESQL", pgtest.URL(t)); return "", nil }),
			"pgbouncer":   step((*world).pgbouncer),
			"portal":      step((*world).portal),
			"keep":        step((*world).keep),
			"certificate": step((*world).certificate),
			"authority":   step((*world).authority),
			"sign-in":     step((*world).signIn),
			"send":        step((*world).send),
			"matters":     step((*world).matters),
			"get":         step((*world).get),
			"post":        step((*world).post),
			"stream":      step((*world).stream),
			"slow":        step((*world).slow),
			"tamper":      step((*world).tamper),
		},
	})
}

// world is the state of one script: a portal and a client.
type world struct {
	dir    string
	ts     *testscript.TestScript
	setenv func(key, value string)

	serving *process
	bouncer *process // PgBouncer, if it runs
	client
}

func step(run func(w *world, args []string) (string, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		w := ts.Value("world").(*world)
		w.ts, w.setenv = ts, ts.Setenv
		out, err := run(w, args)
		_, _ = ts.Stdout().Write([]byte(out))
		if err != nil {
			_, _ = ts.Stderr().Write([]byte(err.Error()))
		}
		if (err != nil) != neg {
			ts.Fatalf("error: %v", err)
		}
	}
}

func (w *world) close() {
	for _, p := range []*process{w.serving, w.bouncer} {
		if p != nil {
			_ = p.cmd.Process.Kill()
			_ = p.wait()
		}
	}
	if w.closeAuthority != nil {
		w.closeAuthority()
	}
}

// portald makes a command for portald in the script's folder and environment.
func (w *world) portald(args ...string) *exec.Cmd {
	path, err := exec.LookPath(filepath.Join(w.ts.Getenv("PATH")[:strings.IndexByte(w.ts.Getenv("PATH"), os.PathListSeparator)], "portald"))
	w.ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir = w.dir
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "MATTERLINE_DATABASE", "SSL_CERT_FILE", "PEBBLE_VA_NOSLEEP", "GORACE"} {
		if value := w.ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

var passwordLine = regexp.MustCompile(`password +(\S+)`)

func (w *world) firm([]string) (string, error) {
	if out, err := w.portald("init", "--firm", "Hart & Lee", "--name", "Lee", "--email", "lee@firm.example").CombinedOutput(); err != nil {
		return string(out), err
	}
	out, err := w.portald("user", "add", "--name", "Maya Hart", "--email", "maya@firm.example").CombinedOutput()
	if err == nil {
		w.setenv("MAYA", string(passwordLine.FindSubmatch(out)[1]))
	}
	return string(out), err
}

func (w *world) keep(args []string) (string, error) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(w.ts.ReadFile("stdout"))
	if len(found) != 2 {
		return "", fmt.Errorf("nothing matches %s", args[1])
	}
	w.setenv(args[0], found[1])
	return "", nil
}

func (w *world) tamper(args []string) (string, error) {
	db, err := sqlite.Open(filepath.Join(w.dir, "portal.db"))
	if err != nil {
		return "", err
	}
	err = db.Tx(context.Background(), func(tx *sqldb.Tx) error { return tx.Exec(args[0]) })
	return "", errors.Join(err, db.Close())
}

func (w *world) portal(args []string) (string, error) {
	switch args[0] {
	case "start":
		return "", w.start(args[1:])
	case "logs":
		return w.serving.waitFor(regexp.MustCompile(args[1]))
	case "signal":
		return "", w.serving.cmd.Process.Signal(syscall.SIGTERM)
	case "kill":
		_ = w.serving.cmd.Process.Kill()
		_ = w.serving.wait()
		return "", nil
	case "stop":
		if err := w.serving.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return "", err
		}
	}
	return "", w.serving.wait()
}

func (w *world) start(flags []string) error {
	w.serving = &process{cmd: w.portald(append([]string{"serve", "--address", "127.0.0.1:0", "--metrics", "127.0.0.1:0"}, flags...)...)}
	if err := w.serving.begin(filepath.Join(w.dir, "log")); err != nil {
		return err
	}
	at, err := w.serving.waitFor(addressOf("metrics"))
	w.setenv("METRICS", at)
	if err != nil {
		return err
	}
	w.address, err = w.serving.waitFor(addressOf("serving"))
	w.setenv("PORTAL", w.address)
	w.setenv("LISTENS", w.address[strings.LastIndex(w.address, "/")+1:])
	w.port443.Store(strings.TrimPrefix(w.address, "https://"))
	return err
}

// addressOf matches an address in the log, as text or JSON.
func addressOf(message string) *regexp.Regexp {
	return regexp.MustCompile(`msg"?[=:]"?` + message + `"?[ ,]"?address"?[=:]"?([^" ]+)`)
}

// process is a running portald with the lines of its log.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and replaced with each line
}

func (p *process) begin(log string) error {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return err
	}
	p.ended, p.more = make(chan struct{}), make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(p.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(file, lines.Text())
			p.mu.Lock()
			p.lines = append(p.lines, lines.Text())
			close(p.more)
			p.more = make(chan struct{})
			p.mu.Unlock()
		}
		p.err = errors.Join(p.cmd.Wait(), file.Close())
	}()
	return nil
}

const patience = 30 * time.Second

// waitFor waits for a line in the log and returns what its group matches.
func (p *process) waitFor(line *regexp.Regexp) (string, error) {
	late, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		p.mu.Lock()
		lines, more := p.lines, p.more
		p.mu.Unlock()
		for _, text := range lines {
			if found := line.FindStringSubmatch(text); found != nil {
				return found[len(found)-1], nil
			}
		}
		select {
		case <-more:
		case <-p.ended:
			return "", fmt.Errorf("it ended. Its log:\n%s", strings.Join(p.lines, "\n"))
		case <-late.Done():
			return "", fmt.Errorf("it logged no line like %s. Its log:\n%s", line, strings.Join(lines, "\n"))
		}
	}
}

func (p *process) wait() error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		return errors.New("portald is still running")
	}
}
