package desktop

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
	"matterline/app/sso"
	"matterline/app/sso/ssotest"
)

// atProvider makes Maya's portal let users sign in at a real identity provider.
func (o *office) atProvider() *ssotest.Provider {
	o.t.Helper()
	idp := ssotest.Start(o.t)
	provider, err := sso.New(sso.Options{Issuer: idp.URL, ClientID: ssotest.ClientID, Claim: "email", Now: time.Now})
	check(o.t, err)
	o.store.UseProvider(idp.URL, true)
	handler := portal.New(o.store, fstest.MapFS{}, slog.New(slog.DiscardHandler), portal.WithProvider(provider))
	o.portal.Store(&handler)
	idp.Add("maya", "maya@firm.example", true)
	return idp
}

func TestSignInAtProvider(t *testing.T) {
	o := newOffice(t)
	o.atProvider()
	info, err := o.CheckPortal(o.server.URL)
	check(t, err)
	if !info.Provider || !info.Passwords {
		t.Fatalf("%+v", info)
	}
	pages := make(chan string, 1)
	o.window.browse = func(address string) {
		_, page := get(t, http.MethodGet, ssotest.SignIn(t, address, "maya").String())
		pages <- page
	}
	check(t, o.SignInAtProvider(o.server.URL))
	o.untilState("current")
	if s := o.Session(); s.User != o.maya.Account {
		t.Fatalf("%+v", s)
	}
	if page := <-pages; !strings.Contains(page, "Return to Matterline") {
		t.Error(page)
	}
	// A session in the window goes on.
	opened := o.Session().Opened
	check(t, o.SignInAtProvider(o.server.URL))
	<-pages
	if o.Session().Opened != opened {
		t.Error("the session was opened again")
	}
}

// What the browser brings back is only taken with the state that the app made. A user who cancels, there or in the
// window, is back at the start.
func TestProviderReturns(t *testing.T) {
	o := newOffice(t)
	idp := o.atProvider()
	redirect := func(address string, values url.Values) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Error(err)
			return ""
		}
		if values.Get("state") == "" {
			values.Set("state", u.Query().Get("state"))
		}
		return u.Query().Get("redirect_uri") + "?" + values.Encode()
	}
	for name, tt := range map[string]struct {
		browse func(address string)
		code   chat.Code
		says   string
	}{
		"canceled there": {func(address string) {
			get(t, http.MethodGet, redirect(address, url.Values{"error": {"access_denied"}}))
		}, chat.NotAllowed, "You canceled"},
		"refused": {func(address string) {
			get(t, http.MethodGet, redirect(address, url.Values{"error": {"invalid_scope"}, "error_description": {"no\u202e such scope\n"}}))
		}, chat.NotAllowed, "refused: invalid_scope no such scope"},
		"no code": {func(address string) { get(t, http.MethodGet, redirect(address, url.Values{})) }, chat.NotAllowed, "refused"},
		"made up": {func(address string) { get(t, http.MethodGet, redirect(address, url.Values{"code": {"made up"}})) }, chat.LinkExpired, "Start it again"},
		"a stranger": {func(address string) {
			idp.Add("eve", "eve@other.example", true)
			get(t, http.MethodGet, ssotest.SignIn(t, address, "eve").String())
		}, chat.NotAllowed, "No user has the email eve@other.example"},
		"another state": {func(address string) {
			if status, _ := get(t, http.MethodGet, redirect(address, url.Values{"code": {"x"}, "state": {"made up"}})); status != http.StatusNotFound {
				t.Error(status)
			}
			o.CancelSignIn()
		}, chat.LinkExpired, "You canceled"},
		"canceled here": {func(string) { o.CancelSignIn() }, chat.LinkExpired, "You canceled"},
	} {
		o.window.browse = tt.browse
		if err := o.SignInAtProvider(o.server.URL); chat.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if s := o.Session(); s.State != "out" {
			t.Fatalf("%s: %+v", name, s)
		}
	}
}

func TestNoProvider(t *testing.T) {
	o := newOffice(t)
	o.refuses(chat.NotAllowed, "", o.SignInAtProvider(o.server.URL))
	o.refuses(chat.Malformed, "address", o.SignInAtProvider("no address"))
}

// A user who signs in with the firm's account confirms who they are there, as themselves.
func TestConfirmAtProvider(t *testing.T) {
	o := newOffice(t)
	idp := o.atProvider()
	o.store.UseProvider(idp.URL, false)
	check(t, o.store.EditUser(t.Context(), records.Program, o.maya.Account, true, true))
	as := "maya"
	o.window.browse = func(address string) { get(t, http.MethodGet, ssotest.SignIn(t, address, as).String()) }
	check(t, o.SignInAtProvider(o.server.URL))
	o.untilState("current")
	if s := o.Session(); !s.NoPassword || !s.SSOOnly {
		t.Errorf("%+v", s)
	}
	added, err := o.AddUser("lee@firm.example", "Lee", false)
	check(t, err)
	if added.ID == "" || added.Link != "" {
		t.Errorf("%+v", added)
	}
	check(t, o.ConfirmAtProvider())
	check(t, o.UnlinkProvider(added.ID))
	idp.Add("lee", "lee@firm.example", true)
	as = "lee"
	o.refuses(chat.NotAllowed, "", o.ConfirmAtProvider())
}
