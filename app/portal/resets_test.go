package portal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// admin adds an admin and returns a client for them.
func (s *served) admin(t *testing.T) *portalapi.Client {
	t.Helper()
	_, err := s.store.AddAccount(t.Context(), records.Account{Email: "lee@firm.example", Name: "Lee", Password: "right", User: true, Admin: true})
	check(t, err)
	in, err := s.store.SignIn(t.Context(), "lee@firm.example", "right", "", chat.Origin{})
	check(t, err)
	return s.client(in.Token)
}

// resetLink makes a reset link for an account and returns its secret.
func resetLink(t *testing.T, admin *portalapi.Client, account string) string {
	t.Helper()
	out, err := portalapi.Call(t.Context(), admin, portalapi.Reset, &portalapi.AccountInput{Account: account})
	check(t, err)
	secret, ok := strings.CutPrefix(out.Body.Path, "/reset#")
	if !ok || out.Body.URL != "" || out.Body.ExpiresAt <= time.Now().UnixMilli() {
		t.Fatalf("%+v", out.Body)
	}
	return secret
}

// browse sends a body as a browser does, and returns the answer with its cookies.
func (s *served) browse(t *testing.T, path, body string) (*http.Response, portalapi.SignInOutput) {
	t.Helper()
	res, err := http.Post(s.URL+portalapi.Prefix+path, "application/json", strings.NewReader(body))
	check(t, err)
	defer res.Body.Close()
	var out portalapi.SignInOutput
	check(t, json.NewDecoder(res.Body).Decode(&out.Body))
	return res, out
}

// A participant who chooses a new password is signed in with cookies. A user gets neither a session nor a cookie.
func TestResetSignsOnlyParticipantsIn(t *testing.T) {
	s := serve(t)
	admin := s.admin(t)
	for _, tt := range []struct {
		name, account, email string
		user                 bool
	}{{"Ana", s.ana, "ana@client.example", false}, {"Maya Smith", s.maya, "maya@firm.example", true}} {
		secret := resetLink(t, admin, tt.account)
		in := &portalapi.ResetInfoInput{}
		in.Body.Reset = secret
		info, err := portalapi.Call(t.Context(), s.client(""), portalapi.ResetInfo, in)
		check(t, err)
		if info.Body.Name != tt.name || info.Body.Email != tt.email || info.Body.User != tt.user {
			t.Errorf("%+v", info.Body)
		}
		res, out := s.browse(t, "/resets", `{"reset":"`+secret+`","password":"correct horse battery","device":"phone","kind":"browser","cookie":true}`)
		me := out.Body.Me
		if res.StatusCode != http.StatusOK || out.Body.Token != "" || me.Account != tt.account || me.Email != tt.email || me.User != tt.user || me.MustChange {
			t.Fatalf("%s %+v", res.Status, out.Body)
		}
		cookies := res.Cookies()
		if tt.user {
			if len(cookies) != 0 {
				t.Errorf("a user gets cookies: %v", cookies)
			}
			continue
		}
		if len(cookies) != 2 || cookies[0].Name != portalapi.SessionCookie || !cookies[0].HttpOnly || cookies[0].MaxAge != 180*24*60*60 {
			t.Fatalf("%v", cookies)
		}
		sessions, err := portalapi.Call(t.Context(), s.client(cookies[0].Value), portalapi.Sessions, &portalapi.Nothing{})
		check(t, err)
		if got := sessions.Body.Sessions; len(got) != 1 || got[0].Kind != chat.BrowserSession || got[0].Device != "phone" || got[0].Address == "" || !got[0].Current {
			t.Errorf("%+v", got)
		}
	}
	if _, err := portalapi.Call(t.Context(), s.client(s.mayaToken), portalapi.Me, &portalapi.Nothing{}); chat.CodeOf(err) != chat.SignedOut {
		t.Errorf("Maya's old session: %v", err)
	}
}

// Guesses of links count together with all other guesses of a network. Past the limit, even a link that works is refused
// before anything is looked up.
func TestGuessingResetLinksIsLimited(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	secret := resetLink(t, s.admin(t), s.ana)
	info, use := &portalapi.ResetInfoInput{}, &portalapi.UseResetInput{}
	use.Body.Password = "correct horse battery"
	ask := func(secret string) (infoErr, useErr error) {
		info.Body.Reset, use.Body.Reset = secret, secret
		_, infoErr = portalapi.Call(t.Context(), s.client(""), portalapi.ResetInfo, info)
		_, useErr = portalapi.Call(t.Context(), s.client(""), portalapi.UseReset, use)
		return infoErr, useErr
	}
	for i := range 50 {
		infoErr, useErr := ask("made up")
		if chat.CodeOf(infoErr) != chat.LinkExpired || chat.CodeOf(useErr) != chat.LinkExpired {
			t.Fatalf("guess %d: %v, %v", i, infoErr, useErr)
		}
	}
	if infoErr, useErr := ask(secret); chat.CodeOf(infoErr) != chat.TooMany || chat.CodeOf(useErr) != chat.TooMany {
		t.Errorf("after 100 guesses: %v, %v", infoErr, useErr)
	}
}

