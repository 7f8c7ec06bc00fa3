package portal_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// eve adds a participant with a password, and returns a client for her. Browsers offer passkeys at localhost, not at
// 127.0.0.1.
func (s *served) eve(t *testing.T) (account string, client *portalapi.Client) {
	t.Helper()
	account, err := s.store.AddAccount(t.Context(), records.Account{Email: "eve@home.example", Name: "Eve", Password: "right"})
	check(t, err)
	token, err := s.store.StartSession(t.Context(), account, chat.Origin{})
	check(t, err)
	return account, portalapi.NewClient(s.localhost(), token)
}

func (s *served) localhost() string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) }

// phone is an authenticator with one passkey, in a browser that shows the portal.
type phone struct {
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	shows  virtualwebauthn.RelyingParty
}

func (s *served) newPhone(account string) *phone {
	p := &phone{
		device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(account)}),
		shows:  virtualwebauthn.RelyingParty{ID: "localhost", Origin: s.localhost()},
	}
	for len(p.key.ID) == 0 || len(p.key.Key.AttestationData()) < 77 { // the library writes a number that begins with a zero byte too short
		p.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return p
}

// makes returns what the browser sends once the phone has made its passkey.
func (p *phone) makes(t *testing.T, asked *portalapi.PasskeyOptionsOutput) string {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(asked.Body.Options)
	check(t, err)
	return virtualwebauthn.CreateAttestationResponse(p.shows, p.device, p.key, *options)
}

// answers returns what the browser sends once the person has touched the phone.
func (p *phone) answers(t *testing.T, asked *portalapi.PasskeyOptionsOutput) string {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(asked.Body.Options)
	check(t, err)
	return virtualwebauthn.CreateAssertionResponse(p.shows, p.device, p.key, *options)
}

