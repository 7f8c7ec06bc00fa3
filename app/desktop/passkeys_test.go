package desktop

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// passkeyPage is the portal's page in the user's browser, on a computer that has a passkey.
type passkeyPage struct {
	*office
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	// returns changes what the page brings back.
	returns func(url.Values)
}

// withPasskeys gives Maya's browser the page. Browsers offer passkeys at localhost, not at 127.0.0.1.
func (o *office) withPasskeys() *passkeyPage {
	p := &passkeyPage{office: o, returns: func(url.Values) {}}
	o.server.URL = strings.Replace(o.server.URL, "127.0.0.1", "localhost", 1)
	for len(p.key.ID) == 0 || len(p.key.Key.AttestationData()) < 77 { // the library writes a number that begins with a zero byte too short
		p.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	p.of(o.maya.Account)
	o.window.browse = p.browse
	return p
}

// of makes the passkey one of an account.
func (p *passkeyPage) of(account string) {
	p.device = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(account)})
}

// browse does what the page does. It calls t.Error only: the app calls it in another goroutine.
func (p *passkeyPage) browse(address string) {
	page, fragment, _ := strings.Cut(address, "#")
	what, err := url.ParseQuery(fragment)
	if err != nil || page != p.server.URL+"/passkey" {
		p.t.Error(address, err)
	}
	in := &portalapi.PasskeyPageInput{}
	in.Body.For, in.Body.Secret = chat.PasskeyUse(what.Get("for")), what.Get("secret")
	out, err := portalapi.Call(context.WithoutCancel(p.t.Context()), portalapi.NewClient(p.server.URL, ""), portalapi.PasskeyPageOptions, in)
	if err != nil {
		p.t.Error(err)
		return
	}
	back := url.Values{"state": {what.Get("state")}, "name": {"Firefox on Linux"}}
	shows := virtualwebauthn.RelyingParty{ID: "localhost", Origin: p.server.URL}
	if in.Body.For == chat.PasskeyToAdd {
		options, err := virtualwebauthn.ParseAttestationOptions(out.Body.Options)
		if err != nil {
			p.t.Error(err)
			return
		}
		back.Set("answer", virtualwebauthn.CreateAttestationResponse(shows, p.device, p.key, *options))
	} else {
		options, err := virtualwebauthn.ParseAssertionOptions(out.Body.Options)
		if err != nil {
			p.t.Error(err)
			return
		}
		back.Set("answer", virtualwebauthn.CreateAssertionResponse(shows, p.device, p.key, *options))
	}
	p.returns(back)
	get(p.t, http.MethodGet, "http://127.0.0.1:"+what.Get("port")+"/signed-in?"+back.Encode())
}

func TestPasskeys(t *testing.T) {
	o := newOffice(t)
	p := o.withPasskeys()
	o.signIn()
	if s := o.Session(); !s.PasskeysWork || s.Passkeys != 0 {
		t.Fatalf("%+v", s)
	}
	check(t, o.AddPasskey())
	if s := o.Session(); s.Passkeys != 1 {
		t.Fatalf("%+v", s)
	}
	passkeys, err := o.Passkeys()
	check(t, err)
	if len(passkeys) != 1 || passkeys[0].Name != "Firefox on Linux" {
		t.Fatalf("%+v", passkeys)
	}
	check(t, o.RenamePasskey(passkeys[0].ID, "My phone"))
	o.refuses(chat.Required, "name", o.RenamePasskey(passkeys[0].ID, " "))
	check(t, o.ConfirmByPasskey())
	opened := o.Session().Opened
	check(t, o.SignInByPasskey(o.server.URL))
	if o.Session().Opened != opened {
		t.Error("the session was opened again")
	}
	check(t, o.SignOut())
	check(t, o.SignInByPasskey(o.server.URL))
	o.untilState("current")

	p.returns = func(back url.Values) { back.Set("error", "access_denied") }
	if err := o.SignInByPasskey(o.server.URL); chat.CodeOf(err) != chat.NotAllowed || !strings.Contains(err.Error(), "You canceled") {
		t.Error(err)
	}
	p.returns = func(back url.Values) { back.Del("answer") }
	o.refuses(chat.NotAllowed, "", o.AddPasskey())
	p.returns = func(back url.Values) { back.Set("answer", "{}") }
	o.refuses(chat.WrongPasskey, "", o.ConfirmByPasskey())
	p.returns = func(url.Values) {}
	o.window.browse = func(string) { o.CancelSignIn() }
	o.refuses(chat.LinkExpired, "", o.SignInByPasskey(o.server.URL))
	o.refuses(chat.LinkExpired, "", o.AddPasskey())
	o.window.browse = p.browse

	check(t, o.RemovePasskey(passkeys[0].ID))
	if s := o.Session(); s.Passkeys != 0 {
		t.Fatalf("%+v", s)
	}
	o.refuses(chat.NotFound, "", o.RemovePasskey(passkeys[0].ID))
	o.refuses(chat.WrongPasskey, "", o.SignInByPasskey(o.server.URL))
}

// A session that isn't confirmed can't add a passkey, and opens no page.
func TestPasskeyNeedsConfirmation(t *testing.T) {
	o := newOffice(t)
	o.withPasskeys()
	o.signIn()
	if _, err := o.store.NewEpoch(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	o.window.browse = func(address string) { t.Error(address) }
	o.refuses(chat.ConfirmFirst, "password", o.AddPasskey())
}

func TestNoPasskeysThere(t *testing.T) {
	o := newOffice(t)
	o.signIn() // at 127.0.0.1
	if s := o.Session(); s.PasskeysWork {
		t.Errorf("%+v", s)
	}
	info, err := o.CheckPortal(o.server.URL)
	check(t, err)
	if info.Passkeys {
		t.Errorf("%+v", info)
	}
	o.refuses(chat.NotAllowed, "", o.SignInByPasskey(o.server.URL))
	o.refuses(chat.NotAllowed, "", o.ConfirmByPasskey())
	o.refuses(chat.NotAllowed, "", o.AddPasskey())

	o.withPasskeys()
	if info, err = o.CheckPortal(o.server.URL); err != nil || !info.Passkeys {
		t.Errorf("%+v, %v", info, err)
	}
	o.store.UseProvider("https://provider.example", false)
	if info, err = o.CheckPortal(o.server.URL); err != nil || info.Passkeys {
		t.Errorf("%+v, %v", info, err)
	}
}
