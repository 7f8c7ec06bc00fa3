package portal_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/postgres/pgtest"
	"matterline/app/sqldb/sqlite"
)

// hostile is a portal that gets hostile requests.
type hostile struct {
	handler http.Handler
	store   *records.Store
	token   string
	matter  string
	chat    string
}

func newHostile(f *testing.F) *hostile {
	f.Helper()
	db, err := sqlite.Open(filepath.Join(f.TempDir(), "portal.db"))
	fail(f, err)
	return hostileOn(f, db)
}

func hostileOn(f testing.TB, db *sqldb.DB) *hostile {
	f.Helper()
	var err error
	h := &hostile{}
	h.store, err = records.Open(f.Context(), db, time.Now)
	fail(f, err)
	f.Cleanup(func() { h.store.Close() })
	h.handler = portal.New(h.store, fstest.MapFS{"index.html": {}}, slog.New(slog.NewTextHandler(failing{f}, &slog.HandlerOptions{Level: slog.LevelError})))
	admin, err := h.store.AddAccount(f.Context(), records.Account{Email: "maya@firm.example", Name: "Maya", User: true, Admin: true})
	fail(f, err)
	h.token, err = h.store.StartSession(f.Context(), admin, chat.Origin{})
	fail(f, err)
	h.matter, err = h.store.AddMatter(f.Context(), chat.Matter{Reference: "1", Title: "Elm", Assigned: admin})
	fail(f, err)
	h.chat, err = h.store.AddParticipant(f.Context(), chat.Participant{Matter: h.matter, Name: "Ana", Role: "Client"}, "")
	fail(f, err)
	return h
}

// failing fails the test if the portal logs an internal error.
type failing struct{ tb testing.TB }

func (l failing) Write(line []byte) (int, error) {
	l.tb.Errorf("internal error: %s", line)
	return len(line), nil
}

// ask sends a request. The answer must match the contract or be a problem with a code and a sentence, and never an
// internal error.
func (h *hostile) ask(t *testing.T, method, path, body string) {
	t.Helper()
	req := httptest.NewRequest(method, portalapi.Prefix+"/", strings.NewReader(body))
	req.URL.Path, req.URL.RawQuery, _ = strings.Cut(portalapi.Prefix+path, "?")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+h.token)
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	res := rec.Result()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode < 400 {
		return
	}
	var p portalapi.Problem
	if err := json.Unmarshal(text, &p); err != nil || res.StatusCode >= 500 || p.Code == "" || p.Detail == "" || p.Status != res.StatusCode {
		t.Fatalf("%s %s %q: %d %s", method, path, body, res.StatusCode, text)
	}
}

func FuzzMessages(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{
		`{"messages":[{"id":"0190163d-8694-739b-aea5-966c26f8ad91","participant":"` + h.chat + `","text":"hello","written_at":1}]}`,
		`{"messages":[{"id":"","participant":"","text":"","written_at":-1,"set_status":true,"saw_status":null}]}`,
		`{"messages":[{"id":"0190163d-8694-739b-aea5-966c26f8ad92","participant":"` + h.chat + `","text":"\u0000\ud800","written_at":9223372036854775807}]}`,
		`{"messages":[]}`, `{"messages":null}`, `[]`, `{`, `null`, `"\xff"`, ``, `{"messages":[{"written_at":1e999}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) { h.ask(t, "POST", "/messages", body) })
}

func FuzzReads(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{`{"reads":[{"participant":"` + h.chat + `","upto":9223372036854775807}]}`, `{"reads":[{"participant":"","upto":-1}]}`, `{"reads":[{}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) { h.ask(t, "PUT", "/reads", body) })
}

func FuzzSignIn(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{`{"link":"x"}`, `{"link":"x","cookie":true,"device":"\n"}`, `{"email":1}`, `{"email":"\u0000","link":"\u0000"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) { h.ask(t, "POST", "/sessions", body) })
}

func FuzzAccept(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{`{"invitation":"x","pin":"123456","email":"a","password":"b"}`, `{"invitation":"\u0000","email":"","password":""}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) { h.ask(t, "POST", "/invitations/accept", body) })
}

