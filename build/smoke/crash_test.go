//go:build smoke

package smoke

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// The process that shows the page is killed, twice: the page comes back at the same chat, with what was typed. The chat
// raises notifications while there is no page, and is in sight again when it is back.
func TestPageCrash(t *testing.T) {
	s := newScreen(t)
	w := openApp(s, app(t), "--demo", "--data", t.TempDir())
	t.Cleanup(func() {
		if t.Failed() {
			s.shot("smoke-crash-failed")
			text, _ := os.ReadFile(w.log)
			t.Logf("the app's log:\n%s", text)
		}
	})
	ana, rosa := signIn(t, w, "Ana Okafor"), signIn(t, w, "Rosa Whitlock")
	w.click(`//*[@role="option"][contains(., "Okafor: purchase of 14 Elm Street")]`)
	w.click(`//*[@role="option"][contains(., "Ana Okafor")]`)
	const text = "Typed before the crash"
	w.write("Enter message", text)
	x, y := s.position(w, "//textarea")
	eventually(t, "the draft, saved", func() (draft string, err error) {
		err = w.call("POST", "/execute/sync", map[string]any{
			"script": "return window.go.desktop.App.Chat(arguments[0], 0).then((chat) => chat.draft.text)", "args": []string{ana.participant},
		}, &draft)
		if err == nil && draft != text {
			err = fmt.Errorf("it is %q", draft)
		}
		return draft, err
	})

	s.killPage() // which also ends WebDriver's session
	eventually(t, "draft, sent after the crash", func() (any, error) {
		s.do("mousemove", x, y, "click", "1", "key", "Return")
		return nil, ana.has(text)
	})
	s.killPage()
	ana.send("While there is no page")
	s.seeTipWith("in 2 chats")
	s.seeTrayTip("Matterline: 1 new message from Rosa Whitlock") // the page is back, and Ana's chat is read
	s.shot("smoke-crash-after")

	if _, err := s.notifications(); err != nil { // closes those of the start
		t.Fatal(err)
	}
	ana.send("In sight")
	rosa.send("Not in sight")
	eventually(t, "notification of the other chat", func() (any, error) {
		texts, err := s.notifications()
		all := strings.Join(texts, "\n")
		if strings.Contains(all, "In sight") {
			t.Fatal("a notification for the chat in sight")
		}
		if err == nil && (!strings.Contains(all, "Not in sight") || !strings.Contains(all, "While there is no page")) {
			err = fmt.Errorf("the notifications are %q", texts)
		}
		return nil, err
	})
}

// seeTipWith waits until the tray's tooltip contains a text.
func (s *screen) seeTipWith(text string) {
	s.t.Helper()
	eventually(s.t, "the tray's tooltip", func() (tip string, err error) {
		if tip, err = s.trayTip(); err == nil && !strings.Contains(tip, text) {
			err = fmt.Errorf("it is %q", tip)
		}
		return tip, err
	})
}

// killPage kills the process that shows the page, and waits for the next one.
func (s *screen) killPage() {
	s.t.Helper()
	page := s.process("WebKitWebProcess", 0)
	signal(s.t, page, syscall.SIGKILL)
	s.process("WebKitWebProcess", page)
}

// position returns where on the screen an element is: a point in its middle, near its top, where it still is when a line
// comes below it.
func (s *screen) position(w *window, xpath string) (x, y string) {
	s.t.Helper()
	element, err := w.find(xpath)
	var rect struct{ X, Y, Width, Height float64 }
	if err == nil {
		err = w.call("GET", element+"/rect", nil, &rect)
	}
	var id, geometry string
	if err == nil {
		id, err = s.xdotool("search", "--onlyvisible", "--name", "Matterline$")
	}
	if err == nil {
		geometry, err = s.xdotool("getwindowgeometry", "--shell", id)
	}
	var left, top int
	if err == nil {
		_, after, _ := strings.Cut(geometry, "\n") // the window's id
		_, err = fmt.Sscanf(after, "X=%d\nY=%d", &left, &top)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(left + int(rect.X+rect.Width/2)), fmt.Sprint(top + int(rect.Y) + 5)
}

// do moves the pointer, clicks and types.
func (s *screen) do(args ...string) {
	s.t.Helper()
	if _, err := s.xdotool(args...); err != nil {
		s.t.Fatal(err)
	}
}
