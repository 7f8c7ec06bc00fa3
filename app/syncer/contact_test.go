package syncer_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// Each answer of the portal is a contact. What something else answers in its place is none.
func TestContacts(t *testing.T) {
	var captive atomic.Bool
	captive.Store(true)
	refused := make(chan struct{}, 1000)
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if !captive.Load() {
			portal.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
		refused <- struct{}{}
	})
	contacts := make(chan *portalapi.Heads, 1000)
	d.syncer.OnContact(func(heads *portalapi.Heads) { contacts <- heads })
	d.start()
	for range 3 {
		<-refused
		d.syncer.Retry()
	}
	if len(contacts) > 0 {
		t.Fatalf("a network's page is a contact: %+v", <-contacts)
	}
	captive.Store(false)
	d.syncer.Retry()
	d.untilCurrent()
	if heads := <-contacts; heads == nil || len(heads.Matters) == 0 {
		t.Fatalf("%+v", heads)
	}
}

// After the session has ended, the syncer still asks every minute, without a new sign-in.
func TestSignedOutAsksAgain(t *testing.T) {
	if syncer.SignedOutPace > time.Minute {
		t.Errorf("asks only every %v", syncer.SignedOutPace)
	}
	var ended atomic.Bool
	asked := make(chan struct{}, 10_000)
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if ended.Load() && strings.HasSuffix(r.URL.Path, portalapi.Matters.Path) {
			select {
			case asked <- struct{}{}:
			default:
			}
		}
		portal.ServeHTTP(w, r)
	})
	d.syncer.HurrySignedOut()
	d.start()
	d.untilCurrent()
	check(t, d.store.EndSession(t.Context(), d.token, chat.Origin{}))
	d.until("sign-out", d.state(syncer.SignedOut))
	ended.Store(true)
	for range 3 {
		<-asked
	}
}
