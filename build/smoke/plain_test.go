//go:build smoke

package smoke

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// plain is the app as a user starts it, without WebDriver.
type plain struct {
	s      *screen
	cmd    *exec.Cmd
	log    string
	window string // its number on the display
}

// openPlain starts the app and waits for its window.
func (s *screen) openPlain(binary string, args ...string) *plain {
	s.t.Helper()
	a := &plain{s: s, cmd: exec.Command(binary, args...)}
	a.log = s.run(a.cmd)
	a.window = eventually(s.t, "the window", func() (string, error) {
		found, err := s.xdotool("search", "--onlyvisible", "--name", "^Matterline$")
		first, _, _ := strings.Cut(found, "\n")
		if err == nil && first == "" {
			err = errors.New("there is none")
		}
		return first, err
	})
	return a
}

// end ends the app as the end of a session does.
func (a *plain) end() {
	a.s.t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		a.s.t.Fatal(err)
	}
	if err := a.cmd.Wait(); err != nil {
		said, _ := os.ReadFile(a.log)
		a.s.t.Fatalf("%v\n%s", err, said)
	}
}

// move gives the window another place and size.
func (a *plain) move(x, y, width, height string) {
	a.s.t.Helper()
	for _, args := range [][]string{{"windowsize", "--sync", a.window, width, height}, {"windowmove", "--sync", a.window, x, y}} {
		if _, err := a.s.xdotool(args...); err != nil {
			a.s.t.Fatal(err)
		}
	}
}

// geometry is where the window is, and how large, as xdotool has it.
func (a *plain) geometry() string {
	a.s.t.Helper()
	said, err := a.s.xdotool("getwindowgeometry", a.window)
	if err != nil {
		a.s.t.Fatal(err)
	}
	_, said, _ = strings.Cut(said, "\n") // the window's number
	return said
}

func (s *screen) xdotool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = s.env
	said, err := cmd.CombinedOutput()
	if err != nil {
		err = errors.New(string(said))
	}
	return strings.TrimSpace(string(said)), err
}
