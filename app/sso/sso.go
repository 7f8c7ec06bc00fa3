// Package sso lets the firm's users sign in with the firm's own accounts, at an identity provider that speaks OpenID
// Connect. It builds the address that opens in the user's browser, and checks what the provider answers.
//
// The desktop app is a native app in the sense of RFC 8252: the user signs in in the system's browser, which returns to a
// loopback address of their computer. The app passes on the provider's code, which is worthless without the verifier that
// the app kept for itself (PKCE). The portal redeems it, so only the portal needs to know the provider.
package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

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
	Now                     func() time.Time
}

// Provider is the firm's identity provider.
type Provider struct {
	options Options
	http    *http.Client

	mu    sync.Mutex
	found *found // once it has answered
}

// found is what a provider says about itself.
type found struct {
	*oidc.Provider
	keys *oidc.RemoteKeySet
}

const (
	// timeout limits each request to the provider.
	timeout = 10 * time.Second
	// clockSkew is how far the clocks of the portal and the provider may differ.
	clockSkew = 2 * time.Minute
	// awayWait is how long clients wait before they ask again.
	awayWait = 3 * time.Second
)

// New describes a provider. It asks the provider nothing yet.
func New(o Options) (*Provider, error) {
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u)) {
		return nil, fmt.Errorf("%q isn't an https address of an identity provider", o.Issuer)
	}
	if o.ClientID == "" {
		return nil, errors.New("an identity provider needs a client id")
	}
	return &Provider{options: o, http: &http.Client{Timeout: timeout}}, nil
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// The errors for people.
var (
	errAway       = chat.Errorf(chat.Busy, "", "Your firm's sign-in service can't be reached right now. Try again in a moment.").After(awayWait)
	errEnded      = chat.Errorf(chat.LinkExpired, "", "This sign-in is no longer valid. Start it again.")
	errRedirect   = chat.Errorf(chat.Malformed, "redirect_uri", "The sign-in must return to the app on the user's own computer.")
	errUnverified = chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service hasn't verified your email. Ask your administrator.")
	errClocks     = chat.Errorf(chat.NotAllowed, "", "The clocks of the portal and of your firm's sign-in service differ too much. Tell your administrator.")
)

// Request is a sign-in that begins.
type Request struct {
	RedirectURI   string // a loopback address on the user's computer
	State, Nonce  string
	CodeChallenge string // the SHA-256 of the verifier
}

// Start returns the address at which the user signs in with their browser. It returns malformed, and busy while the
// provider is away.
func (p *Provider) Start(ctx context.Context, r Request) (address string, err error) {
	config, _, err := p.config(ctx, r.RedirectURI)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(r.State, oidc.Nonce(r.Nonce), oauth2.SetAuthURLParam("code_challenge", r.CodeChallenge),
		oauth2.SetAuthURLParam("code_challenge_method", "S256")), nil
}

// Answer is what came back from the browser, with what the app kept.
type Answer struct{ Code, Verifier, RedirectURI, Nonce string }

// Identity is whom the provider vouches for.
type Identity struct {
	Email string
	// Admin is nil if the provider doesn't decide that.
	Admin *bool
}

// Finish redeems a code, which works once. It returns malformed, link_expired, not_allowed, and busy while the provider is
// away.
func (p *Provider) Finish(ctx context.Context, a Answer) (id Identity, err error) {
	config, provider, err := p.config(ctx, a.RedirectURI)
	if err != nil {
		return id, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := config.Exchange(ctx, a.Code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return id, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return id, errors.New("the provider sent no ID token")
	}
	if _, err := provider.keys.VerifySignature(ctx, raw); err != nil {
		return id, away(err) // it came from the provider itself, so its keys couldn't be read
	}
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.options.ClientID, Now: func() time.Time { return p.options.Now().Add(-clockSkew) }})
	verified, err := verifier.Verify(ctx, raw)
	if err != nil {
		return id, verifyError(err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(a.Nonce)) == 0 || a.Nonce == "" {
		return id, errEnded // the code of another sign-in
	}
	claims := map[string]json.RawMessage{}
	if err := verified.Claims(&claims); err != nil {
		return id, fmt.Errorf("read ID token: %w", err)
	}
	if azp := text(claims["azp"]); azp != "" && azp != p.options.ClientID {
		return id, fmt.Errorf("the ID token was issued for %q", azp)
	}
	if err := addUserInfo(ctx, provider.Provider, token, verified.Subject, claims); err != nil {
		return id, err
	}
	return p.identity(claims)
}

// config asks for the provider's addresses once.
func (p *Provider) config(ctx context.Context, redirectURI string) (*oauth2.Config, *found, error) {
	if u, err := url.Parse(redirectURI); err != nil || u.Scheme != "http" || !loopback(u) || u.User != nil {
		return nil, nil, errRedirect
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		ctx := oidc.ClientContext(context.WithoutCancel(ctx), p.http) // the provider keeps it, to fetch its keys
		provider, err := oidc.NewProvider(ctx, p.options.Issuer)
		if mismatch, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
			return nil, nil, mismatch
		}
		if err != nil {
			return nil, nil, away(err)
		}
		var published struct {
			Keys string `json:"jwks_uri"`
		}
		if err := provider.Claims(&published); err != nil {
			return nil, nil, away(err)
		}
		p.found = &found{provider, oidc.NewRemoteKeySet(ctx, published.Keys)}
	}
	return &oauth2.Config{
		ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: redirectURI,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, p.found, nil
}

// addUserInfo adds the claims that the provider keeps out of the ID token.
func addUserInfo(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string, claims map[string]json.RawMessage) error {
	if provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return away(err)
	}
	if info.Subject != subject {
		return fmt.Errorf("the provider's answers are about %q and %q", subject, info.Subject)
	}
	more := map[string]json.RawMessage{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read user info: %w", err)
	}
	for name, value := range more {
		if _, known := claims[name]; !known {
			claims[name] = value
		}
	}
	return nil
}

func (p *Provider) identity(claims map[string]json.RawMessage) (id Identity, err error) {
	id.Email = text(claims[p.options.Claim])
	if id.Email == "" {
		return id, chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service doesn't say who you are: the claim %s is missing. Tell your administrator.", p.options.Claim)
	}
	if verified := string(claims["email_verified"]); p.options.Claim == "email" && verified != "true" && verified != `"true"` {
		return id, errUnverified
	}
	if p.options.AdminGroup != "" {
		admin := slices.Contains(texts(claims[p.options.GroupsClaim]), p.options.AdminGroup)
		id.Admin = &admin
	}
	return id, nil
}

// text reads a claim that is a text, or returns an empty one.
func text(claim json.RawMessage) (s string) {
	_ = json.Unmarshal(claim, &s)
	return s
}

// texts reads a claim that is a list of texts, or a single one.
func texts(claim json.RawMessage) (list []string) {
	if json.Unmarshal(claim, &list) != nil {
		return []string{text(claim)}
	}
	return list
}

// exchangeError tells a code that doesn't work from a provider that is away. Everything else is a wrong configuration, for
// the log.
func exchangeError(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok, refused.ErrorCode == "", refused.ErrorCode == "temporarily_unavailable", refused.ErrorCode == "server_error":
		return away(err)
	case refused.ErrorCode == "invalid_grant":
		return fmt.Errorf("%w (%w)", errEnded, err)
	}
	return fmt.Errorf("redeem the provider's code: %w", err)
}

func verifyError(err error) error {
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		return fmt.Errorf("%w (%w)", errClocks, err)
	}
	return fmt.Errorf("verify ID token: %w", err)
}

func away(err error) error { return fmt.Errorf("%w (%w)", errAway, err) }
