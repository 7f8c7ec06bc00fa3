package desktop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
)

// Signing in with the firm's own accounts: in the system's browser, which returns to a loopback address of this computer
// (RFC 8252). What the app makes for it (state, nonce, verifier) is used once and never stored.

const (
	// returnPath is where the browser returns. It is registered with the provider.
	returnPath = "/signed-in"
	// browserTimeout limits how long the app waits for the browser.
	browserTimeout = 10 * time.Minute
)

// SignInAtProvider signs in to a portal with the firm's own account, in the system's browser. It waits until the user is
// done there, or CancelSignIn. It returns malformed, unreachable, link_expired, not_allowed, too_many and busy.
func (a *App) SignInAtProvider(address string) error {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return err
	}
	ctx, cancel := a.cancellable()
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, browserTimeout)
	defer stop()
	visit, err := newVisit()
	if err != nil {
		return err
	}
	defer visit.close()
	client := portalapi.NewClient(address, "")
	start := &portalapi.StartAtProviderInput{}
	start.Body.RedirectURI, start.Body.State, start.Body.Nonce, start.Body.CodeChallenge = visit.address, visit.state, visit.nonce, visit.challenge()
	out, err := portalapi.Call(ctx, client, portalapi.StartAtProvider, start)
	if err != nil {
		return err
	}
	if u, err := url.Parse(out.Body.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return chat.Errorf(chat.NotAllowed, "", "The portal's address for signing in isn't a web address. Tell your administrator.")
	}
	a.window.OpenBrowser(out.Body.URL)
	code, err := visit.wait(ctx)
	if err != nil {
		return err
	}
	a.window.Show()
	host, _ := os.Hostname()
	in := &portalapi.SignInAtProviderInput{}
	in.Body.Code, in.Body.Verifier, in.Body.RedirectURI, in.Body.Nonce = code, visit.verifier, visit.address, visit.nonce
	in.Body.Device, in.Body.Kind = "Desktop "+host, chat.DesktopSession
	if a.kindOf(address) == computer.Remote {
		in.Body.DeviceSecret = a.accounts.DeviceSecret(address)
	}
	entered, err := portalapi.Call(ctx, client, portalapi.SignInAtProvider, in)
	if err != nil {
		return err
	}
	return a.enter(address, in.Body.DeviceSecret, entered)
}

// visit is one visit of the user's browser to the provider, and the address to which it returns.
type visit struct {
	address                string
	state, nonce, verifier string
	server                 *http.Server
	returned               chan returned
}

// returned is what the browser brought back.
type returned struct {
	code string
	err  error
}

func newVisit() (*visit, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	v := &visit{
		address: "http://" + listener.Addr().String() + returnPath,
		state:   secret(), nonce: secret(), verifier: secret(),
		returned: make(chan returned, 1),
	}
	v.server = &http.Server{Handler: http.HandlerFunc(v.serve), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = v.server.Serve(listener) }() // until close
	return v, nil
}

// secret makes a random text of 256 bits, as long as a verifier has to be.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func (v *visit) challenge() string {
	sum := sha256.Sum256([]byte(v.verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// serve takes the browser's return. It ignores requests of others, who don't know the state.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.URL.Path != returnPath || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(v.state)) == 0 {
		http.NotFound(w, r)
		return
	}
	back := returned{code: q.Get("code")}
	switch failed := q.Get("error"); {
	case failed == "access_denied":
		back.err = chat.Errorf(chat.NotAllowed, "", "You canceled the sign-in in your browser.")
	case failed != "" || back.code == "":
		back.err = chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service refused: %s. Tell your administrator.", shortLine(failed+" "+q.Get("error_description")))
	}
	select {
	case v.returned <- back:
	default: // the page was loaded again
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	fmt.Fprint(w, returnPage)
}

// shortLine is the beginning of what the provider says.
func shortLine(text string) string {
	line := []rune(chat.Line(text))
	return string(line[:min(len(line), 200)])
}

const returnPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Matterline</title>
<body style="font: 16px system-ui; margin: 20vh auto; max-width: 24em; padding: 0 1em"><h1 style="font-size: 1.4em">Return to Matterline</h1><p>You can close this page.</p></body></html>`

// wait waits for the browser's return.
func (v *visit) wait(ctx context.Context) (code string, err error) {
	select {
	case back := <-v.returned:
		return back.code, back.err
	case <-ctx.Done():
		return "", chat.Errorf(chat.LinkExpired, "", "The sign-in in your browser wasn't finished. Start it again.")
	}
}

// close ends the visit. A page that is being sent is finished.
func (v *visit) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		_ = v.server.Close()
	}
}
