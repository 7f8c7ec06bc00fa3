package portal_test

import (
	"net/http"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The firm's rules for copies arrive with the heads, also by the live stream and when nothing else has changed. Participants
// have no copies, and don't learn the rules.
func TestHeadsCarryTheRulesForCopies(t *testing.T) {
	s := serve(t)
	ctx := t.Context()
	ana, err := s.store.StartSession(ctx, s.ana, chat.Origin{})
	check(t, err)
	heads := func(token, etag string) *portalapi.MattersOutput {
		t.Helper()
		out, err := s.client(token).Heads(ctx, portalapi.Heads{}, etag)
		check(t, err)
		return out
	}
	before, anas := heads(s.mayaToken, ""), heads(ana, "")
	if rules := before.Body.Copies; rules == nil || *rules != (portalapi.CopyRules{OfflineDays: 14, ReadExpired: true}) {
		t.Fatalf("%+v", rules)
	}
	settings := chat.DefaultFirmSettings
	settings.OfflineDays, settings.ReadExpired = 0, false
	check(t, s.store.SetSettings(ctx, records.Program, settings))
	after := heads(s.mayaToken, before.ETag)
	if rules := after.Body.Copies; after.Status != http.StatusOK || rules == nil || *rules != (portalapi.CopyRules{}) {
		t.Fatalf("%d, %+v", after.Status, rules)
	}
	if again := heads(s.mayaToken, after.ETag); again.Status != http.StatusNotModified {
		t.Errorf("%d", again.Status)
	}
	if again := heads(ana, anas.ETag); again.Status != http.StatusNotModified || anas.Body.Copies != nil {
		t.Errorf("%d, %+v", again.Status, anas.Body.Copies)
	}
	stop := make(chan struct{})
	err = s.client(s.mayaToken).Follow(ctx, func(ev portalapi.Event) error {
		if ev.Heads == nil || ev.Heads.Copies == nil || *ev.Heads.Copies != (portalapi.CopyRules{}) {
			t.Errorf("%+v", ev.Heads)
		}
		close(stop)
		return http.ErrAbortHandler
	})
	<-stop
	if err != http.ErrAbortHandler {
		t.Error(err)
	}
}
