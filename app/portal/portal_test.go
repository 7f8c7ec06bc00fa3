package portal_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// served is a portal on the loopback interface with one matter: Maya's, with Ana as participant.
type served struct {
	*httptest.Server
	store         *records.Store
	maya, ana     string // accounts
	mayaToken     string
	matter, toAna string
}

func serve(t *testing.T) *served {
	t.Helper()
	return serveOn(t, engines[0].open(t))
}

func serveOn(t *testing.T, db *sqldb.DB) *served {
	t.Helper()
	store, err := records.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pages := fstest.MapFS{"index.html": {Data: []byte("the client pages")}, "assets/app.js": {Data: []byte("script")}}
	s := &served{Server: httptest.NewServer(portal.New(store, pages, slog.New(slog.DiscardHandler))), store: store}
	t.Cleanup(func() {
		s.CloseClientConnections() // or Close waits for the live streams
		s.Close()
		store.Close()
	})
	ctx := t.Context()
	s.maya, err = store.AddAccount(ctx, records.Account{Email: "maya@firm.example", Name: "Maya Smith", User: true})
	check(t, err)
	s.ana, err = store.AddAccount(ctx, records.Account{Email: "ana@client.example", Name: "Ana"})
	check(t, err)
	s.matter, err = store.AddMatter(ctx, chat.Matter{Reference: "1", Title: "Elm Street", Assigned: s.maya})
	check(t, err)
	s.toAna, err = store.AddParticipant(ctx, chat.Participant{Matter: s.matter, Name: "Ana", Role: "Client"}, s.ana)
	check(t, err)
	s.mayaToken, err = store.StartSession(ctx, s.maya, chat.Origin{})
	check(t, err)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *served) client(token string) *portalapi.Client { return portalapi.NewClient(s.URL, token) }

func (s *served) send(t *testing.T, c *portalapi.Client, text string) portalapi.Result {
	t.Helper()
	in := &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: s.toAna, Text: text}}
	out, err := portalapi.Call(t.Context(), c, portalapi.SendMessages, in)
	check(t, err)
	return out.Body.Results[0]
}

// Every bad request gets a problem with a code, a sentence and, if one field is at fault, its name.
func TestProblems(t *testing.T) {
	s := serve(t)
	for _, tt := range []struct {
		name, method, path, body, token string
		header                          [2]string
		status                          int
		code                            chat.Code
		field                           string
	}{
		{name: "SignedOut", method: "GET", path: "/matters", status: 401, code: chat.SignedOut},
		{name: "BadToken", method: "GET", path: "/matters", token: "made up", status: 401, code: chat.SignedOut},
		{name: "LiveSignedOut", method: "GET", path: "/live", status: 401, code: chat.SignedOut},
		{name: "UnknownMatter", method: "GET", path: "/matters/none/changes", token: s.mayaToken, status: 404, code: chat.NotFound},
		{name: "UnknownPath", method: "GET", path: "/nothing", token: s.mayaToken, status: 404, code: chat.NoOperation},
		{name: "MalformedJSON", method: "POST", path: "/messages", body: `{"messages":`, token: s.mayaToken, status: 400, code: chat.Malformed, field: "body"},
		{name: "NotJSON", method: "POST", path: "/messages", body: `hello`, token: s.mayaToken, status: 400, code: chat.Malformed, field: "body"},
		{name: "NotUTF8", method: "POST", path: "/messages", body: "{\"messages\":[{\"text\":\"a\xff\"}]}", token: s.mayaToken, status: 400, code: chat.Malformed, field: "body"},
		{name: "HalfACharacter", method: "POST", path: "/messages", body: `{"messages":[{"text":"a\ud83d"}]}`, token: s.mayaToken, status: 400, code: chat.Malformed, field: "body"},
		{name: "NullCharacter", method: "PATCH", path: "/me", body: `{"name":"a\u0000"}`, token: s.mayaToken, status: 400, code: chat.Malformed, field: "body"},
		{name: "NullCharacterInPath", method: "GET", path: "/matters/a%00/changes", token: s.mayaToken, status: 404, code: chat.NotFound},
		{name: "NotUTF8InQuery", method: "GET", path: "/audit?matter=%ff", token: s.mayaToken, status: 404, code: chat.NotFound},
		{name: "NoMessages", method: "POST", path: "/messages", body: `{"messages":[]}`, token: s.mayaToken, status: 422, code: chat.Malformed, field: "body.messages"},
		{name: "UnknownField", method: "POST", path: "/messages", body: `{"messages":[{"id":"","participant":"","text":"","written_at":0,"bold":true}]}`, token: s.mayaToken, status: 422, code: chat.Malformed, field: "body.messages[0].bold"},
		{name: "NegativeVersion", method: "GET", path: "/matters/" + s.matter + "/changes?after=-1", token: s.mayaToken, status: 422, code: chat.Malformed, field: "query.after"},
		{name: "TooLarge", method: "POST", path: "/messages", body: `{"messages":"` + strings.Repeat("x", 9<<20) + `"}`, token: s.mayaToken, status: 413, code: chat.TooLarge},
		{name: "WrongPassword", method: "POST", path: "/sessions", body: `{"email":"maya@firm.example","password":"wrong"}`, status: 403, code: chat.WrongPassword, field: "password"},
		{name: "LinkExpired", method: "POST", path: "/sessions", body: `{"link":"made up"}`, status: 403, code: chat.LinkExpired, field: "link"},
		{name: "OtherSite", method: "POST", path: "/messages", body: `{}`, header: [2]string{"Sec-Fetch-Site", "cross-site"}, status: 403, code: chat.NotAllowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+portalapi.Prefix+tt.path, strings.NewReader(tt.body))
			check(t, err)
			req.Header.Set("Content-Type", "application/json")
			if tt.token != "" {
				req.Header.Set("Authorization", "Bearer "+tt.token)
			}
			if tt.header[0] != "" {
				req.Header.Set(tt.header[0], tt.header[1])
			}
			res, err := http.DefaultClient.Do(req)
			check(t, err)
			defer res.Body.Close()
			var p portalapi.Problem
			check(t, json.NewDecoder(res.Body).Decode(&p))
			if res.StatusCode != tt.status || p.Status != tt.status || p.Code != tt.code || p.Field != tt.field || p.Detail == "" {
				t.Errorf("%d %+v", res.StatusCode, p)
			}
			if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
		})
	}
}

