package desktop

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// returnPath is where the browser returns.
	returnPath = "/signed-in"
	// visitTimeout limits how long the app waits for the browser.
	visitTimeout = 10 * time.Minute
)

// The errors of a visit.
var (
	errNoWebAddress   = chat.Errorf(chat.NotAllowed, "", "The portal named an address that isn't a web address. Tell your administrator.")
	errNoBrowser      = chat.Errorf(chat.NotAllowed, "", "Couldn't open your browser. Choose a default browser in your system's settings, then try again.")
	errVisitTooLong   = chat.Errorf(chat.LinkExpired, "", "You weren't done in your browser within ten minutes. Start again.")
	errVisitCancelled = chat.Errorf(chat.LinkExpired, "", "You canceled. Start again.")
)

// visit is one visit of the system's browser to a page that the portal names, such as the firm's identity provider. The
// page returns to a loopback address of this computer, where the app listens (RFC 8252). The app ignores
// requests without the state. What the page brings back is worthless without the verifier, which the app keeps until then
// (PKCE, RFC 7636).
type visit struct {
	// address is where the page has to return, with the state and what else it has to say.
	address         string
	state, verifier string
	server          *http.Server
	returned        chan url.Values
}

// newVisit starts to listen. Close the visit when it is over.
func newVisit() (*visit, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	v := &visit{
		address: "http://" + listener.Addr().String() + returnPath,
		state:   rand.Text(), verifier: oauth2.GenerateVerifier(),
		returned: make(chan url.Values, 1),
	}
	v.server = &http.Server{Handler: http.HandlerFunc(v.serve), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = v.server.Serve(listener) }() // until close
	return v, nil
}

// port is where the app listens.
func (v *visit) port() string {
	u, _ := url.Parse(v.address) // made by newVisit
	return u.Port()
}

// challenge is what the page learns of the verifier.
func (v *visit) challenge() string { return oauth2.S256ChallengeFromVerifier(v.verifier) }

// browse opens a page in the system's browser, and waits for what it brings back. It returns not_allowed if the page
// can't be opened, and link_expired if the user isn't done in time or ctx ends.
func (v *visit) browse(ctx context.Context, window Window, page string) (url.Values, error) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, errNoWebAddress
	}
	ctx, cancel := context.WithTimeout(ctx, visitTimeout)
	defer cancel()
	failed := make(chan error, 1)
	go func() { // some systems are only done when the browser is closed
		if err := window.OpenBrowser(u.String()); err != nil {
			failed <- fmt.Errorf("%w (%w)", errNoBrowser, err)
		}
	}()
	select {
	case values := <-v.returned:
		window.Show()
		return values, nil
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, errVisitTooLong
		}
		return nil, errVisitCancelled
	}
}

// signInInBrowser signs in to a portal with what a visit brings back. It returns malformed for an invalid address, and what
// signIn returns, which CancelSignIn cancels.
func (a *App) signInInBrowser(address string, signIn func(ctx context.Context, client *portalapi.Client, deviceSecret string) (*portalapi.SignInOutput, error)) error {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return err
	}
	ctx, cancel := a.cancellable()
	defer cancel()
	secret := a.deviceSecret(address)
	out, err := signIn(ctx, portalapi.NewClient(address, ""), secret)
	if err != nil {
		a.signInRefused(address)
		return err
	}
	return a.enter(address, secret, out)
}

// serve takes the browser's return.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	known := subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(v.state)) == 1
	if r.Method != http.MethodGet || r.URL.Path != returnPath || !known {
		http.NotFound(w, r)
		return
	}
	select {
	case v.returned <- values:
	default: // the page was loaded again
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = fmt.Fprint(w, returnPage) // the browser may be gone
}

const returnPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Matterline</title>
<body style="font: 16px system-ui; margin: 20vh auto; max-width: 24em; padding: 0 1em"><main><h1 style="font-size: 1.4em">Return to Matterline</h1><p>You can close this page.</p></main></body></html>
`

// close ends the visit. A page that is being sent is finished.
func (v *visit) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		_ = v.server.Close()
	}
}
