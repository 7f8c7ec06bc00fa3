// Package ssotest runs a real identity provider for tests, on the loopback interface.
package ssotest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
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

// The paths of what the portal asks.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	TokenPath     = "/oauth/token"
	KeysPath      = "/keys"
	UserInfoPath  = "/userinfo"
)

// Provider is an identity provider with users by their name.
type Provider struct {
	// URL is its address, which is also its issuer.
	URL string
	// Away makes it answer as a proxy does in front of a service that is down.
	Away atomic.Bool

	server *httptest.Server
	store  *store

	mu      sync.Mutex
	users   map[string]*storage.User
	groups  map[string][]string
	keys    []*key
	instead map[string]http.HandlerFunc
}

// Start starts a provider. It ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := Open("127.0.0.1:0")
	t.Cleanup(p.server.Close)
	return p
}

// Open starts a provider at a loopback address.
func Open(address string) *Provider {
	p := &Provider{users: map[string]*storage.User{}, groups: map[string][]string{}, instead: map[string]http.HandlerFunc{}}
	p.RotateKeys()
	p.server = httptest.NewUnstartedServer(nil)
	if address != "127.0.0.1:0" {
		p.server.Listener.Close()
		listener, err := net.Listen("tcp", address)
		if err != nil {
			panic(err)
		}
		p.server.Listener = listener
	}
	p.URL = "http://" + p.server.Listener.Addr().String()
	clients := map[string]*storage.Client{ClientID: storage.NativeClient(ClientID, "http://127.0.0.1/signed-in")}
	p.store = &store{storage.NewStorageWithClients(p, clients), p}
	provider := exampleop.SetupServer(p.URL, p.store, nil, false)
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		instead := p.instead[r.URL.Path]
		p.mu.Unlock()
		switch {
		case p.Away.Load():
			http.Error(w, "<html>no server is available", http.StatusServiceUnavailable)
		case instead != nil:
			instead(w, r)
		case r.URL.Path == "/cancel":
			p.cancel(w, r)
		default:
			provider.ServeHTTP(w, r)
		}
	})
	p.server.Start()
	return p
}

// Instead makes it answer differently at a path, or again as a real provider does if answer is nil.
func (p *Provider) Instead(path string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead[path] = answer
}

// cancel is a link that real sign-in pages have, and the example's doesn't.
func (p *Provider) cancel(w http.ResponseWriter, r *http.Request) {
	request, err := p.store.AuthRequestByID(r.Context(), r.FormValue("authRequestID"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	back := url.Values{"error": {"access_denied"}, "state": {request.GetState()}}
	http.Redirect(w, r, request.GetRedirectURI()+"?"+back.Encode(), http.StatusFound)
}

// Sign makes an ID token with these claims, signed with the newest key.
func (p *Provider) Sign(claims map[string]any) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := p.keys[len(p.keys)-1]
	return sign(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: newest.private, KeyID: newest.id}}, claims)
}

// Forge is Sign with a key that the provider doesn't have, under the name of the one that it has.
func (p *Provider) Forge(claims map[string]any) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return sign(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: newKey("").private, KeyID: p.keys[len(p.keys)-1].id}}, claims)
}

func sign(with jose.SigningKey, claims map[string]any) string {
	signer, err := jose.NewSigner(with, nil)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
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
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, newKey(fmt.Sprint("key ", len(p.keys))))
}

func newKey(id string) *key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return &key{id, private}
}

var formID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// SignIn signs a user in as a browser does, and returns the address at which the browser arrives.
func SignIn(t testing.TB, address, name string) *url.URL {
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
