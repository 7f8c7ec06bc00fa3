// Package sso asks the firm's identity provider who a user is (OpenID Connect). It builds the address that opens in the
// user's browser, and checks what the provider answers.
//
// The desktop app is a native app in the sense of RFC 8252: the user signs in in the system's browser, which returns to a
// loopback address of their computer. The app passes on the provider's code, which is worthless without the verifier that
// the app kept for itself (PKCE). The portal redeems it, so only the portal needs to know the provider.
package sso

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"matterline/app/chat"
)

// Options are what the firm has agreed on with its provider.
type Options struct {
	Issuer, ClientID string
	// ClientSecret is empty for a public client.
	ClientSecret string
	// Claim has the email with which the user is known to the portal. The provider must have verified it if it is "email".
	Claim string
	// AdminGroup is the group whose members are admins. If it is empty, the provider doesn't decide that.
	GroupsClaim, AdminGroup string
	// Scopes are asked for beside those that every provider knows.
	Scopes []string
	Now    func() time.Time
}

// Provider is the firm's identity provider.
type Provider struct {
	options Options
	http    *http.Client
	finding singleflight.Group
	found   atomic.Pointer[described] // the newest description, or nil
}

const (
	// requestTimeout limits each request to the provider.
	requestTimeout = 10 * time.Second
	// answerTimeout limits how long a caller waits for all of them.
	answerTimeout = 25 * time.Second
	// clockSkew is how far the clocks of the portal and the provider may differ.
	clockSkew = 2 * time.Minute
	// freshFor is how old a proof to the provider may be to count as fresh.
	freshFor = 5 * time.Minute
	// awayWait is how long clients wait before they ask again.
	awayWait = 3 * time.Second
)

// The errors for people. What exactly happened is for the log.
var (
	errAway       = chat.Errorf(chat.Busy, "", "Your firm's sign-in service can't be reached right now. Try again in a moment.").After(awayWait)
	errEnded      = chat.Errorf(chat.LinkExpired, "", "This sign-in is no longer valid. Start it again.")
	errUnfinished = chat.Errorf(chat.LinkExpired, "", "Your firm's sign-in service didn't finish this sign-in. Start it again. If that doesn't help, tell your administrator.")
	errSetUp      = chat.Errorf(chat.NotAllowed, "", "The portal and your firm's sign-in service aren't set up for each other. Tell your administrator.")
	errRedirect   = chat.Errorf(chat.Malformed, "redirect_uri", "The sign-in must return to the app on the user's own computer.")
	errUnverified = chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service hasn't verified your email. Ask your administrator.")
	errClocks     = chat.Errorf(chat.NotAllowed, "", "The clocks of the portal and of your firm's sign-in service differ too much. Tell your administrator.")
)

// longestReason keeps a provider's page out of the log.
const longestReason = 500

// because returns the error for people, with its reason for the log.
func because(shown error, reason any) error {
	text := []rune(chat.Line(fmt.Sprint(reason)))
	return fmt.Errorf("%w (%s)", shown, string(text[:min(len(text), longestReason)]))
}

// New describes a provider. It asks the provider nothing yet.
func New(o Options) (*Provider, error) {
	if u, err := url.Parse(o.Issuer); err != nil || !safe(u) || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q isn't an https address of an identity provider", o.Issuer)
	}
	if o.ClientID == "" {
		return nil, errors.New("an identity provider needs a client id")
	}
	return &Provider{options: o, http: newClient()}, nil
}

// safe reports whether nobody on the network can read and change what goes to an address.
func safe(u *url.URL) bool {
	return u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u))
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Request is a visit to the provider that begins.
type Request struct {
	RedirectURI   string // a loopback address on the user's computer
	State, Nonce  string
	CodeChallenge string // the SHA-256 of the verifier
	// Fresh asks the provider to let the user prove who they are, even if their browser is still signed in.
	Fresh bool
}

// Start returns the address to open in the user's browser. It returns malformed, not_allowed, and busy while the
// provider is away.
func (p *Provider) Start(ctx context.Context, r Request) (address string, err error) {
	if err := checkRedirect(r.RedirectURI); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	provider, err := p.find(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(r.Nonce), oauth2.SetAuthURLParam("code_challenge", r.CodeChallenge), oauth2.SetAuthURLParam("code_challenge_method", "S256"),
	}
	if r.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.config(provider, r.RedirectURI).AuthCodeURL(r.State, options...), nil
}

// Answer is what came back from the browser, with what the app kept.
type Answer struct {
	Code, Verifier, RedirectURI, Nonce string
	// Fresh is the request's: providers that don't say when the user proved who they are have been asked for a proof now.
	Fresh bool
}

// Finish redeems a code, which works once, and returns who the user is. It returns malformed, link_expired,
// not_allowed, and busy if the provider is away and the code still works.
func (p *Provider) Finish(ctx context.Context, a Answer) (id Identity, err error) {
	if err := checkRedirect(a.RedirectURI); err != nil {
		return id, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	provider, err := p.find(ctx)
	if err != nil {
		return id, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := p.config(provider, a.RedirectURI).Exchange(ctx, a.Code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return id, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return id, because(errSetUp, "the provider sent no ID token")
	}
	verified, err := provider.VerifierContext(ctx, &oidc.Config{
		ClientID: p.options.ClientID, Now: func() time.Time { return p.options.Now().Add(-clockSkew) },
	}).Verify(ctx, raw)
	if expired, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
		return id, because(errClocks, expired)
	}
	if err != nil { // also if the provider's keys can't be read
		return id, because(errUnfinished, err)
	}
	if a.Nonce == "" || subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(a.Nonce)) == 0 {
		return id, because(errEnded, "the code is another visit's")
	}
	c := claims{}
	if err := verified.Claims(&c); err != nil {
		return id, because(errUnfinished, err)
	}
	if azp := c.text("azp"); azp != "" && azp != p.options.ClientID {
		return id, because(errUnfinished, "the ID token was issued for another client")
	}
	if p.incomplete(c) && provider.UserInfoEndpoint() != "" {
		if err := addUserInfo(ctx, provider, token, c); err != nil {
			return id, because(errUnfinished, err)
		}
	}
	return p.identity(verified, c, a.Fresh)
}

// checkRedirect refuses to send codes anywhere but to the user's own computer.
func checkRedirect(uri string) error {
	if u, err := url.Parse(uri); err != nil || u.Scheme != "http" || !loopback(u) || u.User != nil {
		return errRedirect
	}
	return nil
}

// exchangeError tells a code that doesn't work from a provider that is away, and from one that isn't set up.
func exchangeError(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok, refused.ErrorCode == "", refused.ErrorCode == "temporarily_unavailable", refused.ErrorCode == "server_error":
		return because(errAway, err)
	case refused.ErrorCode == "invalid_grant":
		return because(errEnded, err)
	}
	return because(errSetUp, err)
}
