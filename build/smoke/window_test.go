//go:build smoke

package smoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// window is the app's window, driven by WebDriver (www.w3.org/TR/webdriver2).
type window struct {
	t   *testing.T
	url string // of the WebDriver session
	log string // the file with the app's output
}

// openApp starts the app on a screen.
func openApp(s *screen, binary string, args ...string) *window {
	t := s.t
	port := freePort(t)
	driver := exec.Command("WebKitWebDriver", "--port="+port)
	driver.Env = []string{"LD_PRELOAD=" + buildPreload(t)}
	w := &window{t: t, url: "http://127.0.0.1:" + port, log: s.run(driver)}
	eventually(t, "WebKitWebDriver", func() (any, error) { return nil, w.call("GET", "/status", nil, nil) })
	browser := map[string]any{"webkitgtk:browserOptions": map[string]any{"binary": binary, "args": args}}
	var session struct{ SessionID string }
	err := w.call("POST", "/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": browser}}, &session)
	if err != nil {
		t.Fatal(err)
	}
	w.url += "/session/" + session.SessionID
	return w
}

func freePort(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}

func buildPreload(t *testing.T) string {
	library := filepath.Join(t.TempDir(), "automation.so")
	build := exec.Command("sh", "-c", `gcc -shared -fPIC -Wall -Werror -o "$1" preload/automation.c $(pkg-config --cflags --libs webkit2gtk-4.1)`, "sh", library)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, output)
	}
	return library
}

func (w *window) call(method, path string, in, value any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, w.url+path, body)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, answer.Value)
	}
	if value == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, value)
}

// find returns WebDriver's path of the element at an XPath.
func (w *window) find(xpath string) (string, error) {
	return w.element("POST", "/element", map[string]any{"using": "xpath", "value": xpath})
}

func (w *window) element(method, path string, in any) (string, error) {
	var element map[string]string
	err := w.call(method, path, in, &element)
	for _, id := range element {
		return "/element/" + id, err
	}
	return "", err
}

// see waits until the element at an XPath contains a text.
func (w *window) see(xpath, text string) {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%q at %s", text, xpath), func() (content string, err error) {
		element, err := w.find(xpath)
		if err == nil {
			err = w.call("GET", element+"/property/textContent", nil, &content)
		}
		if err == nil && !strings.Contains(content, text) {
			err = fmt.Errorf("it contains %q", content)
		}
		return content, err
	})
}

// click clicks the element at an XPath, once it is there.
func (w *window) click(xpath string) {
	w.t.Helper()
	eventually(w.t, "clicking "+xpath, func() (any, error) {
		element, err := w.find(xpath)
		if err == nil {
			err = w.call("POST", element+"/click", map[string]any{}, nil)
		}
		return nil, err
	})
}

// press presses a key. WebDriver names keys by code points.
func (w *window) press(key string) {
	w.t.Helper()
	actions := []map[string]string{{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}}
	keyboard := map[string]any{"type": "key", "id": "keyboard", "actions": actions}
	if err := w.call("POST", "/actions", map[string]any{"actions": []any{keyboard}}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// seeFocus waits until the element with a text has the focus, and an outline.
func (w *window) seeFocus(text string) {
	w.t.Helper()
	eventually(w.t, "the focus on "+text, func() (content string, err error) {
		element, err := w.element("GET", "/element/active", nil)
		if err == nil {
			err = w.call("GET", element+"/property/textContent", nil, &content)
		}
		var outline string
		if err == nil {
			err = w.call("GET", element+"/css/outline-style", nil, &outline)
		}
		if err == nil && (!strings.Contains(content, text) || outline == "none") {
			err = fmt.Errorf("it is on %q with the outline %s", content, outline)
		}
		return content, err
	})
}

// write types into the text field with a label.
func (w *window) write(label, text string) {
	w.t.Helper()
	eventually(w.t, "writing to "+label, func() (any, error) {
		element, err := w.find("//textarea")
		if err != nil {
			return nil, err
		}
		var actual string
		if err := w.call("GET", element+"/computedlabel", nil, &actual); err != nil {
			return nil, err
		}
		if actual != label {
			return nil, errors.New("the field's label is " + actual)
		}
		return nil, w.call("POST", element+"/value", map[string]any{"text": text}, nil)
	})
}

// shot takes a screenshot of the window.
func (w *window) shot(name string) {
	var picture string
	err := w.call("GET", "/screenshot", nil, &picture)
	if err == nil {
		var png []byte
		png, err = base64.StdEncoding.DecodeString(picture)
		err = errors.Join(err, os.WriteFile(filepath.Join(out, name+".png"), png, 0o644))
	}
	if err != nil {
		w.t.Errorf("screenshot: %v", err)
	}
}