// An error gets from the store through HTTP to the Go client unchanged.
func TestErrorsSurviveTheRoundTrip(t *testing.T) {
	s := serve(t)
	_, err := portalapi.Call(t.Context(), s.client(s.mayaToken), portalapi.Changes, &portalapi.ChangesInput{Matter: "none"})
	var e *chat.Error
	if !errors.As(err, &e) || *e != *chat.ErrNotFound {
		t.Fatalf("%+v", err)
	}
	result := s.send(t, s.client(s.mayaToken), "  ")
	if result.Error == nil || result.Error.Code != chat.TextRequired || result.Error.Field != "text" {
		t.Fatalf("%+v", result)
	}
	if _, err := portalapi.Call(t.Context(), portalapi.NewClient("http://127.0.0.1:1", ""), portalapi.Me, &portalapi.Nothing{}); chat.CodeOf(err) != chat.Unreachable {
		t.Fatalf("no portal: %v", err)
	}
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	if _, err := portalapi.Call(t.Context(), portalapi.NewClient(elsewhere.URL, ""), portalapi.Me, &portalapi.Nothing{}); chat.CodeOf(err) != portalapi.WrongAddress {
		t.Fatalf("not a portal: %v", err)
	}
}

func TestHeadsETag(t *testing.T) {
	s := serve(t)
	c := s.client(s.mayaToken)
	first, err := portalapi.Call(t.Context(), c, portalapi.Matters, &portalapi.MattersInput{})
	check(t, err)
	if first.Status != 200 || len(first.Body.Matters) != 1 {
		t.Fatalf("%+v", first)
	}
	for header, status := range map[string]int{
		first.ETag: 304, "W/" + first.ETag: 304, `"other", W/` + first.ETag: 304, first.ETag + `,"other"`: 304, "*": 304,
		`"other"`: 200, `W/"other"`: 200, strings.Trim(first.ETag, `"`): 200, "W/": 200,
	} {
		again, err := portalapi.Call(t.Context(), c, portalapi.Matters, &portalapi.MattersInput{IfNoneMatch: header})
		check(t, err)
		if again.Status != status {
			t.Errorf("If-None-Match %s: %d", header, again.Status)
		}
	}
	s.send(t, c, "hello")
	changed, err := portalapi.Call(t.Context(), c, portalapi.Matters, &portalapi.MattersInput{IfNoneMatch: first.ETag})
	check(t, err)
	if changed.Status != 200 || changed.Body.Matters[0].Version <= first.Body.Matters[0].Version {
		t.Fatalf("%+v", changed)
	}
}