// A sign-in with a program that isn't for the account is refused once the password is right. It leaves no session, no
// cookie and no device behind, and doesn't count as a guess.
func TestRefusedProgramLeavesNothing(t *testing.T) {
	s := serve(t)
	for _, account := range []records.Account{{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true}, {Email: "dora@client.example", Name: "Dora", Password: "right"}} {
		id, err := s.store.AddAccount(t.Context(), account)
		check(t, err)
		wrong, right := "browser", "desktop"
		if !account.User {
			wrong, right = right, wrong
		}
		body := func(password, kind string) string {
			return `{"email":"` + account.Email + `","password":"` + password + `","kind":"` + kind + `","cookie":true}`
		}
		for range 15 {
			if res, _ := s.browse(t, "/sessions", body("right", wrong)); res.StatusCode != http.StatusForbidden || len(res.Header.Values("Set-Cookie")) != 0 {
				t.Fatalf("%s: %s %v", account.Name, res.Status, res.Header)
			}
		}
		sessions, err := s.store.Sessions(t.Context(), chat.Caller{Account: id, User: account.User}, "")
		check(t, err)
		if len(sessions) != 0 {
			t.Errorf("%s: %+v", account.Name, sessions)
		}
		if res, _ := s.browse(t, "/sessions", body("right", right)); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", account.Name, res.Status)
		}
	}
}

// If the firm lets sessions last until the browser closes, the cookie has no end.
func TestCookieThatEndsWithTheBrowser(t *testing.T) {
	s := serve(t)
	settings := chat.DefaultFirmSettings
	settings.ClientIdleDays = 0
	_, err := portalapi.Call(t.Context(), s.admin(t), portalapi.SetFirmSettings, &portalapi.FirmSettingsInput{Body: settings})
	check(t, err)
	secret, err := s.store.AddLink(t.Context(), s.ana, time.Now().Add(time.Hour))
	check(t, err)
	res, _ := s.browse(t, "/sessions", `{"link":"`+secret+`","cookie":true}`)
	if cookie := res.Cookies()[0]; cookie.Name != portalapi.SessionCookie || cookie.MaxAge != 0 || !cookie.Expires.IsZero() {
		t.Errorf("%v", cookie)
	}
}

// An admin adds a user with a password, which has to be changed, or with a link to choose one.
func TestAddUserByPasswordOrLink(t *testing.T) {
	s := serve(t)
	admin := s.admin(t)
	in := &portalapi.AddUserInput{}
	in.Body.Email, in.Body.Name, in.Body.Password = "tom@firm.example", "Tom", "correct horse battery"
	added, err := portalapi.Call(t.Context(), admin, portalapi.AddUser, in)
	check(t, err)
	if added.Body.Path != "" || added.Body.ExpiresAt != 0 {
		t.Errorf("%+v", added.Body)
	}
	_, out := s.browse(t, "/sessions", `{"email":"tom@firm.example","password":"correct horse battery","kind":"desktop"}`)
	if !out.Body.Me.MustChange || out.Body.Me.Email != "tom@firm.example" {
		t.Errorf("%+v", out.Body.Me)
	}
	in.Body.Email, in.Body.Password = "may@firm.example", ""
	added, err = portalapi.Call(t.Context(), admin, portalapi.AddUser, in)
	check(t, err)
	secret, ok := strings.CutPrefix(added.Body.Path, "/reset#")
	if res, _ := s.browse(t, "/resets", `{"reset":"`+secret+`","password":"correct horse battery"}`); !ok || added.Body.ID == "" || res.StatusCode != http.StatusOK {
		t.Fatalf("%+v: %s", added.Body, res.Status)
	}
	_, out = s.browse(t, "/sessions", `{"email":"may@firm.example","password":"correct horse battery","kind":"desktop"}`)
	if out.Body.Token == "" || out.Body.Me.MustChange {
		t.Errorf("%+v", out.Body)
	}
}

// A session that an admin ends, or that a new password ends, ends on every node at once: its streams there, and its
// requests, although the node had just seen it.
func TestSessionsEndOnEveryNode(t *testing.T) {
	here, there, _ := serveNodes(t)
	admin := here.admin(t)
	for name, end := range map[string]func(){
		"an admin": func() {
			sessions, err := portalapi.Call(t.Context(), admin, portalapi.AccountSessions, &portalapi.AccountInput{Account: here.ana})
			check(t, err)
			_, err = portalapi.Call(t.Context(), admin, portalapi.EndSession, &portalapi.EndSessionInput{Account: here.ana, Session: sessions.Body.Sessions[0].ID})
			check(t, err)
		},
		"a new password": func() {
			in := &portalapi.UseResetInput{}
			in.Body.Reset, in.Body.Password = resetLink(t, admin, here.ana), "correct horse battery"
			_, err := portalapi.Call(t.Context(), here.client(""), portalapi.UseReset, in)
			check(t, err)
		},
	} {
		token, err := here.store.StartSession(t.Context(), here.ana, chat.Origin{})
		check(t, err)
		stream := there.liveStream(t, token)
		nextEvent(t, stream)
		_, err = there.store.Caller(t.Context(), token) // now cached
		check(t, err)
		end()
		for stream.Scan() { // to its end
		}
		if _, err := portalapi.Call(t.Context(), there.client(token), portalapi.Me, &portalapi.Nothing{}); chat.CodeOf(err) != chat.SignedOut {
			t.Errorf("%s ended the session, and the other node says %v", name, err)
		}
	}
}

