package sso_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/sso"
	"matterline/app/sso/ssotest"
)

const (
	redirect = "http://127.0.0.1:45678/signed-in"
	nonce    = "a nonce that the app made"
	verifier = "a-verifier-that-only-the-app-knows-43-characters"
)

// portal is the portal's side, with a real provider.
type portal struct {
	*sso.Provider
	idp *ssotest.Provider
}

func start(t *testing.T, changes ...func(*sso.Options)) portal {
	t.Helper()
	idp := ssotest.Start(t)
	options := sso.Options{Issuer: idp.URL, ClientID: ssotest.ClientID, Claim: "email", GroupsClaim: "groups", Now: time.Now}
	for _, change := range changes {
		change(&options)
	}
	provider, err := sso.New(options)
	if err != nil {
		t.Fatal(err)
	}
	idp.Add("maya", "maya@firm.example", true)
	return portal{provider, idp}
}

func (p portal) address(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	address, err := p.Start(t.Context(), sso.Request{
		RedirectURI: redirect, State: "a state", Nonce: nonce, CodeChallenge: base64.RawURLEncoding.EncodeToString(sum[:]),
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// visit signs Maya in in the browser, and returns what the app passes on.
func (p portal) visit(t *testing.T) sso.Answer {
	t.Helper()
	return sso.Answer{Code: ssotest.SignIn(t, p.address(t), "maya").Query().Get("code"), Verifier: verifier, RedirectURI: redirect, Nonce: nonce}
}

func (p portal) finish(t *testing.T) (sso.Identity, error) {
	t.Helper()
	return p.Finish(t.Context(), p.visit(t))
}

// refuses checks the error for people, and that a provider's pages don't fill the log.
func refuses(t *testing.T, err error, code chat.Code, says string) {
	t.Helper()
	if chat.CodeOf(err) != code || !strings.Contains(err.Error(), says) || len(err.Error()) > 1000 {
		t.Errorf("%.1200v, want %s: …%s…", err, code, says)
	}
}

func TestProviderSaysWhoTheUserIs(t *testing.T) {
	p := start(t, func(o *sso.Options) { o.AdminGroup = "partners" })
	p.idp.Add("maya", "maya@firm.example", true, "staff", "partners")
	for range 2 {
		id, err := p.finish(t)
		if err != nil || id.Issuer != p.idp.URL || id.Subject != "id of maya" || id.Email != "maya@firm.example" || id.NoEmail != nil || id.Admin == nil || !*id.Admin || !id.Fresh {
			t.Fatalf("%+v %v", id, err)
		}
		p.idp.RotateKeys()
	}
	p.idp.Add("maya", "maya@firm.example", false)
	id, err := p.finish(t)
	if err != nil || id.Email != "" || *id.Admin {
		t.Fatalf("%+v %v", id, err)
	}
	refuses(t, id.NoEmail, chat.NotAllowed, "hasn't verified your email")
}

// The address for the browser has all that the provider checks, and no secret.
func TestAddress(t *testing.T) {
	p := start(t, func(o *sso.Options) { o.ClientSecret, o.Scopes = "a secret", []string{"offline", "teams"} })
	u, err := url.Parse(p.address(t))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": ssotest.ClientID, "redirect_uri": redirect, "state": "a state", "nonce": nonce, "code_challenge_method": "S256",
		"scope": "openid profile email offline teams", "prompt": "",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(u.String(), "secret") || strings.Contains(u.String(), verifier) {
		t.Error(u)
	}
	fresh, err := p.Start(t.Context(), sso.Request{RedirectURI: redirect, Nonce: nonce, Fresh: true})
	if err != nil || !strings.Contains(fresh, "prompt=login") || !strings.Contains(fresh, "max_age=0") {
		t.Error(fresh, err)
	}
	for _, uri := range []string{"https://127.0.0.1:1/signed-in", "http://evil.example/signed-in", "http://127.0.0.1@evil.example/", "http://user@127.0.0.1/", "http://127.0.0.1.evil.example/", "", "%"} {
		_, err := p.Start(t.Context(), sso.Request{RedirectURI: uri})
		refuses(t, err, chat.Malformed, "own computer")
		_, err = p.Finish(t.Context(), sso.Answer{RedirectURI: uri})
		refuses(t, err, chat.Malformed, "own computer")
	}
}

func TestOptions(t *testing.T) {
	for _, issuer := range []string{"", "firm", "http://login.firm.example", "ftp://login.firm.example", "https://", "https://a:b@login.firm.example", "https://login.firm.example?x", "https://login.firm.example#x"} {
		if _, err := sso.New(sso.Options{Issuer: issuer, ClientID: "x"}); err == nil {
			t.Errorf("%q is taken", issuer)
		}
	}
	if _, err := sso.New(sso.Options{Issuer: "https://login.firm.example"}); err == nil {
		t.Error("no client id")
	}
}

// A code works only with what the app kept, and once.
func TestCodes(t *testing.T) {
	p := start(t)
	for name, change := range map[string]func(*sso.Answer){
		"a guess":            func(a *sso.Answer) { a.Code = "guess" },
		"another verifier":   func(a *sso.Answer) { a.Verifier = strings.Repeat("x", 43) },
		"another nonce":      func(a *sso.Answer) { a.Nonce = "the nonce of another visit" },
		"no nonce":           func(a *sso.Answer) { a.Nonce = "" },
		"another return":     func(a *sso.Answer) { a.RedirectURI = "http://127.0.0.1:1/signed-in" },
		"another return way": func(a *sso.Answer) { a.RedirectURI = "http://127.0.0.1:45678/other" },
	} {
		t.Run(name, func(t *testing.T) {
			a := p.visit(t)
			change(&a)
			_, err := p.Finish(t.Context(), a)
			refuses(t, err, chat.LinkExpired, "Start it again")
		})
	}
	a := p.visit(t)
	if _, err := p.Finish(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	_, err := p.Finish(t.Context(), a)
	refuses(t, err, chat.LinkExpired, "Start it again")
}

// forged makes the provider answer with an ID token of the test.
func (p portal) forged(t *testing.T, token func(claims map[string]any) string, changes map[string]any) (sso.Identity, error) {
	t.Helper()
	a := p.visit(t)
	claims := map[string]any{
		"iss": p.idp.URL, "aud": ssotest.ClientID, "sub": "id of maya", "nonce": nonce, "email": "maya@firm.example", "email_verified": true,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "auth_time": time.Now().Unix(),
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	p.idp.Instead(ssotest.TokenPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token(claims)})
	})
	defer p.idp.Instead(ssotest.TokenPath, nil)
	return p.Finish(t.Context(), a)
}

// unsigned makes a token with the algorithm "none".
func unsigned(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "."
}

// Only a token that the provider signed, for this client, this visit and now, says who the user is.
func TestTokens(t *testing.T) {
	p := start(t)
	ago := time.Now().Add(-time.Hour).Unix()
	for _, tt := range []struct {
		name    string
		sign    func(map[string]any) string
		changes map[string]any
		code    chat.Code // empty if the token is good
		says    string
	}{
		{"a good one", p.idp.Sign, nil, "", ""},
		{"the email's check as a text", p.idp.Sign, map[string]any{"email_verified": "true"}, "", ""},
		{"for several clients, but issued for this one", p.idp.Sign, map[string]any{"aud": []string{"x", ssotest.ClientID}, "azp": ssotest.ClientID}, "", ""},
		{"unsigned", unsigned, nil, chat.LinkExpired, "didn't finish"},
		{"of another key", p.idp.Forge, nil, chat.LinkExpired, "didn't finish"},
		{"no token", func(map[string]any) string { return "" }, nil, chat.NotAllowed, "set up"},
		{"nonsense", func(map[string]any) string { return "a.b.c" }, nil, chat.LinkExpired, "didn't finish"},
		{"of another provider", p.idp.Sign, map[string]any{"iss": "https://evil.example"}, chat.LinkExpired, "didn't finish"},
		{"for another client", p.idp.Sign, map[string]any{"aud": "another"}, chat.LinkExpired, "didn't finish"},
		{"issued for another client", p.idp.Sign, map[string]any{"aud": []string{"x", ssotest.ClientID}, "azp": "x"}, chat.LinkExpired, "didn't finish"},
		{"of another visit", p.idp.Sign, map[string]any{"nonce": "another"}, chat.LinkExpired, "no longer valid"},
		{"without a nonce", p.idp.Sign, map[string]any{"nonce": nil}, chat.LinkExpired, "no longer valid"},
		{"too old", p.idp.Sign, map[string]any{"exp": ago}, chat.NotAllowed, "clocks"},
		{"for later", p.idp.Sign, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, chat.LinkExpired, "didn't finish"},
		{"about nobody", p.idp.Sign, map[string]any{"sub": ""}, chat.NotAllowed, "set up"},
		{"about a novel", p.idp.Sign, map[string]any{"sub": strings.Repeat("x", 256)}, chat.NotAllowed, "set up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := p.forged(t, tt.sign, tt.changes)
			if tt.code != "" {
				refuses(t, err, tt.code, tt.says)
			} else if err != nil || id.Email != "maya@firm.example" {
				t.Errorf("%+v %v", id, err)
			}
		})
	}
}

// What a token says about the person decides, as far as it goes.
func TestClaims(t *testing.T) {
	p := start(t, func(o *sso.Options) { o.AdminGroup = "partners" })
	yes, no, unknown := "yes", "no", "unknown"
	for _, tt := range []struct {
		name         string
		changes      map[string]any
		email, admin string
		fresh        bool
	}{
		{"no groups", map[string]any{"groups": []string{}}, "maya@firm.example", no, true},
		{"in the group", map[string]any{"groups": []string{"staff", "partners"}}, "maya@firm.example", yes, true},
		{"one group as a text", map[string]any{"groups": "partners"}, "maya@firm.example", yes, true},
		{"a part of the name", map[string]any{"groups": []string{"partners of other firms"}}, "maya@firm.example", no, true},
		{"groups elsewhere", map[string]any{"groups": nil, "_claim_names": map[string]string{"groups": "src"}, "_claim_sources": map[string]any{"src": map[string]string{"endpoint": "https://x.example"}}}, "maya@firm.example", unknown, true},
		{"unverified", map[string]any{"groups": "", "email_verified": false}, "", no, true},
		{"a novel", map[string]any{"groups": "", "email": strings.Repeat("x", 400)}, "", no, true},
		{"not a text", map[string]any{"groups": 5, "email": 5}, "", no, true},
		{"signed in an hour ago", map[string]any{"groups": "", "auth_time": time.Now().Add(-time.Hour).Unix()}, "maya@firm.example", no, false},
		{"it doesn't say when", map[string]any{"groups": "", "auth_time": nil}, "maya@firm.example", no, false},
		{"in an hour", map[string]any{"groups": "", "auth_time": time.Now().Add(time.Hour).Unix()}, "maya@firm.example", no, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// What the token lacks is asked from the real provider, which knows nobody by this access token.
			p.idp.Instead(ssotest.UserInfoPath, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"sub": "id of maya"}`)
			})
			id, err := p.forged(t, p.idp.Sign, tt.changes)
			admin := unknown
			if id.Admin != nil {
				admin = map[bool]string{true: yes, false: no}[*id.Admin]
			}
			if err != nil || id.Email != tt.email || (id.NoEmail == nil) != (tt.email != "") || admin != tt.admin || id.Fresh != tt.fresh {
				t.Errorf("%+v %v, admin %s", id, err, admin)
			}
		})
	}
}

// A provider that is away is no verdict: afterwards the same code works. Once the code is used, the user has to start
// again.
func TestAway(t *testing.T) {
	p := start(t)
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>"+strings.Repeat("<p>An error page.", 1000))
	}
	p.idp.Away.Store(true)
	_, err := p.Start(t.Context(), sso.Request{RedirectURI: redirect})
	refuses(t, err, chat.Busy, "can't be reached")
	p.idp.Away.Store(false)
	for name, answer := range map[string]http.HandlerFunc{
		"an error page": page,
		"a good page":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Welcome to our proxy.") },
		"an outage": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error":"temporarily_unavailable"}`)
		},
		"no answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an endless answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token":"`+strings.Repeat("x", 2<<20)+`"}`)
		},
	} {
		t.Run("at the code: "+name, func(t *testing.T) {
			a := p.visit(t)
			p.idp.Instead(ssotest.TokenPath, answer)
			_, err := p.Finish(t.Context(), a)
			refuses(t, err, chat.Busy, "can't be reached")
			p.idp.Instead(ssotest.TokenPath, nil)
			if _, err := p.Finish(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
		for _, path := range []string{ssotest.UserInfoPath, ssotest.KeysPath} {
			t.Run("after the code: "+name+path, func(t *testing.T) {
				again := start(t)
				again.idp.Instead(path, answer)
				_, err := again.finish(t)
				refuses(t, err, chat.LinkExpired, "Start it again")
				again.idp.Instead(path, nil)
				if _, err := again.finish(t); err != nil {
					t.Error(err)
				}
			})
		}
	}
	t.Run("about another user", func(t *testing.T) {
		p.idp.Instead(ssotest.UserInfoPath, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"sub": "id of lee", "email": "lee@firm.example", "email_verified": true}`)
		})
		_, err := p.finish(t)
		refuses(t, err, chat.LinkExpired, "didn't finish")
	})
}

