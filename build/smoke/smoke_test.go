//go:build smoke

package smoke

import (
	"context"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// app returns the path of the binary.
func app(t *testing.T) string {
	t.Helper()
	binary, err := filepath.Abs("../bin/matterline")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Fatal("run build/binary first: ", err)
	}
	return binary
}

// A message sent in the window reaches the client. A message of another client raises an alert in the bar, as a
// notification and in the tray, until the chat is read. A click on a notification opens its chat. The tray pauses and
// resumes notifications.
func TestBothWays(t *testing.T) {
	s := newScreen(t)
	w := openApp(s, app(t), "--demo", "--data", t.TempDir())
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		s.shot("smoke-failed")
		text, _ := os.ReadFile(w.log)
		t.Logf("the app's log:\n%s", text)
	})
	ana, rosa := signIn(t, w, "Ana Okafor"), signIn(t, w, "Rosa Whitlock")

	w.click(`//*[@role="option"][contains(., "Okafor: purchase of 14 Elm Street")]`)
	const arrowDown = "\ue015"
	w.press(arrowDown) // the keyboard continues where the user clicked
	w.seeFocus("Estate of J. Whitlock")
	w.click(`//*[@role="option"][contains(., "Ana Okafor")]`)
	const question = "Could you send us the bank's letter, please?"
	w.write("Enter message", question)
	w.click(`//button[normalize-space() = "Send"]`)
	w.see(`//*[@role="log"]`, question)
	eventually(t, "the message at the client", func() (any, error) { return nil, ana.has(question) })
	w.shot("smoke-window")

	if _, err := s.notifications(); err != nil { // closes those of the start
		t.Fatal(err)
	}
	const news = "The codicil is signed & witnessed: <b>14 June</b>"
	rosa.send(news)
	const rosasAlert = `//footer[@aria-label="Portal Chat"]//button[contains(., "Rosa Whitlock")]`
	w.see(rosasAlert, news)
	s.seeNotification()
	s.shot("smoke-screen")
	eventually(t, "the notification", func() ([]string, error) {
		texts, err := s.notifications()
		if err == nil && !strings.Contains(strings.Join(texts, "\n"), html.EscapeString(news)) {
			err = fmt.Errorf("the notifications are %q", texts)
		}
		return texts, err
	})
	s.seeTrayTip("Matterline: 2 new messages from Rosa Whitlock")

	w.click(rosasAlert)
	w.see(`//*[@role="log"]`, news)
	w.see(`//footer[@aria-label="Portal Chat"]`, "Nothing new")
	s.seeTrayTip("Matterline: no new messages")

	const answer = "The letter is on its way."
	ana.send(answer)
	s.seeNotification()
	s.clickNotification()
	w.see(`//*[@role="log"]`, answer)
	s.seeTrayTip("Matterline: no new messages")

	s.clickTray("Until tomorrow")
	eventually(t, "the pause", func() (tip string, err error) {
		if tip, err = s.trayTip(); err == nil && !strings.Contains(tip, "(Notifications paused until ") {
			err = fmt.Errorf("it is %q", tip)
		}
		return tip, err
	})
	s.clickTray("Resume notifications")
	s.seeTrayTip("Matterline: no new messages")
}

// The window opens where it was, or where it is visible if that is off the screen.
func TestWindowComesBack(t *testing.T) {
	s := newScreen(t)
	data := t.TempDir()
	a := s.openPlain(app(t), "--data", data)
	a.move("120", "90", "1000", "700")
	before := a.geometry()
	a.end()

	a = s.openPlain(app(t), "--data", data)
	eventually(t, "the window where it was", func() (now string, err error) {
		if now = a.geometry(); now != before {
			err = fmt.Errorf("it is at %s, and was at %s", now, before)
		}
		return now, err
	})
	a.end()

	file := filepath.Join(data, "window.json")
	if err := os.WriteFile(file, []byte(`{"x": 5000, "y": -700, "width": 1000, "height": 700}`), 0o600); err != nil {
		t.Fatal(err)
	}
	a = s.openPlain(app(t), "--data", data)
	eventually(t, "the window on the screen", func() (string, error) {
		var x, y int
		geometry := a.geometry()
		_, err := fmt.Sscanf(geometry[strings.Index(geometry, "Position:"):], "Position: %d,%d", &x, &y)
		if err == nil && (x > 370 || y < 0) {
			err = errors.New(geometry)
		}
		return geometry, err
	})
	a.end()
}

// client is a participant, as a browser would be.
type client struct {
	t           *testing.T
	portal      *portalapi.Client
	matter      string
	participant string
}

// signIn signs in with the link that the app printed for a participant.
func signIn(t *testing.T, w *window, name string) *client { return signInAt(t, w.log, name) }

// signInAt signs in with a link in the log of the program that has the demo firm.
func signInAt(t *testing.T, log, name string) *client {
	link := eventually(t, "the link of "+name, func() ([]string, error) {
		text, err := os.ReadFile(log)
		found := regexp.MustCompile(name + `'s chat .*: (http://\S+)/join#(\S+)`).FindStringSubmatch(string(text))
		if err == nil && found == nil {
			err = fmt.Errorf("the log is %s", text)
		}
		return found, err
	})
	in := &portalapi.SignInInput{}
	in.Body.Link = link[2]
	session := call(t, portalapi.NewClient(link[1], ""), portalapi.SignIn, in)
	c := &client{t: t, portal: portalapi.NewClient(link[1], session.Body.Token)}
	c.matter = call(t, c.portal, portalapi.Matters, &portalapi.MattersInput{}).Body.Matters[0].Matter
	changes, err := c.changes()
	if err != nil {
		t.Fatal(err)
	}
	c.participant = changes.Participants[0].ID
	return c
}

func call[I, O any](t *testing.T, portal *portalapi.Client, op portalapi.Op[I, O], in *I) *O {
	t.Helper()
	answer, err := portalapi.Call(context.Background(), portal, op, in)
	if err != nil {
		t.Fatal(op.ID, err)
	}
	return answer
}

func (c *client) changes() (chat.Changes, error) {
	answer, err := portalapi.Call(context.Background(), c.portal, portalapi.Changes, &portalapi.ChangesInput{Matter: c.matter, Limit: 2000})
	if err != nil {
		return chat.Changes{}, err
	}
	return answer.Body, nil
}

// has returns an error if the client doesn't have a message.
func (c *client) has(text string) error {
	changes, err := c.changes()
	if err != nil {
		return err
	}
	for _, m := range changes.Messages {
		if m.Text == text {
			return nil
		}
	}
	return fmt.Errorf("it isn't among %d messages", len(changes.Messages))
}

func (c *client) send(text string) {
	in := &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{
		ID: uuid.Must(uuid.NewV7()).String(), Participant: c.participant, Text: text, WrittenAt: time.Now().UnixMilli(),
	}}
	if result := call(c.t, c.portal, portalapi.SendMessages, in).Body.Results[0]; result.Error != nil {
		c.t.Fatal(result.Error)
	}
}

// A signal during the start ends the app.
func TestSignalDuringStart(t *testing.T) {
	s := newScreen(t)
	for range 8 {
		a := &plain{s: s, cmd: exec.Command(app(t), "--data", t.TempDir())}
		a.log = s.run(a.cmd)
		eventually(t, "the window, visible or not", func() (string, error) {
			found, err := s.xdotool("search", "--name", "^Matterline$")
			if err == nil && found == "" {
				err = errors.New("there is none")
			}
			return found, err
		})
		a.end()
	}
}
