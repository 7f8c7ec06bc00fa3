//go:build smoke

package smoke

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// longestEnd is how long the app may take to end after a signal.
const longestEnd = 2 * time.Second

// A signal ends the app within two seconds although the portal, the notification service and the tray hang, and a message
// can still be undone, and also when the disk is full.
func TestQuitWhateverHangs(t *testing.T) {
	for name, full := range map[string]bool{"full disk": true, "room on the disk": false} {
		t.Run(name, func(t *testing.T) { quitWhateverHangs(t, full) })
	}
}

func quitWhateverHangs(t *testing.T, full bool) {
	s := newScreen(t)
	portal, address := startDemoPortal(s)
	disk := smallDisk(t)
	w := openApp(s, app(t), "--data", filepath.Join(disk, "data"))
	t.Cleanup(func() {
		if t.Failed() {
			s.shot("smoke-quit-failed")
			text, _ := os.ReadFile(w.log)
			t.Logf("the app's log:\n%s", text)
		}
	})
	w.click(`//button[contains(., "Connect to my firm")]`)
	w.fill(`//input[@type="url"]`, address)
	w.fill(`//input[@type="email"]`, "maya@hartwell.example")
	w.fill(`//input[@type="password"]`, "demo demo demo")
	w.click(`//button[normalize-space() = "Sign in"]`)
	w.see(`//header`, "Up to date")
	w.click(`//*[@role="option"][contains(., "Okafor: purchase of 14 Elm Street")]`)
	w.click(`//*[@role="option"][contains(., "Ana Okafor")]`)
	rosa := signInAt(t, portal.log, "Rosa Whitlock")

	processes := map[string]int{}
	for _, name := range []string{"dunst", "xfce4-panel", "matterline"} {
		processes[name] = s.process(name, 0)
	}
	for _, name := range []string{"dunst", "xfce4-panel"} {
		signal(t, processes[name], syscall.SIGSTOP)
	}
	rosa.send("Notify hangs")
	w.see(`//footer[@aria-label="Portal Chat"]`, "Notify hangs")
	w.write("Enter message", "Can be undone")
	w.click(`//button[normalize-space() = "Send"]`)
	w.see(`//*[@role="log"]`, "Can be undone")
	signal(t, portal.Process.Pid, syscall.SIGSTOP)
	if full {
		fill(t, disk)
	}

	start := time.Now()
	signal(t, processes["matterline"], syscall.SIGTERM)
	eventually(t, "end of the app", func() (any, error) { return nil, ended(processes["matterline"]) })
	if took := time.Since(start); took > longestEnd {
		t.Errorf("it took %s", took)
	} else {
		t.Logf("it took %s", took)
	}
	text, _ := os.ReadFile(w.log)
	if bytes.Contains(text, []byte("something hangs")) {
		t.Error("it gave up waiting")
	}
	signal(t, portal.Process.Pid, syscall.SIGCONT)
	for _, name := range []string{"dunst", "xfce4-panel"} {
		signal(t, processes[name], syscall.SIGCONT)
	}
}

// demoPortal is the demo firm's portal in a process of its own.
type demoPortal struct {
	*exec.Cmd
	log string
}

func startDemoPortal(s *screen) (portal demoPortal, address string) {
	t := s.t
	t.Helper()
	portal.Cmd = exec.Command(buildPortald(t), "demo", "--address", "127.0.0.1:0", "--data", t.TempDir())
	portal.log = s.run(portal.Cmd)
	address = eventually(t, "the portal", func() (address string, err error) {
		text, err := os.ReadFile(portal.log)
		found := regexp.MustCompile(`is at (http://127\.0\.0\.1:\d+)`).FindSubmatch(text)
		if err == nil && found == nil {
			return "", errors.New(string(text))
		}
		return string(found[1]), err
	})
	return portal, address
}

// smallDisk mounts a small disk in memory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("smoke", dir, "tmpfs", 0, "size=40m"); err != nil {
		t.Fatalf("can't mount a disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill fills a disk to the last byte.
func fill(t *testing.T, disk string) {
	t.Helper()
	file, err := os.Create(filepath.Join(disk, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// process waits for a process of this screen, other than the one before, and returns its id.
func (s *screen) process(name string, before int) int {
	s.t.Helper()
	home := "\x00" + s.env[2] + "\x00" // every program of this screen has its home folder
	return eventually(s.t, name, func() (int, error) {
		processes, err := os.ReadDir("/proc")
		if err != nil {
			return 0, err
		}
		for _, p := range processes {
			id, err := strconv.Atoi(p.Name())
			if err != nil || id == before {
				continue
			}
			called, _ := os.ReadFile("/proc/" + p.Name() + "/comm")
			environ, _ := os.ReadFile("/proc/" + p.Name() + "/environ")
			if strings.TrimSpace(string(called)) == name[:min(len(name), 15)] && strings.Contains("\x00"+string(environ), home) {
				return id, nil
			}
		}
		return 0, errors.New("there is none")
	})
}

func signal(t *testing.T, process int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(process, signal); err != nil {
		t.Fatal(err)
	}
}

// ended returns an error while a process runs.
func ended(process int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return nil
	}
	if _, state, found := strings.Cut(string(stat), ") "); found && state[0] != 'Z' {
		return errors.New("it still runs")
	}
	return nil
}