func TestPasskeys(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			ctx := t.Context()
			account, eve := s.eve(t)
			visitor := portalapi.NewClient(s.localhost(), "")
			firm, err := portalapi.Call(ctx, visitor, portalapi.GetFirm, &portalapi.Nothing{})
			check(t, err)
			if firm.Body.Passkeys != s.localhost() {
				t.Fatalf("%+v", firm.Body)
			}
			if firm, err = portalapi.Call(ctx, s.client(""), portalapi.GetFirm, &portalapi.Nothing{}); err != nil || firm.Body.Passkeys != "" {
				t.Fatalf("%+v, %v", firm.Body, err)
			}
			if _, err := portalapi.Call(ctx, s.client(""), portalapi.SignInOptions, &portalapi.Nothing{}); chat.CodeOf(err) != chat.NotAllowed {
				t.Fatal("at an IP address:", err)
			}

			phone := s.newPhone(account)
			answer := func(c *portalapi.Client, op portalapi.Op[portalapi.Nothing, portalapi.PasskeyOptionsOutput]) string {
				t.Helper()
				out, err := portalapi.Call(ctx, c, op, &portalapi.Nothing{})
				check(t, err)
				return phone.answers(t, out)
			}

			proof := &portalapi.ProofInput{}
			proof.Body.Password = "right"
			started, err := portalapi.Call(ctx, eve, portalapi.StartPasskey, proof)
			check(t, err)
			add := &portalapi.AddPasskeyInput{}
			add.Body.Name, add.Body.Answer = "Phone", phone.makes(t, started)
			added, err := portalapi.Call(ctx, eve, portalapi.AddPasskey, add)
			check(t, err)
			rename := &portalapi.RenamePasskeyInput{Passkey: added.Body.ID}
			rename.Body.Name = "My phone"
			_, err = portalapi.Call(ctx, eve, portalapi.RenamePasskey, rename)
			check(t, err)
			list, err := portalapi.Call(ctx, eve, portalapi.Passkeys, &portalapi.Nothing{})
			check(t, err)
			if len(list.Body.Passkeys) != 1 || list.Body.Passkeys[0].Name != "My phone" {
				t.Fatalf("%+v", list.Body)
			}

			in := &portalapi.PasskeySignInInput{}
			in.Body.Answer, in.Body.Kind, in.Body.Cookie = answer(visitor, portalapi.SignInOptions), chat.BrowserSession, true
			out, err := portalapi.Call(ctx, visitor, portalapi.SignInByPasskey, in)
			check(t, err)
			if out.Body.Me.Account != account || out.Body.Token != "" || out.Body.DeviceSecret != "" {
				t.Fatalf("%+v", out.Body)
			}
			if _, err := portalapi.Call(ctx, visitor, portalapi.SignInByPasskey, in); chat.CodeOf(err) != chat.WrongPasskey {
				t.Fatal("again:", err)
			}

			change := &portalapi.PasswordInput{}
			change.Body.New, change.Body.Passkey = "a long enough one", answer(eve, portalapi.ProveOptions)
			_, err = portalapi.Call(ctx, eve, portalapi.ChangePassword, change)
			check(t, err)
			_, err = s.store.SignIn(ctx, "eve@home.example", "a long enough one", "", chat.Origin{})
			check(t, err)

			proof.Body.Password, proof.Body.Passkey = "", answer(eve, portalapi.ProveOptions)
			codes, err := portalapi.Call(ctx, eve, portalapi.MakeRecoveryCodes, proof)
			check(t, err)
			recover := &portalapi.RecoverInput{}
			recover.Body.Email, recover.Body.Code, recover.Body.Password = "eve@home.example", codes.Body.RecoveryCodes[0], "another long one"
			if out, err = portalapi.Call(ctx, visitor, portalapi.Recover, recover); err != nil || out.Body.Me.Account != account || out.Body.Token == "" {
				t.Fatalf("%+v, %v", out, err)
			}
			eve = portalapi.NewClient(s.localhost(), out.Body.Token)
			_, err = portalapi.Call(ctx, eve, portalapi.RemovePasskey, &portalapi.PasskeyInput{Passkey: added.Body.ID})
			check(t, err)

			// As with wrong passwords, someone who guesses has to wait, and the answer is the same for every email.
			sentences := map[string]bool{}
			for _, email := range []string{"eve@home.example", "visitor@home.example"} {
				for n := range 11 {
					recover.Body.Email, recover.Body.Code = email, fmt.Sprint("guess ", n)
					_, err = portalapi.Call(ctx, visitor, portalapi.Recover, recover)
					sentences[fmt.Sprint(chat.CodeOf(err), " ", err)] = true
				}
				if chat.CodeOf(err) != chat.TooMany {
					t.Fatal(email, err)
				}
			}
			if len(sentences) != 2 {
				t.Fatal(sentences)
			}
		})
	}
}

