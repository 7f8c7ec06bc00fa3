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

	"matterline/app/sqldb/postgres/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"portald": main})
}

// tests are the package's, with the PostgreSQL that they share.
type tests struct{ *testing.M }

func (t tests) Run() int { return pgtest.Run(t.M) }

// The scripts in testdata/script tell in the words of those who run a portal what portald does. Beside
// portald itself, the real one, they have:
//
//	postgresql                    an empty database on PostgreSQL becomes $POSTGRESQL
//	firm                          portald init and one user, Maya, whose password is $MAYA
//	portal start [FLAGS]          portald serve in the background, at a free address that becomes $PORTAL
//	portal says REGEXP            wait for a line of its log, which is the file log
//	portal signal                 SIGTERM
//	portal stop                   SIGTERM, and wait for it to end well
//	portal kill                   SIGKILL
//	portal ends [well]            wait for it to end
//	keep NAME REGEXP              what the regexp's group finds in the last output becomes $NAME
//	authority                     a certificate authority becomes $DIRECTORY
//	certificate NAME              make a certificate for NAME: certificate.pem and key.pem
//	sign-in EMAIL PASSWORD        as a desktop app would
//	say PARTICIPANT TEXT          send a message
//	matters                       print what a desktop app is told: epoch, matters, participants, messages
//	get ADDRESS                   print a page, after its status and cookies; https trusts certificate.pem alone
//	post ADDRESS BODY             send JSON, and print the answer's status, cookies and body
//	stream open                   the live stream
//	stream says TEXT              wait until it says so, and print what it said until then
//	stream ends                   wait until it ends, and print the rest
//	slow begin | end              a request of which half arrives before, half after
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values["world"] = &world{dir: env.WorkDir, setenv: env.Setenv}
			env.Defer(env.Values["world"].(*world).close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"firm":        step((*world).firm),
			"postgresql":  step(func(w *world, _ []string) (string, error) { w.setenv("POSTGRESQL", pgtest.URL(t)); return "", nil }),
			"portal":      step((*world).portal),
			"keep":        step((*world).keep),
			"certificate": step((*world).certificate),
			"authority":   step((*world).authority),
			"sign-in":     step((*world).signIn),
			"say":         step((*world).say),
			"matters":     step((*world).matters),
			"get":         step((*world).get),
			"post":        step((*world).post),
			"stream":      step((*world).stream),
			"slow":        step((*world).slow),
		},
	})
}

// world is one script's: a portal, and somebody who uses it.
type world struct {
	dir    string
	ts     *testscript.TestScript
	setenv func(key, value string)

	serving *process
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
	if w.serving != nil {
		_ = w.serving.cmd.Process.Kill()
		_ = w.serving.wait()
	}
	if w.closeAuthority != nil {
		w.closeAuthority()
	}
}

// portald runs it to its end, in the script's folder and environment.
func (w *world) portald(args ...string) *exec.Cmd {
	path, err := exec.LookPath(filepath.Join(w.ts.Getenv("PATH")[:strings.IndexByte(w.ts.Getenv("PATH"), os.PathListSeparator)], "portald"))
	w.ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir = w.dir
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "MATTERLINE_DATABASE", "SSL_CERT_FILE", "PEBBLE_VA_NOSLEEP"} {
		if value := w.ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

var password = regexp.MustCompile(`password +(\S+)`)

func (w *world) firm([]string) (string, error) {
	if out, err := w.portald("init", "--firm", "Hart & Lee", "--name", "Lee", "--email", "lee@firm.example").CombinedOutput(); err != nil {
		return string(out), err
	}
	out, err := w.portald("user", "add", "--name", "Maya Hart", "--email", "maya@firm.example").CombinedOutput()
	if err == nil {
		w.setenv("MAYA", string(password.FindSubmatch(out)[1]))
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

func (w *world) portal(args []string) (string, error) {
	switch args[0] {
	case "start":
		return "", w.start(args[1:])
	case "says":
		return w.serving.says(regexp.MustCompile(args[1]))
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
	at, err := w.serving.says(addressOf("metrics"))
	w.setenv("METRICS", at)
	if err != nil {
		return err
	}
	w.address, err = w.serving.says(addressOf("serving"))
	w.setenv("PORTAL", w.address)
	w.port443.Store(strings.TrimPrefix(w.address, "https://"))
	return err
}

// addressOf finds an address in the log, written either way.
func addressOf(message string) *regexp.Regexp {
	return regexp.MustCompile(`msg"?[=:]"?` + message + `"?[ ,]"?address"?[=:]"?([^" ]+)`)
}

// process is a portald that runs, with the lines of its log.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and made anew with each line
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

// says waits for a line and returns what its group found.
func (p *process) says(line *regexp.Regexp) (string, error) {
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
			return "", fmt.Errorf("portald ended and said:\n%s", strings.Join(p.lines, "\n"))
		case <-late.Done():
			return "", fmt.Errorf("portald does not say %s, but:\n%s", line, strings.Join(lines, "\n"))
		}
	}
}

func (p *process) wait() error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		return errors.New("portald does not end")
	}
}
