package portal_test

import (
	"net/http"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// A change of the firm's settings ends the streams of users, which then read them. Those of participants last.
func TestChangedSettingsEndTheStreamsOfUsers(t *testing.T) {
	t.Cleanup(portal.SetHeartbeat(20 * time.Millisecond))
	s := serve(t)
	ana, err := s.store.StartSession(t.Context(), s.ana, chat.Origin{})
	check(t, err)
	settings := chat.DefaultFirmSettings
	// pings follows a stream, and changes the settings at its second ping. It returns the stream's end.
	pings := func(token string, most int) error {
		n := 0
		return s.client(token).Follow(t.Context(), func(ev portalapi.Event) error {
			if ev.Ping == nil {
				return nil
			}
			if n++; n == 2 {
				settings.OfflineDays++
				check(t, s.store.SetSettings(t.Context(), records.Program, settings))
			}
			if n > most {
				return http.ErrAbortHandler
			}
			return nil
		})
	}
	if err := pings(s.mayaToken, 1_000); err == http.ErrAbortHandler {
		t.Error("the stream of a user lasts")
	}
	if err := pings(ana, 10); err != http.ErrAbortHandler {
		t.Errorf("the stream of a participant ended: %v", err)
	}
}

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
