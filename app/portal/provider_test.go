package portal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"
	"sync"
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
	idp *ssotest.Provider
	log bytes.Buffer
}

func serveAtProvider(t *testing.T, changes ...func(*sso.Options)) *atProvider {
	t.Helper()
	s := &atProvider{served: serve(t), idp: ssotest.Start(t)}
	options := sso.Options{Issuer: s.idp.URL, ClientID: ssotest.ClientID, Claim: "email", GroupsClaim: "groups", Now: time.Now}
	for _, change := range changes {
		change(&options)
	}
	provider, err := sso.New(options)
	check(t, err)
	s.store.UseProvider(s.idp.URL, true)
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	s.Config.Handler = portal.New(s.store, fstest.MapFS{}, log, portal.WithProvider(provider))
	s.idp.Add("maya", "Maya@Firm.example", true)
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
func (s *atProvider) start(t *testing.T, nonce string) (address string, err error) {
	in := &portalapi.StartAtProviderInput{}
	in.Body.RedirectURI, in.Body.State, in.Body.Nonce, in.Body.CodeChallenge = redirect, state, nonce, challenge(verifier)
	out, err := portalapi.Call(t.Context(), s.client(""), portalapi.StartAtProvider, in)
	if err != nil {
		return "", err
	}
	return out.Body.URL, nil
}

// visit signs a person in at the provider, and returns what the app sends to the portal.
func (s *atProvider) visit(t *testing.T, name string) *portalapi.SignInAtProviderInput {
	t.Helper()
	in := &portalapi.SignInAtProviderInput{}
	in.Body.Nonce = nonce + time.Now().String()
	address, err := s.start(t, in.Body.Nonce)
	check(t, err)
	to := ssotest.SignIn(t, address, name)
	if to.Host != "127.0.0.1:45678" || to.Query().Get("state") != state {
		t.Fatal(to)
	}
	in.Body.Code, in.Body.Verifier, in.Body.RedirectURI, in.Body.Kind = to.Query().Get("code"), verifier, redirect, chat.DesktopSession
	return in
}

func (s *atProvider) redeem(t *testing.T, in *portalapi.SignInAtProviderInput) (*portalapi.SignInOutput, error) {
	return portalapi.Call(t.Context(), s.client(""), portalapi.SignInAtProvider, in)
}

func (s *atProvider) sessions(t *testing.T) int {
	t.Helper()
	sessions, err := s.store.Sessions(t.Context(), chat.Caller{Account: s.maya, User: true}, "")
	check(t, err)
	return len(sessions)
}

func TestSignInAtProvider(t *testing.T) {
	s := serveAtProvider(t)
	ways, err := portalapi.Call(t.Context(), s.client(""), portalapi.Ways, &portalapi.Nothing{})
	check(t, err)
	if !ways.Body.Provider || !ways.Body.Passwords {
		t.Fatalf("%+v", ways.Body)
	}
	in, err := s.redeem(t, s.visit(t, "maya"))
	check(t, err)
	if in.Body.Me.Account != s.maya || in.Body.Me.Admin || !in.Body.Me.NoPassword || in.Body.Token == "" || in.Body.DeviceSecret == "" {
		t.Fatalf("%+v", in.Body)
	}
}

// Who isn't a user, or not known for sure, gets a sentence and no session.
func TestRefusedAtProvider(t *testing.T) {
	s := serveAtProvider(t)
	before := s.sessions(t)
	s.idp.Add("unverified", "maya@firm.example", false)
	s.idp.Add("nameless", "", true)
	s.idp.Add("stranger", "eve@other.example", true)
	s.idp.Add("client", "ana@client.example", true)
	for _, tt := range []struct {
		who    string
		change func(*portalapi.SignInAtProviderInput)
		code   chat.Code
		says   string
	}{
		{"unverified", nil, chat.NotAllowed, "hasn't verified your email"},
		{"nameless", nil, chat.NotAllowed, "the claim email is missing"},
		{"stranger", nil, chat.NotAllowed, "No user has the email eve@other.example"},
		{"client", nil, chat.NotAllowed, "No user has the email ana@client.example"},
		{"maya", func(in *portalapi.SignInAtProviderInput) { in.Body.Kind = chat.BrowserSession }, chat.NotAllowed, "desktop app"},
		{"maya", func(in *portalapi.SignInAtProviderInput) { in.Body.Verifier = strings.Repeat("x", 43) }, chat.LinkExpired, "Start it again"},
		{"maya", func(in *portalapi.SignInAtProviderInput) { in.Body.Nonce = "the nonce of another" }, chat.LinkExpired, "Start it again"},
		{"maya", func(in *portalapi.SignInAtProviderInput) { in.Body.RedirectURI = "https://evil.example/signed-in" }, chat.Malformed, "own computer"},
	} {
		in := s.visit(t, tt.who)
		if tt.change != nil {
			tt.change(in)
		}
		if _, err := s.redeem(t, in); chat.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %s: %s", tt.who, err, tt.code, tt.says)
		}
	}
	if now := s.sessions(t); now != before {
		t.Errorf("%d sessions, before %d", now, before)
	}
	if log := s.log.String(); !strings.Contains(log, "sign-in refused") || strings.Contains(log, verifier) {
		t.Error(log)
	}
}

