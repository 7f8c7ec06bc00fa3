package portalapi

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
)

// busyPortal answers the first requests with busy and the others with the caller.
func busyPortal(t *testing.T, busy int64) (*Client, *atomic.Int64) {
	requests := new(atomic.Int64)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= busy {
			p := AsProblem(chat.Errorf(chat.Busy, "", "Busy."))
			w.Header().Set("Content-Type", p.ContentType(""))
			w.WriteHeader(p.Status)
			_ = json.NewEncoder(w).Encode(p)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(Self{Name: "Maya Hart"})
	})
	return NewClient(s.URL, ""), requests
}

func TestCallAsksABusyPortalAgain(t *testing.T) {
	c, requests := busyPortal(t, 2)
	out, err := Call(t.Context(), c, Me, &Nothing{})
	if err != nil || out.Body.Name != "Maya Hart" || requests.Load() != 3 {
		t.Errorf("got %v and %v after %d requests", out, err, requests.Load())
	}
}

func TestCallGivesUpOnAPortalThatStaysBusy(t *testing.T) {
	c, requests := busyPortal(t, 100)
	_, err := Call(t.Context(), c, Me, &Nothing{})
	if chat.CodeOf(err) != chat.Busy || requests.Load() != 1+maxBusyAnswers {
		t.Errorf("got %v after %d requests", err, requests.Load())
	}
}
