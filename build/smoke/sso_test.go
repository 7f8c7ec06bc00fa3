//go:build smoke

package smoke

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"matterline/app/sso/ssotest"
)

// A user signs in with the firm's own account: the app opens the system's browser, where the user signs in at a real
// identity provider, and the browser brings them back.
func TestSignInAtProvider(t *testing.T) {
	s := newScreen(t)
	idp := ssotest.Start(t)
	idp.Add("maya", "maya@hartwell.example", true)
	portal := startPortal(s, "--sso-issuer", idp.URL, "--sso-client-id", ssotest.ClientID, "--sso-only")
	script, err := filepath.Abs("testdata/browser.mjs")
	if err != nil {
		t.Fatal(err)
	}
	browser := filepath.Join(t.TempDir(), "browser") // without what lets WebDriver into the app
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nunset LD_PRELOAD\nexec node "+script+" \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "BROWSER="+browser, "SHOTS="+out) // xdg-open uses it
	w := openApp(s, app(t), "--data", t.TempDir())
	w.click(`//button[contains(., "Connect to my firm")]`)
	w.fill(`//input[@type="url"]`, portal)
	w.click(`//button[contains(., "Sign in with your firm")]`)
	w.see(`//header`, "Up to date")
	s.shot("smoke-sso-signed-in") // WebKitWebDriver's own screenshot didn't answer here
}

// startPortal sets up a firm and runs its portal with these flags. It returns the portal's address.
func startPortal(s *screen, flags ...string) string {
	t := s.t
	t.Helper()
	portald := buildPortald(t)
	database := filepath.Join(t.TempDir(), "portal.db")
	setUp := exec.Command(portald, "init", "--firm", "Hartwell Legal", "--name", "Maya Hart", "--email", "maya@hartwell.example", "--database", database)
	if output, err := setUp.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	log := s.start(portald, append([]string{"serve", "--address", "127.0.0.1:0", "--database", database}, flags...)...)
	return eventually(t, "the portal", func() (address string, err error) {
		text, err := os.ReadFile(log)
		found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(text))
		if err == nil && found == "" {
			err = errors.New(string(text))
		}
		return found, err
	})
}

// buildPortald builds the portal's binary and returns its path.
func buildPortald(t *testing.T) string {
	t.Helper()
	portald := filepath.Join(t.TempDir(), "portald")
	build := exec.Command("go", "build", "-tags", "sqlite_fts5", "-o", portald, "./app/cmd/portald")
	build.Dir = "../.."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build portald: %v\n%s", err, output)
	}
	return portald
}

// fill types a text into the field at an XPath, once it is there.
func (w *window) fill(xpath, text string) {
	w.t.Helper()
	eventually(w.t, "typing into "+xpath, func() (any, error) {
		element, err := w.find(xpath)
		if err == nil {
			err = w.call("POST", element+"/value", map[string]string{"text": text}, nil)
		}
		return nil, err
	})
}
