//go:build smoke

package smoke

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// plain is the app without WebDriver, as a user starts it.
type plain struct {
	s      *screen
	cmd    *exec.Cmd
	log    string
	window string // its id on the display
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

// end ends the app with a signal, as the end of a desktop session does.
func (a *plain) end() {
	a.s.t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		a.s.t.Fatal(err)
	}
	if err := a.cmd.Wait(); err != nil {
		output, _ := os.ReadFile(a.log)
		a.s.t.Fatalf("%v\n%s", err, output)
	}
}

// move moves and resizes the window.
func (a *plain) move(x, y, width, height string) {
	a.s.t.Helper()
	for _, args := range [][]string{{"windowsize", "--sync", a.window, width, height}, {"windowmove", "--sync", a.window, x, y}} {
		if _, err := a.s.xdotool(args...); err != nil {
			a.s.t.Fatal(err)
		}
	}
}

// geometry returns the window's position and size as xdotool prints them.
func (a *plain) geometry() string {
	a.s.t.Helper()
	text, err := a.s.xdotool("getwindowgeometry", a.window)
	if err != nil {
		a.s.t.Fatal(err)
	}
	_, text, _ = strings.Cut(text, "\n") // the window's id
	return text
}

func (s *screen) xdotool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = s.env
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = errors.New(string(output))
	}
	return strings.TrimSpace(string(output)), err
}
