package portalapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"matterline/app/chat"
)

// What may stand between a client and its portal, beside unreachable. These codes never travel.
const (
	WrongAddress chat.Code = "wrong_address" // something answers that is no Matterline portal
	Untrusted    chat.Code = "untrusted"     // nobody vouches for who answers
	Proxy        chat.Code = "proxy"         // a proxy answers instead, or should and does not
	TooOld       chat.Code = "too_old"       // the portal, for this app
	TooNew       chat.Code = "too_new"
)

// problem reads the error that the portal answered, or says who else it may have been.
func (c *Client) problem(res *http.Response) error {
	var p Problem
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(text, &p) == nil && p.Code != "" {
		return p.AsError()
	}
	why := errors.New(res.Status)
	switch status := res.StatusCode; {
	case status == http.StatusProxyAuthRequired:
		return proxyAsks(why)
	case status == http.StatusNetworkAuthenticationRequired:
		return because(why, Proxy, "This network wants you to sign in to it first. Open any page in your browser, sign in to the network, and try again.")
	case status == http.StatusRequestEntityTooLarge: // of a server in front of the portal
		return because(why, chat.TooLarge, "This is larger than the portal takes. Please shorten it.")
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return c.unreachable(why) // what stands in front of a portal says so when the portal is away
	}
	return c.notAPortal(res)
}

// notAPortal says that what answered is something else: a page, a network's sign-in, another program.
func (c *Client) notAPortal(res *http.Response) error {
	why := fmt.Errorf("%s, %s %s", res.Status, res.Header.Get("Content-Type"), res.Header.Get("Location"))
	return because(why, WrongAddress, "What answers at %s is not a Matterline portal. Check the address; on a guest network, sign in to the network first.", c.address)
}

// noAnswer says why nobody answered.
func (c *Client) noAnswer(why error) error {
	if answer, ok := errors.AsType[*proxyAnswer](why); ok {
		switch {
		case answer.status == http.StatusProxyAuthRequired:
			return proxyAsks(why)
		case answer.status < 500:
			return because(why, Proxy, "The proxy of this network does not let Matterline through to %s. Ask whoever runs the network.", c.address)
		}
		return c.unreachable(why)
	}
	if op, ok := errors.AsType[*net.OpError](why); ok && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")) {
		return because(why, Proxy, "The proxy that this computer is set to use does not answer. Check your connection and the proxy settings.")
	}
	if errors.Is(why, http.ErrSchemeMismatch) {
		return because(why, WrongAddress, "What answers at %s does not speak securely, so it is not a Matterline portal. Check the address.", c.address)
	}
	if err := c.untrusted(why); err != nil {
		return err
	}
	return c.unreachable(why)
}

// untrusted says why who answers cannot be trusted, or nil if that is not it.
func (c *Client) untrusted(why error) error {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](why); ok && invalid.Reason == x509.Expired {
		return because(why, Untrusted, "The certificate of the portal at %s is valid from %s to %s, which is not now. Check this computer's clock, then tell whoever runs the portal.",
			c.address, day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
	}
	if _, ok := errors.AsType[x509.HostnameError](why); ok {
		return because(why, Untrusted, "The certificate that the portal at %s shows is made out to another address. Check the address; on a guest network, sign in to the network first.", c.address)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](why); ok {
		return because(why, Untrusted, "Nobody that this computer trusts vouches for the portal at %s. On a guest network, sign in to the network first; otherwise ask whoever runs the portal.", c.address)
	}
	_, unverified := errors.AsType[*tls.CertificateVerificationError](why)
	_, refused := errors.AsType[tls.AlertError](why)
	if unverified || refused {
		return because(why, Untrusted, "No secure connection to the portal at %s can be made, so nothing is sent. Tell whoever runs the portal.", c.address)
	}
	return nil
}

func day(t time.Time) string { return t.Format("2 January 2006") }

// proxyAnswer is what a proxy answered when it was asked for the way to the portal.
type proxyAnswer struct{ status int }

func (a *proxyAnswer) Error() string {
	return fmt.Sprintf("the proxy answered %d %s", a.status, http.StatusText(a.status))
}

func proxyAnswered(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyAnswer{res.StatusCode}
}

func proxyAsks(why error) error {
	return because(why, Proxy, "The proxy of this network asks for a sign-in that this computer has not got. Set its name and password in the system's proxy settings, or ask whoever runs the network.")
}

// unreachable says that no portal answered at the address.
func (c *Client) unreachable(why error) error {
	return because(why, chat.Unreachable, "The portal at %s does not answer. Check the address and your connection.", c.address)
}

// because is an error with its cause for the log. They are of the address, where a form has that field.
func because(why error, code chat.Code, format string, args ...any) error {
	return fmt.Errorf("%w (%w)", chat.Errorf(code, "address", format, args...), why)
}