// What the provider says about itself is checked before anything is sent there.
func TestDiscovery(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(idp *ssotest.Provider) string
		code   chat.Code
		says   string
	}{
		"another issuer": {func(idp *ssotest.Provider) string {
			return `{"issuer":"https://evil.example","authorization_endpoint":"https://evil.example/auth"}`
		}, chat.NotAllowed, "aren't set up for each other"},
		"an address that others can read": {func(idp *ssotest.Provider) string {
			return `{"issuer":"` + idp.URL + `","authorization_endpoint":"https://a.example","token_endpoint":"http://a.example/token","jwks_uri":"https://a.example/keys"}`
		}, chat.NotAllowed, "unsafe address"},
		"no address": {func(idp *ssotest.Provider) string { return `{"issuer":"` + idp.URL + `"}` }, chat.NotAllowed, "unsafe address"},
		"a page":     {func(*ssotest.Provider) string { return "<html>" }, chat.Busy, "can't be reached"},
		"too much":   {func(*ssotest.Provider) string { return `{"x":"` + strings.Repeat("x", 2<<20) + `"}` }, chat.Busy, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			p.idp.Instead(ssotest.DiscoveryPath, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, tt.answer(p.idp))
			})
			_, err := p.Start(t.Context(), sso.Request{RedirectURI: redirect})
			refuses(t, err, tt.code, tt.says)
			p.idp.Instead(ssotest.DiscoveryPath, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://evil.example", http.StatusFound)
			})
			_, err = p.Start(t.Context(), sso.Request{RedirectURI: redirect})
			refuses(t, err, chat.Busy, "302")
			p.idp.Instead(ssotest.DiscoveryPath, nil)
			if _, err := p.finish(t); err != nil { // it recovers by itself
				t.Error(err)
			}
		})
	}
}