// A code makes one session, also if it is sent six times at once. The provider of the tests would redeem it several times.
func TestProviderCodeWorksOnce(t *testing.T) {
	s := serveAtProvider(t)
	before := s.sessions(t)
	in := s.visit(t, "maya")
	errs := make([]error, 6)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = s.redeem(t, in) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if chat.CodeOf(err) != chat.LinkExpired {
			t.Error(err)
		}
	}
	if _, err := s.redeem(t, in); chat.CodeOf(err) != chat.LinkExpired {
		t.Error(err)
	}
	if won != 1 || s.sessions(t) != before+1 {
		t.Errorf("%d won, %d sessions", won, s.sessions(t))
	}
}

// While the provider is away, the portal says so in a way that clients take for no verdict.
func TestProviderAway(t *testing.T) {
	s := serveAtProvider(t)
	s.idp.Away.Store(true)
	body := `{"redirect_uri":"` + redirect + `","state":"` + state + `","nonce":"` + nonce + `","code_challenge":"` + challenge("x") + `"}`
	res, err := http.Post(s.URL+portalapi.Prefix+portalapi.StartAtProvider.Path, "application/json", strings.NewReader(body))
	check(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(s.log.String(), "no server is available") {
		t.Fatal(res.Status, s.log.String())
	}
	s.idp.Away.Store(false)
	in := s.visit(t, "maya")
	s.idp.Instead(ssotest.UserInfoPath, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := s.redeem(t, in); chat.CodeOf(err) != chat.LinkExpired || !strings.Contains(err.Error(), "Start it again") {
		t.Error(err)
	}
}

// The provider's groups say who is an admin. Here another claim than the email says who the user is.
func TestProviderDecidesAdmins(t *testing.T) {
	s := serveAtProvider(t, func(o *sso.Options) { o.AdminGroup, o.Claim = "partners", "preferred_username" })
	_, err := s.store.AddAccount(t.Context(), records.Account{Email: "lee@firm.example", Name: "Lee", User: true, Admin: true})
	check(t, err)
	for _, groups := range [][]string{{"staff"}, {"staff", "partners"}, {}} {
		s.idp.Add("maya@firm.example", "another@address.example", false, groups...)
		in, err := s.redeem(t, s.visit(t, "maya@firm.example"))
		check(t, err)
		if in.Body.Me.Account != s.maya || in.Body.Me.Admin != (len(groups) == 2) {
			t.Errorf("%v: %+v", groups, in.Body.Me)
		}
	}
}

// Passwords of users can be forbidden: a new user gets no link to choose one.
func TestStaffPasswordsForbidden(t *testing.T) {
	s := serveAtProvider(t)
	s.tom(t)
	boss := s.admin(t)
	s.store.UseProvider(s.idp.URL, false)
	if _, err := s.signInTom(t, "right", ""); chat.CodeOf(err) != chat.NotAllowed || !strings.Contains(err.Error(), "firm's account") {
		t.Fatal(err)
	}
	in := &portalapi.AddUserInput{}
	in.Body.Email, in.Body.Name = "new@firm.example", "New"
	out, err := portalapi.Call(t.Context(), boss, portalapi.AddUser, in)
	check(t, err)
	if out.Body.ID == "" || out.Body.Path != "" || out.Body.URL != "" || out.Body.ExpiresAt != 0 {
		t.Errorf("%+v", out.Body)
	}
	s.idp.Add("new", "new@firm.example", true)
	_, err = s.redeem(t, s.visit(t, "new"))
	check(t, err)
}

// A user whose account at the provider was made anew gets in again once an admin has unlinked the old one.
func TestUnlinkProvider(t *testing.T) {
	s := serveAtProvider(t)
	_, err := s.redeem(t, s.visit(t, "maya"))
	check(t, err)
	s.idp.Add("maya again", "maya@firm.example", true)
	if _, err := s.redeem(t, s.visit(t, "maya again")); chat.CodeOf(err) != chat.NotAllowed || !strings.Contains(err.Error(), "another account") {
		t.Fatal(err)
	}
	_, err = portalapi.Call(t.Context(), s.admin(t), portalapi.UnlinkProvider, &portalapi.AccountInput{Account: s.maya})
	check(t, err)
	_, err = s.redeem(t, s.visit(t, "maya again"))
	check(t, err)
}

// A user without a password confirms who they are at the provider.
func TestConfirmAtProvider(t *testing.T) {
	s := serveAtProvider(t)
	s.store.UseProvider(s.idp.URL, false)
	check(t, s.store.EditUser(t.Context(), records.Program, s.maya, true, true))
	token, err := s.store.SignInAtProvider(t.Context(), records.ProviderAccount{Issuer: s.idp.URL, Subject: "id of maya", Email: "maya@firm.example", Nonce: "x"}, chat.Origin{})
	check(t, err)
	maya := s.client(token)
	unlink := func() error {
		_, err := portalapi.Call(t.Context(), maya, portalapi.UnlinkProvider, &portalapi.AccountInput{Account: s.maya})
		return err
	}
	confirm := func(who string) error {
		_, err := portalapi.Call(t.Context(), maya, portalapi.ConfirmAtProvider, &portalapi.ConfirmAtProviderInput{Body: s.visit(t, who).Body.Visited})
		return err
	}
	if err := unlink(); chat.CodeOf(err) != chat.ConfirmFirst {
		t.Fatal(err)
	}
	s.idp.Add("eve", "maya@firm.example", true)
	if err := confirm("eve"); chat.CodeOf(err) != chat.NotAllowed {
		t.Error(err)
	}
	check(t, confirm("maya"))
	check(t, unlink())
}

// Without a provider there is nothing to sign in at.
func TestNoProvider(t *testing.T) {
	s := &atProvider{served: serve(t)}
	ways, err := portalapi.Call(t.Context(), s.client(""), portalapi.Ways, &portalapi.Nothing{})
	check(t, err)
	if ways.Body.Provider || !ways.Body.Passwords {
		t.Fatalf("%+v", ways.Body)
	}
	in := &portalapi.SignInAtProviderInput{}
	in.Body.Code, in.Body.Verifier, in.Body.RedirectURI, in.Body.Nonce = "code", verifier, redirect, nonce
	_, started := s.start(t, nonce)
	_, signedIn := s.redeem(t, in)
	if chat.CodeOf(started) != chat.NotAllowed || chat.CodeOf(signedIn) != chat.NotAllowed {
		t.Error(started, signedIn)
	}
}
