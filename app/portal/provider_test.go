package portal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sso"
	"matterline/app/sso/ssotest"
)

// atProvider is a portal whose users sign in at a real identity provider.
type atProvider struct {
	*served
	idp     *ssotest.Provider
	options sso.Options
}

func serveAtProvider(t *testing.T, change func(*sso.Options)) *atProvider {
	t.Helper()
	s := &atProvider{served: serve(t), idp: ssotest.Start(t)}
	s.options = sso.Options{Issuer: s.idp.URL, ClientID: ssotest.ClientID, Claim: "email", GroupsClaim: "groups", Now: time.Now}
	if change != nil {
		change(&s.options)
	}
	provider, err := sso.New(s.options)
	check(t, err)
	s.Config.Handler = portal.New(s.store, fstest.MapFS{}, slog.New(slog.DiscardHandler), portal.WithProvider(provider))
	return s
}

const (
	redirect = "http://127.0.0.1:45678/signed-in"
	state    = "a state that the app made"
	nonce    = "a nonce that the app made"
	verifier = "a-verifier-that-only-the-app-knows-43-characters"
)

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// start returns the address that the app opens in the browser.
func (s *atProvider) start(t *testing.T) (address string, err error) {
	in := &portalapi.StartAtProviderInput{}
	in.Body.RedirectURI, in.Body.State, in.Body.Nonce, in.Body.CodeChallenge = redirect, state, nonce, challenge(verifier)
	out, err := portalapi.Call(t.Context(), s.client(""), portalapi.StartAtProvider, in)
	if err != nil {
		return "", err
	}
	return out.Body.URL, nil
}

// browse signs a person in at the provider, and returns the code that the browser brings back.
func (s *atProvider) browse(t *testing.T, name string) (code string) {
	t.Helper()
	address, err := s.start(t)
	check(t, err)
	to := s.idp.SignIn(t, address, name)
	if to.Host != "127.0.0.1:45678" || to.Query().Get("state") != state {
		t.Fatal(to)
	}
	return to.Query().Get("code")
}

func (s *atProvider) redeem(t *testing.T, code string, changes ...func(*portalapi.SignInAtProviderInput)) (*portalapi.SignInOutput, error) {
	in := &portalapi.SignInAtProviderInput{}
	in.Body.Code, in.Body.Verifier, in.Body.RedirectURI, in.Body.Nonce, in.Body.Kind = code, verifier, redirect, nonce, chat.DesktopSession
	for _, change := range changes {
		change(in)
	}
	return portalapi.Call(t.Context(), s.client(""), portalapi.SignInAtProvider, in)
}

func TestSignInAtProvider(t *testing.T) {
	s := serveAtProvider(t, nil)
	s.idp.Add("maya", "Maya@Firm.example", true)
	ways, err := portalapi.Call(t.Context(), s.client(""), portalapi.Ways, &portalapi.Nothing{})
	check(t, err)
	if !ways.Body.Provider || !ways.Body.Passwords {
		t.Fatalf("%+v", ways.Body)
	}
	in, err := s.redeem(t, s.browse(t, "maya"))
	check(t, err)
	if in.Body.Me.Account != s.maya || in.Body.Me.Admin || in.Body.Token == "" || in.Body.DeviceSecret == "" {
		t.Fatalf("%+v", in.Body)
	}
	s.idp.RotateKeys()
	_, err = s.redeem(t, s.browse(t, "maya"))
	check(t, err)
}

// Who isn't a user, or not known for sure, gets a sentence and no session.
func TestRefusedAtProvider(t *testing.T) {
	s := serveAtProvider(t, nil)
	gone, err := s.store.AddAccount(t.Context(), records.Account{Email: "gone@firm.example", Name: "Gone", User: true})
	check(t, err)
	check(t, s.store.EditUser(t.Context(), records.Program, s.maya, true, true))
	check(t, s.store.EditUser(t.Context(), records.Program, gone, false, false))
	s.idp.Add("maya", "maya@firm.example", true)
	for _, tt := range []struct {
		name, email string
		verified    bool
		change      func(*portalapi.SignInAtProviderInput)
		code        chat.Code
		says        string
	}{
		{"unverified", "maya@firm.example", false, nil, chat.NotAllowed, "hasn't verified your email"},
		{"nameless", "", true, nil, chat.NotAllowed, "the claim email is missing"},
		{"stranger", "eve@other.example", true, nil, chat.NotAllowed, "No user has the email eve@other.example"},
		{"ana", "ana@client.example", true, nil, chat.NotAllowed, "No user has the email ana@client.example"},
		{"gone", "gone@firm.example", true, nil, chat.NotAllowed, "deactivated"},
		{"browser", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) { in.Body.Kind = chat.BrowserSession }, chat.NotAllowed, "desktop app"},
		{"verifier", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) { in.Body.Verifier = strings.Repeat("x", 43) }, chat.LinkExpired, "Start it again"},
		{"nonce", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) { in.Body.Nonce = "the nonce of another" }, chat.LinkExpired, "Start it again"},
		{"port", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) { in.Body.RedirectURI = "http://127.0.0.1:1/signed-in" }, chat.LinkExpired, "Start it again"},
		{"site", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) {
			in.Body.RedirectURI = "https://evil.example/signed-in"
		}, chat.Malformed, "own computer"},
		{"guess", "maya@firm.example", true, func(in *portalapi.SignInAtProviderInput) { in.Body.Code = "guess" }, chat.LinkExpired, "Start it again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.idp.Add(tt.name, tt.email, tt.verified)
			code := s.browse(t, tt.name)
			change := tt.change
			if change == nil {
				change = func(*portalapi.SignInAtProviderInput) {}
			}
			_, err := s.redeem(t, code, change)
			if chat.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Fatal(err)
			}
		})
	}
	sessions, err := s.store.Sessions(t.Context(), chat.Caller{Account: s.maya, User: true}, "")
	check(t, err)
	if len(sessions) != 1 { // the fixture's
		t.Errorf("%+v", sessions)
	}
}

