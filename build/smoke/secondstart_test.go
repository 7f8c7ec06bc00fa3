//go:build smoke

package smoke

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// A second start on the same data shows the first one's window, with and without D-Bus. A start on other data is an app
// of its own. If the first hangs, the second says so.
func TestSecondStart(t *testing.T) {
	for name, bus := range map[string]string{"D-Bus": "", "no D-Bus": "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere"} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t)
			if bus != "" {
				s.env = append(s.env, bus)
			}
			data := t.TempDir()
			first := s.openPlain(app(t), "--data", data)
			if _, err := s.xdotool("windowminimize", "--sync", first.window); err != nil {
				t.Fatal(err)
			}
			second := exec.Command(app(t), "--data", data)
			s.run(second)
			if err := second.Wait(); err != nil {
				t.Fatal("second start: ", err)
			}
			eventually(t, "the first window in front", func() (active string, err error) {
				active, err = s.xdotool("getactivewindow")
				if err == nil && active != first.window {
					err = errors.New("it is another one")
				}
				return active, err
			})
			if n := s.windows(); n != 1 {
				t.Fatalf("there are %d windows", n)
			}

			other := exec.Command(app(t), "--data", t.TempDir())
			s.run(other)
			eventually(t, "window of its own", func() (any, error) {
				if s.windows() != 2 {
					return nil, errors.New("there is one only")
				}
				return nil, nil
			})
			(&plain{s: s, cmd: other}).end()

			if err := first.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			hopeless := exec.Command(app(t), "--data", data)
			s.run(hopeless)
			eventually(t, "message", func() (any, error) {
				if s.windows() != 2 {
					return nil, errors.New("there is none")
				}
				return nil, nil
			})
			s.shot("smoke-second-start-" + strings.ReplaceAll(name, " ", "-"))
			s.do("key", "Escape")
			if err := hopeless.Wait(); err == nil || hopeless.ProcessState.ExitCode() != 1 {
				t.Fatalf("it ended with %v", err)
			}
			if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			first.end()
		})
	}
}

// windows returns the number of the app's windows that are visible.
func (s *screen) windows() int {
	found, err := s.xdotool("search", "--onlyvisible", "--name", "^Matterline$")
	if err != nil { // there is none
		return 0
	}
	return len(strings.Fields(found))
}
