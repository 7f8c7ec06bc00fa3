// Package ssotest runs a real identity provider for tests, on the loopback interface.
package ssotest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// ClientID is what the provider calls the app, a native one without a secret.
const ClientID = "matterline"

// Password is every user's.
const Password = "at the provider"

// Provider is an identity provider with users by their name.
type Provider struct {
	*httptest.Server
	// Away makes it answer as a proxy does in front of a service that is down.
	Away atomic.Bool

	mu     sync.Mutex
	users  map[string]*storage.User
	groups map[string][]string
	keys   []*key
}

// Start starts a provider. It ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{users: map[string]*storage.User{}, groups: map[string][]string{}}
	p.RotateKeys()
	p.Server = httptest.NewUnstartedServer(nil)
	issuer := "http://" + p.Listener.Addr().String()
	clients := map[string]*storage.Client{ClientID: storage.NativeClient(ClientID, "http://127.0.0.1/signed-in")}
	provider := exampleop.SetupServer(issuer, &store{storage.NewStorageWithClients(p, clients), p}, nil, false)
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Away.Load() {
			http.Error(w, "<html>no server is available", http.StatusServiceUnavailable)
			return
		}
		provider.ServeHTTP(w, r)
	})
	p.Server.Start()
	t.Cleanup(p.Close)
	return p
}

// Add adds a user, or changes one.
func (p *Provider) Add(name, email string, verified bool, groups ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[name] = &storage.User{ID: "id of " + name, Username: name, Password: Password, Email: email, EmailVerified: verified}
	p.groups["id of "+name] = groups
}

// RotateKeys makes it sign with a new key. The old ones stay published.
func (p *Provider) RotateKeys() {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, &key{fmt.Sprint("key ", len(p.keys)), private})
}

var formID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// SignIn signs a user in as a browser does, and returns the address at which the browser arrives.
func (p *Provider) SignIn(t testing.TB, address, name string) *url.URL {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if next.URL.Path == "/signed-in" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	form, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(form.Body)
	form.Body.Close()
	id := formID.FindSubmatch(page)
	if err != nil || id == nil {
		t.Fatalf("%v: %s %s", err, form.Status, page)
	}
	answer, err := browser.PostForm(form.Request.URL.String(), url.Values{"id": {string(id[1])}, "username": {name}, "password": {Password}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	to, err := answer.Location()
	if err != nil || !strings.HasPrefix(to.Path, "/signed-in") {
		t.Fatalf("%v: %s %v", err, answer.Status, to)
	}
	return to
}

// The users, for the provider's storage.

func (p *Provider) GetUserByID(id string) *storage.User {
	return p.find(func(u *storage.User) bool { return u.ID == id })
}
func (p *Provider) GetUserByUsername(name string) *storage.User {
	return p.find(func(u *storage.User) bool { return u.Username == name })
}
func (p *Provider) ExampleClientID() string { return "service" }

func (p *Provider) find(is func(*storage.User) bool) *storage.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, user := range p.users {
		if is(user) {
			return user
		}
	}
	return nil
}

// store is the provider's storage, with groups and with several keys.
type store struct {
	*storage.Storage
	p *Provider
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	info.AppendClaims("groups", s.p.groups[subject])
	return nil
}

func (s *store) SigningKey(context.Context) (op.SigningKey, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	return s.p.keys[len(s.p.keys)-1], nil
}

func (s *store) KeySet(context.Context) (all []op.Key, err error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	for _, k := range s.p.keys {
		all = append(all, publicKey{k})
	}
	return all, nil
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

func (k *key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k *key) Key() any                                    { return k.private }
func (k *key) ID() string                                  { return k.id }

type publicKey struct{ *key }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.private.PublicKey }