// A code works once, also if it is sent several times at once.
func TestProviderCodeWorksOnce(t *testing.T) {
	s := serveAtProvider(t, nil)
	s.idp.Add("maya", "maya@firm.example", true)
	code := s.browse(t, "maya")
	_, err := s.redeem(t, code)
	check(t, err)
	if _, err := s.redeem(t, code); chat.CodeOf(err) != chat.LinkExpired {
		t.Fatal(err)
	}
}

// A provider that is away is no verdict: the same code works afterwards.
func TestProviderAway(t *testing.T) {
	s := serveAtProvider(t, nil)
	s.idp.Add("maya", "maya@firm.example", true)
	ask := func(path string, body string) (*http.Response, error) {
		return http.Post(s.URL+portalapi.Prefix+path, "application/json", strings.NewReader(body))
	}
	start := `{"redirect_uri":"` + redirect + `","state":"` + state + `","nonce":"` + nonce + `","code_challenge":"` + challenge("x") + `"}`
	s.idp.Away.Store(true)
	res, err := ask("/sessions/provider/start", start)
	check(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Fatal(res.Status)
	}
	s.idp.Away.Store(false)
	code := s.browse(t, "maya")
	s.idp.Away.Store(true)
	res, err = ask("/sessions/provider", `{"code":"`+code+`","verifier":"`+verifier+`","redirect_uri":"`+redirect+`","nonce":"`+nonce+`"}`)
	check(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(res.Status)
	}
	s.idp.Away.Store(false)
	_, err = s.redeem(t, code)
	check(t, err)
}

// The clocks of the portal and the provider may differ a little.
func TestProviderClocks(t *testing.T) {
	for ahead, want := range map[time.Duration]chat.Code{-time.Hour: "", time.Minute: "", 24 * time.Hour: chat.NotAllowed} {
		s := serveAtProvider(t, func(o *sso.Options) { o.Now = func() time.Time { return time.Now().Add(ahead) } })
		s.idp.Add("maya", "maya@firm.example", true)
		_, err := s.redeem(t, s.browse(t, "maya"))
		if want == "" && err != nil || want != "" && (chat.CodeOf(err) != want || !strings.Contains(err.Error(), "clocks")) {
			t.Errorf("%v: %v", ahead, err)
		}
	}
}

// The provider's groups say who is an admin. The firm keeps its last one.
func TestProviderDecidesAdmins(t *testing.T) {
	s := serveAtProvider(t, func(o *sso.Options) { o.AdminGroup, o.Claim = "partners", "preferred_username" })
	admin := func(groups ...string) bool {
		s.idp.Add("maya@firm.example", "another@address.example", false, groups...)
		in, err := s.redeem(t, s.browse(t, "maya@firm.example"))
		check(t, err)
		return in.Body.Me.Admin
	}
	if admin("staff") || !admin("staff", "partners") || !admin() {
		t.Error("an admin is one who is in the group, or the last")
	}
	_, err := s.store.AddAccount(t.Context(), records.Account{Email: "lee@firm.example", Name: "Lee", User: true, Admin: true})
	check(t, err)
	if admin() {
		t.Error("who left the group stays an admin")
	}
}

// Passwords of users can be forbidden. Participants keep theirs.
func TestStaffPasswordsForbidden(t *testing.T) {
	s := serveAtProvider(t, nil)
	s.tom(t)
	_, err := s.store.AddAccount(t.Context(), records.Account{Email: "dora@client.example", Name: "Dora", Password: "right"})
	check(t, err)
	s.store.ForbidStaffPasswords()
	if _, err := s.signInTom(t, "right", ""); chat.CodeOf(err) != chat.NotAllowed || !strings.Contains(err.Error(), "firm's account") {
		t.Fatal(err)
	}
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password = "dora@client.example", "right"
	_, err = portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, in)
	check(t, err)
}

// Without a provider there is nothing to sign in at.
func TestNoProvider(t *testing.T) {
	s := &atProvider{served: serve(t)}
	ways, err := portalapi.Call(t.Context(), s.client(""), portalapi.Ways, &portalapi.Nothing{})
	check(t, err)
	if ways.Body.Provider || !ways.Body.Passwords {
		t.Fatalf("%+v", ways.Body)
	}
	_, started := s.start(t)
	_, signedIn := s.redeem(t, "code")
	if chat.CodeOf(started) != chat.NotAllowed || chat.CodeOf(signedIn) != chat.NotAllowed {
		t.Error(started, signedIn)
	}
}

// The address for the browser has all that the provider checks, and no secret.
func TestProviderAddress(t *testing.T) {
	s := serveAtProvider(t, func(o *sso.Options) { o.ClientSecret = "a secret" })
	address, err := s.start(t)
	check(t, err)
	u, err := url.Parse(address)
	check(t, err)
	q := u.Query()
	if !strings.HasPrefix(address, s.idp.URL) || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("state") != state ||
		q.Get("nonce") != nonce || q.Get("redirect_uri") != redirect || !strings.Contains(q.Get("scope"), "openid") || strings.Contains(address, "secret") {
		t.Error(address)
	}
}