func FuzzReset(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{`{"reset":"x","password":"y","kind":"browser","cookie":true}`, `{"reset":"\u0000","password":"\ud800","kind":"phone"}`, `{"reset":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		h.ask(t, "POST", "/resets", body)
		h.ask(t, "POST", "/resets/info", body)
	})
}

// operation is one of those besides sending and signing in.
type operation struct{ method, path, seed string }

func (h *hostile) operations() []operation {
	return []operation{
		{"PATCH", "/me", `{"name":"Maya"}`},
		{"POST", "/matters", `{"reference":"2","title":"T","type":"Y","assigned":"","team":[]}`},
		{"PUT", "/matters/" + h.matter, `{"reference":"1","title":"T","type":"Y"}`},
		{"PUT", "/matters/" + h.matter + "/closed", `{"closed":false}`},
		{"PUT", "/matters/" + h.matter + "/assigned", `{"user":"x"}`},
		{"PUT", "/matters/" + h.matter + "/team", `{"users":["x"]}`},
		{"POST", "/matters/" + h.matter + "/participants", `{"name":"N","role":"R","other_side":true}`},
		{"PUT", "/participants/" + h.chat, `{"name":"N","role":"R"}`},
		{"POST", "/participants/" + h.chat + "/invitation", `{"pin":true}`},
		{"PUT", "/participants/" + h.chat + "/status", `{"message":"x","saw":""}`},
		{"POST", "/users", `{"email":"x","name":"N","password":"short","admin":true}`},
		{"PUT", "/users/x", `{"admin":true,"active":true}`},
		{"PUT", "/me/email", `{"password":"x","email":"maya@firm.example"}`},
		{"PUT", "/me/password", `{"old":"x","new":"correct horse battery"}`},
		{"PUT", "/firm/settings", `{"idle_days":30,"client_idle_days":0,"absolute_days":180,"offline_days":14,"read_expired":true,"team_manages":false}`},
		{"PUT", "/firm", `{"name":"N","colour":"#123456"}`},
		{"PUT", "/replies/0190163d-8694-739b-aea5-966c26f8ad93", `{"title":"T","text":"x"}`},
	}
}

// FuzzAdministration fuzzes all other bodies.
func FuzzAdministration(f *testing.F) {
	h := newHostile(f)
	operations := h.operations()
	for i, op := range operations {
		f.Add(uint8(i), op.seed)
		f.Add(uint8(i), `{}`)
	}
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		op := operations[int(n)%len(operations)]
		h.ask(t, op.method, op.path, body)
	})
}

// No text that people or programs send makes PostgreSQL fail, in any field of any operation.
func TestHostileTextOnPostgreSQL(t *testing.T) {
	db, err := postgres.Open(t.Context(), pgtest.URL(t), 0)
	check(t, err)
	h := hostileOn(t, db)
	operations := append(h.operations(),
		operation{"POST", "/messages", `{"messages":[{"id":"0190163d-8694-739b-aea5-966c26f8ad91","participant":"` + h.chat + `","text":"hello","written_at":1,"set_status":true,"saw_status":"x"}]}`},
		operation{"PUT", "/reads", `{"reads":[{"participant":"x","upto":1}]}`},
		operation{"POST", "/activity", `{"reports":[{"id":"0190163d-8694-739b-aea5-966c26f8ad92","action":"chat.export","matter":"` + h.matter + `","participant":"` + h.chat + `","at":1}]}`},
		operation{"POST", "/sessions", `{"email":"x","password":"y","device":"d"}`},
		operation{"POST", "/resets/info", `{"reset":"x"}`},
		operation{"POST", "/resets", `{"reset":"x","password":"y","device":"d"}`},
		operation{"POST", "/invitations/accept", `{"invitation":"x","pin":"1","email":"a","password":"b"}`})
	for _, op := range operations {
		for _, hostile := range []string{`\u0000`, `\ud800`, "\xff", `\u0001`, `\uffff`, `\ufffe\u202e`, `\udbff\udfff`} {
			for part := range strings.SplitSeq(op.seed, `"`) {
				h.ask(t, op.method, op.path, strings.ReplaceAll(op.seed, `"`+part+`"`, `"`+part+hostile+`"`))
			}
		}
	}
	for _, path := range []string{"/matters/%00/changes", "/matters/%ff/changes", "/audit?before=%00", "/audit?account=%ff", "/audit?matter=\xed\xa0\x80"} {
		h.ask(t, "GET", path, "")
	}
}

// FuzzAddresses fuzzes all paths and queries.
func FuzzAddresses(f *testing.F) {
	h := newHostile(f)
	for _, seed := range []string{"/matters/" + h.matter + "/changes?after=0&limit=1", "/matters/%00/changes?after=x", "/matters//changes", "/audit?before=\x00&limit=500", "/users", "/../..", "/matters/\xff/changes"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if strings.HasPrefix(path, "/live") { // it would not end
			return
		}
		h.ask(t, "GET", "/"+strings.TrimPrefix(path, "/"), "")
	})
}