// A user's app opens the page in the system's browser, and redeems what the page passes on.
func TestStaffPasskeys(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			ctx := t.Context()
			visitor := portalapi.NewClient(s.localhost(), "")
			ways, err := portalapi.Call(ctx, visitor, portalapi.Ways, &portalapi.Nothing{})
			check(t, err)
			if ways.Body.PasskeyPage != s.localhost()+"/passkey" {
				t.Fatalf("%+v", ways.Body)
			}
			page := func(use chat.PasskeyUse, secret string) *portalapi.PasskeyOptionsOutput {
				t.Helper()
				in := &portalapi.PasskeyPageInput{}
				in.Body.For, in.Body.Secret = use, secret
				out, err := portalapi.Call(ctx, visitor, portalapi.PasskeyPageOptions, in)
				check(t, err)
				return out
			}
			_, err = s.store.AddAccount(ctx, records.Account{Email: "lead@firm.example", Name: "Lead", Password: "right", User: true})
			check(t, err)
			byPassword := &portalapi.SignInInput{}
			byPassword.Body.Email, byPassword.Body.Password, byPassword.Body.Kind = "lead@firm.example", "right", chat.DesktopSession
			in, err := portalapi.Call(ctx, visitor, portalapi.SignIn, byPassword)
			check(t, err)
			if me := in.Body.Me; !me.PasskeysWork || me.Passkeys != 0 {
				t.Fatalf("%+v", me)
			}
			lead, phone := portalapi.NewClient(s.localhost(), in.Body.Token), s.newPhone(in.Body.Me.Account)
			link, err := portalapi.Call(ctx, lead, portalapi.PasskeyLink, &portalapi.Nothing{})
			check(t, err)
			add := &portalapi.AddPasskeyInput{}
			add.Body.Name, add.Body.Answer = "Phone", phone.makes(t, page(chat.PasskeyToAdd, link.Body.Link))
			_, err = portalapi.Call(ctx, lead, portalapi.AddPasskey, add)
			check(t, err)

			byPasskey := &portalapi.PasskeySignInInput{}
			byPasskey.Body.Answer, byPasskey.Body.Verifier = phone.answers(t, page(chat.PasskeyToSignIn, challenge(verifier))), verifier
			byPasskey.Body.Kind, byPasskey.Body.DeviceSecret = chat.DesktopSession, in.Body.DeviceSecret
			out, err := portalapi.Call(ctx, visitor, portalapi.SignInByPasskey, byPasskey)
			check(t, err)
			if me := out.Body.Me; me.Account != in.Body.Me.Account || me.Passkeys != 1 || out.Body.DeviceSecret != in.Body.DeviceSecret {
				t.Fatalf("%+v", out.Body)
			}
			confirm := &portalapi.ConfirmByPasskeyInput{}
			confirm.Body.Answer, confirm.Body.Verifier = phone.answers(t, page(chat.PasskeyToConfirm, challenge(verifier))), verifier
			_, err = portalapi.Call(ctx, portalapi.NewClient(s.localhost(), out.Body.Token), portalapi.ConfirmByPasskey, confirm)
			check(t, err)

			s.store.UseProvider("https://provider.example", false)
			if ways, err = portalapi.Call(ctx, visitor, portalapi.Ways, &portalapi.Nothing{}); err != nil || ways.Body.PasskeyPage != "" {
				t.Fatalf("%+v, %v", ways, err)
			}
			if me, err := portalapi.Call(ctx, lead, portalapi.Me, &portalapi.Nothing{}); err != nil || me.Body.PasskeysWork || me.Body.Passkeys != 0 {
				t.Fatalf("%+v, %v", me, err)
			}
		})
	}
}

// Passkeys belong to the portal's public address, or to what the request says if that isn't known.
func TestWherePasskeysWork(t *testing.T) {
	s := serve(t)
	handler := s.Config.Handler
	for _, tt := range []struct {
		place portal.Place
		host  string
		tls   bool
		want  string
		page  string // on which users use their passkeys
	}{
		{portal.Place{Public: "https://firm.example/portal", Base: "/portal"}, "10.0.0.1:8080", false, "https://firm.example", "https://firm.example/portal/passkey"},
		{portal.Place{Public: "https://firm.example:8443"}, "localhost:8080", false, "https://firm.example:8443", "https://firm.example:8443/passkey"},
		{portal.Place{Public: "http://firm.example"}, "localhost:8080", false, "", ""},
		{portal.Place{Base: "/portal"}, "firm.example", true, "https://firm.example", "https://firm.example/portal/passkey"},
		{portal.Place{}, "firm.example", false, "", ""},
		{portal.Place{}, "localhost:8080", false, "http://localhost:8080", "http://localhost:8080/passkey"},
		{portal.Place{}, "127.0.0.1:8080", false, "", ""},
	} {
		target := "http://" + tt.host
		if tt.tls {
			target = "https://" + tt.host
		}
		for path, want := range map[string]string{"/firm": `"passkeys":"` + tt.want + `"`, "/sessions/ways": `"passkey_page":"` + tt.page + `"`} {
			r := httptest.NewRequestWithContext(portal.At(t.Context(), tt.place), http.MethodGet, target+portalapi.Prefix+path, nil)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if got := w.Body.String(); tt.want == "" && strings.Contains(got, "passkey") || tt.want != "" && !strings.Contains(got, want) {
				t.Errorf("%+v: %s", tt, got)
			}
		}
	}
}
