package portal_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// A deactivated user's device is told to delete its copy by every kind of request, and reports it without a session.
func TestErasure(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	ctx := t.Context()
	add := func(name string, admin bool) string {
		id, err := s.store.AddAccount(ctx, records.Account{Email: name, Name: name, User: true, Admin: admin})
		check(t, err)
		return id
	}
	add("boss", true)
	lee := add("lee", false)
	token, err := s.store.StartSession(ctx, lee, chat.Origin{Device: "laptop"})
	check(t, err)
	client := s.client(token)
	erased := 0
	client.OnErase(func(*chat.Error) { erased++ })
	_, err = portalapi.Call(ctx, client, portalapi.Me, &portalapi.Nothing{})
	check(t, err)
	stream := s.liveStream(t, token)
	nextEvent(t, stream)
	check(t, s.store.EditUser(ctx, records.Program, lee, false, false))
	for stream.Scan() { // to its end
	}
	_, _ = portalapi.Call(ctx, client, portalapi.Me, &portalapi.Nothing{})
	_, _ = client.Heads(ctx, portalapi.Heads{}, "")
	_ = client.Follow(ctx, func(portalapi.Event) error { return nil })
	if erased != 3 {
		t.Errorf("told %d times by three requests", erased)
	}
	report := func(token string) error {
		in := &portalapi.ErasureInput{}
		in.Body.Token, in.Body.Drafts = token, 2
		_, err := portalapi.Call(ctx, s.client(""), portalapi.ReportErasure, in)
		return err
	}
	for range 2 {
		check(t, report(token))
	}
	entries, err := s.store.Audit(ctx, records.Program, records.AuditFilter{Account: lee}, 100)
	check(t, err)
	if len(entries) != 2 || entries[0].Action != "device.erase" || entries[0].Address != "127.0.0.1" {
		t.Errorf("%+v", entries)
	}
	if err := report("never issued"); chat.CodeOf(err) != chat.NotFound {
		t.Error(err)
	}
	for _, body := range []string{``, `{}`, `{"token":""}`, `{"token":"x","drafts":-1}`, `{"token":"` + strings.Repeat("x", 101) + `"}`} {
		res, err := http.Post(s.URL+portalapi.Prefix+portalapi.ReportErasure.Path, "application/json", bufio.NewReader(strings.NewReader(body)))
		check(t, err)
		res.Body.Close()
		if res.StatusCode/100 != 4 {
			t.Errorf("%q: %s", body, res.Status)
		}
	}
	for n := 0; ; n++ { // guesses are limited, as those of links
		if err := report("a guess"); chat.CodeOf(err) == chat.TooMany {
			break
		} else if n == 200 || chat.CodeOf(err) != chat.NotFound {
			t.Fatal(n, err)
		}
	}
}