// The stream starts with the heads, followed by every later commit in version order.
func TestLive(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var at int64
	done := errors.New("done")
	err := s.client(s.mayaToken).Follow(ctx, func(ev portalapi.Event) error {
		switch {
		case ev.Heads != nil:
			at = ev.Heads.Matters[0].Version
			s.send(t, s.client(s.mayaToken), "inline")
		case ev.Changes != nil:
			if ev.Changes.After != at || len(ev.Changes.Messages) != 1 || ev.Changes.Messages[0].Text != "inline" {
				t.Errorf("after %d: %+v", at, ev.Changes)
			}
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
}

// A browser's token is in a cookie that scripts can't read.
func TestSignInByCookie(t *testing.T) {
	s := serve(t)
	secret, err := s.store.AddLink(t.Context(), s.ana, time.Now().Add(time.Hour))
	check(t, err)
	res, err := http.Post(s.URL+portalapi.Prefix+"/sessions", "application/json", strings.NewReader(`{"link":"`+secret+`","cookie":true}`))
	check(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	cookies := res.Cookies()
	if len(cookies) != 2 {
		t.Fatalf("%v %s", cookies, body)
	}
	for _, cookie := range cookies {
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(string(body), cookie.Value) {
			t.Fatalf("%v %s", cookie, body)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+portalapi.Prefix+"/me", nil)
	check(t, err)
	req.AddCookie(cookies[0])
	me, err := http.DefaultClient.Do(req)
	check(t, err)
	defer me.Body.Close()
	var self portalapi.Self
	check(t, json.NewDecoder(me.Body).Decode(&self))
	if self.Account != s.ana || self.User {
		t.Fatalf("%+v", self)
	}
}

// After ten wrong passwords, even the right one is refused for a while.
func TestSignInIsLimited(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password = "nobody@firm.example", "wrong"
	for i := range 11 {
		_, err := portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, in)
		want := chat.WrongPassword
		if i == 10 {
			want = chat.TooMany
		}
		if chat.CodeOf(err) != want {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
}

// An account can have a limited number of open streams. Other accounts aren't affected, and closing one makes room.
func TestStreamsAreLimited(t *testing.T) {
	s := serve(t)
	opened := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(ctx context.Context, token string) chan error {
		ended := make(chan error, 1)
		go func() {
			ended <- s.client(token).Follow(ctx, func(ev portalapi.Event) error {
				if ev.Heads != nil {
					opened <- struct{}{}
				}
				return nil
			})
		}()
		return ended
	}
	first, cancelFirst := context.WithCancel(ctx)
	open(first, s.mayaToken)
	<-opened
	for range 31 {
		open(ctx, s.mayaToken)
		<-opened
	}
	if err := <-open(ctx, s.mayaToken); chat.CodeOf(err) != chat.TooMany {
		t.Fatal(err)
	}
	ana, err := s.store.StartSession(t.Context(), s.ana, chat.Origin{})
	check(t, err)
	open(ctx, ana)
	<-opened
	cancelFirst()
	for { // the portal notices the end of the first a moment later
		select {
		case <-opened:
			return
		case err := <-open(ctx, s.mayaToken):
			if chat.CodeOf(err) != chat.TooMany {
				t.Fatal(err)
			}
		}
	}
}

func TestPagesAndDocs(t *testing.T) {
	s := serve(t)
	for path, want := range map[string]string{
		"/": "the client pages", "/join": "the client pages", "/invited": "the client pages", "/reset": "the client pages", "/assets/app.js": "script",
		"/robots.txt": "User-agent: *\nDisallow: /\n", "/favicon.ico": "PNG",
		"/api/v1/openapi.json": `"openapi": "3.1.0"`, "/api/v1/docs": "Send messages. Each has its own result",
	} {
		res, err := http.Get(s.URL + path)
		check(t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		check(t, err)
		if res.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d, without %q", path, res.StatusCode, want)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

func TestPagesTakeOnlyGET(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/", "/join", "/assets/app.js", "/robots.txt", "/missing"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
			req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader("x=1"))
			check(t, err)
			res, err := http.DefaultClient.Do(req)
			check(t, err)
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			check(t, err)
			if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" || strings.Contains(string(body), "the client pages") {
				t.Errorf("%s %s: %d %v %q", method, path, res.StatusCode, res.Header, body)
			}
		}
		if res, err := http.Head(s.URL + path); err != nil || res.StatusCode == 405 {
			t.Errorf("HEAD %s: %v %v", path, res, err)
		}
	}
}

// A script that a browser's old page still asks for must not be answered with a page.
func TestMissingFilesAreNotFound(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/assets/old.js", "/assets/", "/assets", "/old.js", "/join/x", "/wp-login.php", "/.env", "/%2e%2e/portal.db"} {
		res, err := http.Get(s.URL + path)
		check(t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		check(t, err)
		if res.StatusCode != 404 || strings.Contains(string(body), "the client pages") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") || res.Header.Get("Cache-Control") != "" && strings.Contains(res.Header.Get("Cache-Control"), "public") {
			t.Errorf("%s: %d %v %q", path, res.StatusCode, res.Header, body)
		}
	}
}
