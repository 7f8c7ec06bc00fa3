package portalapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"matterline/app/chat"
)

// Why a client can't use its portal, besides unreachable. The client makes these errors; a portal never sends them.
const (
	WrongAddress chat.Code = "wrong_address" // the server isn't a Matterline portal
	Untrusted    chat.Code = "untrusted"     // the server's certificate can't be trusted
	Intercepted  chat.Code = "intercepted"   // something else answered instead of the portal
	Unavailable  chat.Code = "unavailable"   // a server in front of the portal is too busy or can't reach it
	Proxy        chat.Code = "proxy"         // a proxy or the network blocks the connection
	TooOld       chat.Code = "too_old"       // the portal is too old for this app
	TooNew       chat.Code = "too_new"       // the portal is too new for this app
)

// maxProblem bounds the bytes of an error's body.
const maxProblem = 64 << 10

// problem returns the error in an answer. Only problem+json with one of our codes comes from the portal. Anything else
// comes from a server in front of it or from the network, and says nothing about the request.
func (c *Client) problem(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil {
		return c.unreachable(err)
	}
	if p, ours := parseProblem(res, text); ours {
		c.compareClocks(res)
		e := p.AsError()
		c.checkOrders(res, e)
		return e
	}
	cause := errors.New(res.Status)
	switch status := res.StatusCode; {
	case status == http.StatusProxyAuthRequired:
		return proxySignIn(cause)
	case status == http.StatusNetworkAuthenticationRequired:
		return withCause(cause, Proxy, "This network requires you to sign in. Open any page in your browser, sign in to the network, and try again.")
	case status == http.StatusRequestTimeout:
		return withCause(cause, chat.Slow, "The connection to the portal at %s is too slow right now. Try again, or use another network.", c.address)
	case status == http.StatusRequestEntityTooLarge:
		return withCause(cause, Intercepted, "Something between this computer and the portal at %s doesn't let through as much text at once. If this doesn't go away, ask your network administrator.", c.address)
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusTooEarly:
		busy := chat.Errorf(Unavailable, "address", "The portal at %s is busy or restarting. Try again in a moment.", c.address)
		return fmt.Errorf("%w (%w)", busy.After(retryAfter(res.Header)), cause)
	case status == http.StatusMisdirectedRequest:
		c.Reconnect() // another connection may lead to the portal
	}
	return c.notAPortal(res)
}

// parseProblem reads a problem. It reports false for one that no portal sends.
func parseProblem(res *http.Response, text []byte) (p Problem, ours bool) {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != problemJSON || json.Unmarshal(text, &p) != nil {
		return p, false
	}
	_, ours = statuses[p.Code]
	return p, ours
}

// notAPortal explains that a web page, a network's sign-in page or another program answered. Before signing in, the
// address may be wrong. Afterwards, it was once right.
func (c *Client) notAPortal(res *http.Response) error {
	cause := fmt.Errorf("%s, %s %s", res.Status, res.Header.Get("Content-Type"), res.Header.Get("Location"))
	if *c.token.Load() == "" {
		return withCause(cause, WrongAddress, "There's no Matterline portal at %s. Check the address. On a guest network, sign in to the network first.", c.address)
	}
	return withCause(cause, Intercepted, "Something between this computer and the portal at %s answered instead of the portal. On a guest network, sign in to the network first. Otherwise ask your network administrator.", c.address)
}

// connectionError explains why there was no answer.
func (c *Client) connectionError(cause error) error {
	if refusal, ok := errors.AsType[*proxyRefusal](cause); ok {
		switch {
		case refusal.status == http.StatusProxyAuthRequired:
			return proxySignIn(cause)
		case refusal.status < 500:
			return withCause(cause, Proxy, "This network's proxy blocks the connection to %s. Ask your network administrator.", c.address)
		}
		return c.unreachable(cause)
	}
	if op, ok := errors.AsType[*net.OpError](cause); ok && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")) {
		return withCause(cause, Proxy, "Couldn't reach this computer's proxy server. Check your connection and your proxy settings.")
	}
	if errors.Is(cause, http.ErrSchemeMismatch) {
		if u, err := url.Parse(c.address); err == nil && onThisComputer(u) {
			return withCause(cause, WrongAddress, "The server at %s answers without encryption. Use http://%s instead.", c.address, u.Host)
		}
		return withCause(cause, WrongAddress, "The server at %s answers without encryption, so Matterline won't connect to it. Check the address, or ask your administrator.", c.address)
	}
	if err := c.untrusted(cause); err != nil {
		return err
	}
	return c.unreachable(cause)
}

// untrusted explains why the server can't be trusted, or returns nil if that isn't the problem.
func (c *Client) untrusted(cause error) error {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](cause); ok && invalid.Reason == x509.Expired {
		return withCause(cause, Untrusted, "The security certificate of %s is only valid from %s to %s. If this computer's date is right, tell your administrator.",
			c.address, day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
	}
	if _, ok := errors.AsType[x509.HostnameError](cause); ok {
		return withCause(cause, Untrusted, "The security certificate of %s belongs to another address. Check the address. On a guest network, sign in to the network first.", c.address)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](cause); ok {
		return withCause(cause, Untrusted, "This computer doesn't trust the security certificate of %s. On a guest network, sign in to the network first. Otherwise ask your administrator.", c.address)
	}
	_, unverified := errors.AsType[*tls.CertificateVerificationError](cause)
	_, refused := errors.AsType[tls.AlertError](cause)
	if unverified || refused {
		return withCause(cause, Untrusted, "Couldn't make a secure connection to %s. Nothing was sent. Tell your administrator.", c.address)
	}
	return nil
}

func day(t time.Time) string { return t.Format("2 January 2006") }

// proxyRefusal is a proxy's refusal to connect to the portal.
type proxyRefusal struct{ status int }

func (r *proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy answered %d %s", r.status, http.StatusText(r.status))
}

func checkProxyResponse(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{res.StatusCode}
}

func proxySignIn(cause error) error {
	return withCause(cause, Proxy, "This network's proxy requires a name and password. Enter them in the system's proxy settings, or ask your network administrator.")
}

// unreachable means that no portal answered at the address.
func (c *Client) unreachable(cause error) error {
	return withCause(cause, chat.Unreachable, "Couldn't reach the portal at %s. Check the address and your connection.", c.address)
}

// withCause makes an error for people that keeps its cause for the log. Forms show it at their address field.
func withCause(cause error, code chat.Code, format string, args ...any) error {
	return fmt.Errorf("%w (%w)", chat.Errorf(code, "address", format, args...), cause)
}
