package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// foundFor is how long the portal believes what the provider said about itself. Its keys are read again when they change.
	foundFor = time.Hour
	// longestAnswer limits what the portal reads of an answer, in bytes.
	longestAnswer = 1 << 20
)

// described is what a provider says about itself.
type described struct {
	*oidc.Provider
	scopes    []string
	authStyle oauth2.AuthStyle
	at        time.Time
}

// find returns what the provider says about itself. Callers at the same time share one question. An old description is
// better than none.
func (p *Provider) find(ctx context.Context) (*described, error) {
	old := p.found.Load()
	if old != nil && time.Since(old.at) < foundFor {
		return old, nil
	}
	asking := p.finding.DoChan("", func() (any, error) {
		d, err := p.describe(oidc.ClientContext(context.WithoutCancel(ctx), p.http)) // the client's own time limit ends it
		if err == nil {
			p.found.Store(d)
		}
		return d, err
	})
	select {
	case answer := <-asking:
		if answer.Err == nil {
			return answer.Val.(*described), nil
		}
		if old != nil {
			return old, nil
		}
		return nil, answer.Err
	case <-ctx.Done():
		return nil, because(errAway, ctx.Err())
	}
}

// describe asks the provider.
func (p *Provider) describe(ctx context.Context) (*described, error) {
	provider, err := oidc.NewProvider(ctx, p.options.Issuer)
	if mismatch, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return nil, because(errSetUp, mismatch)
	}
	if err != nil {
		return nil, because(errAway, err)
	}
	var said struct {
		Keys        string   `json:"jwks_uri"`
		UserInfo    string   `json:"userinfo_endpoint"`
		Scopes      []string `json:"scopes_supported"`
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, because(errSetUp, err)
	}
	addresses := []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, said.Keys}
	if said.UserInfo != "" {
		addresses = append(addresses, said.UserInfo)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err != nil || !safe(u) {
			return nil, because(errSetUp, fmt.Sprintf("the provider names the unsafe address %q", address))
		}
	}
	d := &described{Provider: provider, scopes: []string{oidc.ScopeOpenID, "profile", "email"}, authStyle: oauth2.AuthStyleInHeader, at: time.Now()}
	if p.options.AdminGroup != "" && slices.Contains(said.Scopes, "groups") {
		d.scopes = append(d.scopes, "groups")
	}
	d.scopes = append(d.scopes, p.options.Scopes...)
	if p.options.ClientSecret == "" || len(said.AuthMethods) > 0 && !slices.Contains(said.AuthMethods, "client_secret_basic") {
		d.authStyle = oauth2.AuthStyleInParams
	}
	return d, nil
}

// config is the provider as package oauth2 sees it. The way to send the client's secret isn't found out by trying,
// which would redeem a code twice.
func (p *Provider) config(d *described, redirectURI string) *oauth2.Config {
	endpoint := d.Endpoint()
	endpoint.AuthStyle = d.authStyle
	return &oauth2.Config{ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, Endpoint: endpoint, RedirectURL: redirectURI, Scopes: d.scopes}
}

// newClient makes a client that reads little, waits little, and takes secrets to no other place.
func newClient() *http.Client {
	return &http.Client{
		Transport: limited{http.DefaultTransport}, Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// limited limits the length of answers.
type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, longestAnswer)
	}
	return res, err
}
