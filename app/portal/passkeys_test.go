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

func TestPasskeys(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			ctx := t.Context()
			account, eve := s.eve(t)
			nobody := portalapi.NewClient(s.localhost(), "")
			firm, err := portalapi.Call(ctx, nobody, portalapi.GetFirm, &portalapi.Nothing{})
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

			shows := virtualwebauthn.RelyingParty{ID: "localhost", Origin: s.localhost()}
			phone := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(account)})
			key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
			for len(key.Key.AttestationData()) < 77 { // the library writes a number that begins with a zero byte too short
				key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
			}
			answer := func(c *portalapi.Client, op portalapi.Op[portalapi.Nothing, portalapi.PasskeyOptionsOutput]) string {
				t.Helper()
				out, err := portalapi.Call(ctx, c, op, &portalapi.Nothing{})
				check(t, err)
				options, err := virtualwebauthn.ParseAssertionOptions(out.Body.Options)
				check(t, err)
				return virtualwebauthn.CreateAssertionResponse(shows, phone, key, *options)
			}

			proof := &portalapi.ProofInput{}
			proof.Body.Password = "right"
			started, err := portalapi.Call(ctx, eve, portalapi.StartPasskey, proof)
			check(t, err)
			options, err := virtualwebauthn.ParseAttestationOptions(started.Body.Options)
			check(t, err)
			add := &portalapi.AddPasskeyInput{}
			add.Body.Name, add.Body.Answer = "Phone", virtualwebauthn.CreateAttestationResponse(shows, phone, key, *options)
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
			in.Body.Answer, in.Body.Kind, in.Body.Cookie = answer(nobody, portalapi.SignInOptions), chat.BrowserSession, true
			out, err := portalapi.Call(ctx, nobody, portalapi.SignInByPasskey, in)
			check(t, err)
			if out.Body.Me.Account != account || out.Body.Token != "" || out.Body.DeviceSecret != "" {
				t.Fatalf("%+v", out.Body)
			}
			if _, err := portalapi.Call(ctx, nobody, portalapi.SignInByPasskey, in); chat.CodeOf(err) != chat.WrongPasskey {
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
			if out, err = portalapi.Call(ctx, nobody, portalapi.Recover, recover); err != nil || out.Body.Me.Account != account || out.Body.Token == "" {
				t.Fatalf("%+v, %v", out, err)
			}
			eve = portalapi.NewClient(s.localhost(), out.Body.Token)
			_, err = portalapi.Call(ctx, eve, portalapi.RemovePasskey, &portalapi.PasskeyInput{Passkey: added.Body.ID})
			check(t, err)

			// As with wrong passwords, someone who guesses has to wait, and the answer is the same for every email.
			sentences := map[string]bool{}
			for _, email := range []string{"eve@home.example", "nobody@home.example"} {
				for n := range 11 {
					recover.Body.Email, recover.Body.Code = email, fmt.Sprint("guess ", n)
					_, err = portalapi.Call(ctx, nobody, portalapi.Recover, recover)
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

// Passkeys belong to the portal's public address, or to what the request says if that isn't known.
func TestWherePasskeysWork(t *testing.T) {
	s := serve(t)
	handler := s.Config.Handler
	for _, tt := range []struct {
		place portal.Place
		host  string
		tls   bool
		want  string
	}{
		{portal.Place{Public: "https://firm.example/portal", Base: "/portal"}, "10.0.0.1:8080", false, "https://firm.example"},
		{portal.Place{Public: "https://firm.example:8443"}, "localhost:8080", false, "https://firm.example:8443"},
		{portal.Place{Public: "http://firm.example"}, "localhost:8080", false, ""},
		{portal.Place{Base: "/portal"}, "firm.example", true, "https://firm.example"},
		{portal.Place{}, "firm.example", false, ""},
		{portal.Place{}, "localhost:8080", false, "http://localhost:8080"},
		{portal.Place{}, "127.0.0.1:8080", false, ""},
	} {
		target := "http://" + tt.host
		if tt.tls {
			target = "https://" + tt.host
		}
		r := httptest.NewRequestWithContext(portal.At(t.Context(), tt.place), http.MethodGet, target+portalapi.Prefix+"/firm", nil)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Body.String(); tt.want == "" && strings.Contains(got, "passkeys") || tt.want != "" && !strings.Contains(got, `"passkeys":"`+tt.want+`"`) {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
