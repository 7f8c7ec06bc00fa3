package portal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// While the portal's disk is full, it answers busy, which clients take for a reason to wait. The same message is sent
// once there is space.
func TestSendingWaitsWhileTheDiskIsFull(t *testing.T) {
	db := engines[0].open(t)
	s := serveOn(t, db)
	limit := func(pages int) {
		t.Helper()
		check(t, db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			return tx.Row(fmt.Sprint("PRAGMA max_page_count = ", pages)).Scan(new(int))
		}))
	}
	text := strings.Repeat("long ", 1900)
	body := fmt.Sprintf(`{"messages":[{"id":%q,"participant":%q,"text":%q,"written_at":0}]}`, uuid.NewString(), s.toAna, text)
	send := func() (status int, retry string, p portalapi.Problem) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+portalapi.Prefix+"/messages", strings.NewReader(body))
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+s.mayaToken)
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		defer res.Body.Close()
		check(t, json.NewDecoder(res.Body).Decode(&p))
		return res.StatusCode, res.Header.Get("Retry-After"), p
	}
	limit(1)
	if status, retry, p := send(); status != 503 || retry != "1" || p.Code != chat.Busy || !strings.HasSuffix(p.Detail, ".") {
		t.Errorf("%d %q %+v", status, retry, p)
	}
	limit(10_000)
	if status, _, p := send(); status != 200 {
		t.Errorf("%d %+v", status, p)
	}
}

// Each message of a batch counts. Those beyond the limit wait, in order. Other accounts don't wait.
func TestAParticipantWhoFloodsAChatMustWait(t *testing.T) {
	defer portal.SetSendRate(3, 3*time.Hour)()
	s := serve(t)
	anaToken, err := s.store.StartSession(t.Context(), s.ana, chat.Origin{})
	check(t, err)
	ana, in := s.client(anaToken), &portalapi.SendMessagesInput{}
	for i := range 5 {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{ID: uuid.NewString(), Participant: s.toAna, Text: fmt.Sprint(i)})
	}
	out, err := portalapi.Call(t.Context(), ana, portalapi.SendMessages, in)
	check(t, err)
	for i, result := range out.Body.Results {
		if sent := result.Message != nil; result.ID != in.Body.Messages[i].ID || sent != (i < 3) {
			t.Errorf("message %d: %+v", i, result)
		}
		if i >= 3 && (result.Error == nil || result.Error.Code != chat.TooMany || result.Error.RetryAfter != 2*3600) {
			t.Errorf("message %d: %+v", i, result.Error)
		}
	}

	_, err = portalapi.Call(t.Context(), ana, portalapi.SendMessages, in)
	if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.TooMany || e.RetryAfter != 10*time.Hour {
		t.Errorf("the next batch: %v", err)
	}
	body, err := json.Marshal(in.Body)
	check(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+portalapi.Prefix+"/messages", bytes.NewReader(body))
	check(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+anaToken)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "36000" {
		t.Errorf("%s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}

	if result := s.send(t, s.client(s.mayaToken), "from the firm"); result.Message == nil {
		t.Errorf("the firm's message: %+v", result.Error)
	}
	page, err := s.store.Changes(t.Context(), records.Program, s.matter, records.Position{}, 100)
	check(t, err)
	if len(page.Messages) != 4 {
		t.Errorf("the chat has %d messages", len(page.Messages))
	}
}

// An outbox that a user filled in a week without a network leaves at once, in batches.
func TestAUsersOutboxOfAWeekIsSentAtOnce(t *testing.T) {
	s := serve(t)
	maya := s.client(s.mayaToken)
	for range 20 {
		in := &portalapi.SendMessagesInput{}
		for i := range 100 {
			in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{ID: uuid.NewString(), Participant: s.toAna, Text: fmt.Sprint(i)})
		}
		out, err := portalapi.Call(t.Context(), maya, portalapi.SendMessages, in)
		check(t, err)
		for _, result := range out.Body.Results {
			if result.Message == nil {
				t.Fatal(result.Error)
			}
		}
	}
}