// A stream whose session expires ends at its next check.
func TestExpiredSessionEndsItsStream(t *testing.T) {
	t.Cleanup(portal.SetHeartbeat(100 * time.Millisecond))
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			db := engine.open(t)
			s := serveOn(t, db)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := s.client(s.mayaToken).Follow(ctx, func(ev portalapi.Event) error {
				if ev.Heads == nil {
					return nil
				}
				check(t, db.Tx(ctx, func(tx *sqldb.Tx) error { return tx.Exec(`UPDATE sessions SET used_at = 1`) }))
				another, err := s.store.StartSession(ctx, s.ana, chat.Origin{})
				check(t, err)
				return s.store.EndSession(ctx, another, chat.Origin{}) // clears the cache
			})
			if ctx.Err() != nil || chat.CodeOf(err) != chat.Unreachable {
				t.Fatalf("the stream continued: %v", err)
			}
			_, err = portalapi.Call(t.Context(), s.client(s.mayaToken), portalapi.Me, &portalapi.Nothing{})
			if chat.CodeOf(err) != chat.SignedOut || !strings.Contains(err.Error(), "Please sign in again.") {
				t.Errorf("%v", err)
			}
		})
	}
}

// While strangers on many networks try an account's password all day, its owner signs in with a new one on a device that
// the account was used on before, or with which the link was used.
func TestResetUnderAttack(t *testing.T) {
	defer portal.RememberGuesses()()
	defer portal.SetAccountRate(3)()
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			admin := s.admin(t)
			tom, err := s.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true})
			check(t, err)
			networks := 0
			anywhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				networks++
				r.RemoteAddr = fmt.Sprintf("203.0.113.%d:1", networks)
				s.Config.Handler.ServeHTTP(w, r)
			}))
			defer anywhere.Close()
			signIn := func(email, password, device string) (*portalapi.SignInOutput, error) {
				in := &portalapi.SignInInput{}
				in.Body.Email, in.Body.Password, in.Body.DeviceSecret = email, password, device
				return portalapi.Call(t.Context(), portalapi.NewClient(anywhere.URL, ""), portalapi.SignIn, in)
			}
			attack := func(email string) {
				t.Helper()
				for {
					if _, err := signIn(email, "guessed", ""); chat.CodeOf(err) == chat.TooMany {
						return
					} else if chat.CodeOf(err) != chat.WrongPassword {
						t.Fatal(err)
					}
				}
			}
			before, err := signIn("tom@firm.example", "right", "")
			check(t, err)
			attack("tom@firm.example")
			use := &portalapi.UseResetInput{}
			use.Body.Reset, use.Body.Password, use.Body.Kind = resetLink(t, admin, tom), "correct horse battery", chat.BrowserSession
			_, err = portalapi.Call(t.Context(), portalapi.NewClient(anywhere.URL, ""), portalapi.UseReset, use)
			check(t, err)
			attack("tom@firm.example")
			if _, err := signIn("tom@firm.example", "correct horse battery", "made up"); chat.CodeOf(err) != chat.TooMany {
				t.Error("a stranger's device:", err)
			}
			after, err := signIn("tom@firm.example", "correct horse battery", before.Body.DeviceSecret)
			check(t, err)
			if after.Body.DeviceSecret != before.Body.DeviceSecret {
				t.Error("the device isn't known as the same one")
			}
			for i := range 11 { // the old device has its own limit
				_, err := signIn("tom@firm.example", "guessed", before.Body.DeviceSecret)
				if want := []chat.Code{chat.WrongPassword, chat.TooMany}[i/10]; chat.CodeOf(err) != want {
					t.Fatalf("guess %d: %v", i, err)
				}
			}

			// A participant's link makes its browser a known device, also one on which they have never signed in.
			attack("ana@client.example")
			use.Body.Reset = resetLink(t, admin, s.ana)
			out, err := portalapi.Call(t.Context(), portalapi.NewClient(anywhere.URL, ""), portalapi.UseReset, use)
			check(t, err)
			attack("ana@client.example")
			_, err = signIn("ana@client.example", "correct horse battery", out.Body.DeviceSecret)
			check(t, err)
		})
	}
}
