//go:build smoke

package smoke

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// The window's title and the launcher show the number of new messages. A new one asks for attention while the window
// isn't active, until it is. A chat that is open isn't read while the screen is locked.
func TestUnread(t *testing.T) {
	s := newScreen(t)
	signals := make(chan *dbus.Signal, 1000)
	s.bus.Signal(signals)
	if err := s.bus.AddMatchSignal(dbus.WithMatchInterface("com.canonical.Unity.LauncherEntry")); err != nil {
		t.Fatal(err)
	}
	w := openApp(s, app(t), "--demo", "--data", filepath.Join(t.TempDir(), "data"))
	t.Cleanup(func() {
		if t.Failed() {
			s.shot("smoke-unread-failed")
			text, _ := os.ReadFile(w.log)
			t.Logf("the app's log:\n%s", text)
		}
	})
	ana := signIn(t, w, "Ana Okafor")
	w.click(`//*[@role="option"][contains(., "Okafor: purchase of 14 Elm Street")]`)
	w.click(`//*[@role="option"][contains(., "Ana Okafor")]`)
	id := s.seeTitle("(1) Matterline") // Rosa's
	s.seeBadge(signals, 1)

	if err := s.bus.Emit("/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lock", func() (locked bool, err error) {
		err = w.call("POST", "/execute/sync", map[string]any{"args": []any{}, "script": "return window.go.desktop.App.ScreenLocked()"}, &locked)
		if err == nil && !locked {
			err = errors.New("it isn't locked")
		}
		return locked, err
	})
	ana.send("Nobody sees this")
	w.see(`//*[@role="log"]`, "Nobody sees this")
	s.seeTitle("(2) Matterline")
	if err := s.bus.Emit("/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", false); err != nil {
		t.Fatal(err)
	}
	s.seeTitle("(1) Matterline")

	s.do("windowminimize", "--sync", id)
	ana.send("Please look")
	s.seeBadge(signals, 2)
	s.seeTitle("(2) Matterline")
	s.seeUrgent(id, true)
	s.do("windowactivate", "--sync", id)
	s.seeUrgent(id, false)
	s.seeTitle("(1) Matterline")
	s.shot("smoke-unread")
}

// seeTitle waits until the app's window has a title, and returns the window's id.
func (s *screen) seeTitle(want string) string {
	s.t.Helper()
	return eventually(s.t, "the title "+want, func() (string, error) {
		found, err := s.xdotool("search", "--class", "matterline")
		if err != nil {
			return "", err
		}
		var titles []string
		for id := range strings.FieldsSeq(found) {
			title, err := s.xdotool("getwindowname", id)
			if err == nil && title == want {
				return id, nil
			}
			titles = append(titles, title)
		}
		return "", fmt.Errorf("the windows are %q", titles)
	})
}

// seeBadge waits until the launcher is told of a number of new messages.
func (s *screen) seeBadge(signals <-chan *dbus.Signal, want int64) {
	s.t.Helper()
	eventually(s.t, "the badge", func() (any, error) {
		for {
			select {
			case signal := <-signals:
				var app string
				var shown map[string]dbus.Variant
				if dbus.Store(signal.Body, &app, &shown) == nil && app == "application://eu.matterline.desktop.desktop" && shown["count"].Value() == want {
					return nil, nil
				}
			default:
				return nil, errors.New("the launcher wasn't told")
			}
		}
	})
}

// seeUrgent waits until a window asks for attention, or no longer does.
func (s *screen) seeUrgent(id string, want bool) {
	s.t.Helper()
	eventually(s.t, "the urgency", func() (any, error) {
		cmd := exec.Command("xprop", "-id", id, "WM_HINTS")
		cmd.Env = s.env
		text, err := cmd.CombinedOutput()
		if err == nil && strings.Contains(string(text), "urgency hint") != want {
			err = errors.New(string(text))
		}
		return nil, err
	})
}