// A provider that hangs holds nobody up for longer than they want to wait.
func TestHanging(t *testing.T) {
	p := start(t)
	asked, release := make(chan struct{}, 10), make(chan struct{})
	p.idp.Instead(ssotest.DiscoveryPath, func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
		panic(http.ErrAbortHandler)
	})
	impatient, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	for range 3 {
		go func() {
			_, err := p.Start(impatient, sso.Request{RedirectURI: redirect})
			errs <- err
		}()
	}
	<-asked
	cancel()
	for range 3 {
		refuses(t, <-errs, chat.Busy, "can't be reached")
	}
	if len(asked) > 0 {
		t.Error("the provider was asked by each")
	}
	close(release)
}

// The clocks of the portal and the provider may differ a little.
func TestClocks(t *testing.T) {
	for ahead, want := range map[time.Duration]chat.Code{-time.Hour: "", time.Minute: "", 24 * time.Hour: chat.NotAllowed} {
		p := start(t, func(o *sso.Options) { o.Now = func() time.Time { return time.Now().Add(ahead) } })
		id, err := p.finish(t)
		if want != "" {
			refuses(t, err, want, "clocks")
		} else if err != nil || !id.Fresh {
			t.Errorf("%v: %+v %v", ahead, id, err)
		}
	}
}

// A client with a secret that the provider doesn't know is a mistake of the set-up, not of the user.
func TestWrongSecret(t *testing.T) {
	p := start(t)
	a := p.visit(t)
	p.idp.Instead(ssotest.TokenPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"wrong secret"}`)
	})
	_, err := p.Finish(t.Context(), a)
	refuses(t, err, chat.NotAllowed, "aren't set up for each other")
	refuses(t, err, chat.NotAllowed, "wrong secret") // in the log
}
