package syncer_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// After a restore, a message can be confirmed before its matter is pulled again. It must not be sent again and again
// until then.
func TestSendsOnceWhileItsMatterIsPulledAgain(t *testing.T) {
	pulls := make(chan struct{})
	var mu sync.Mutex
	held, sent := false, map[string]int{} // how often each text was sent
	var d *desk
	d = prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		mu.Lock()
		hold := held && isChanges(r)
		if strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path) {
			for _, text := range []string{"first", "second", "third"} {
				sent[text] += strings.Count(body(r), `"`+text+`"`)
			}
		}
		mu.Unlock()
		if hold {
			<-pulls
		}
		portal.ServeHTTP(w, r)
		d.signal()
	})
	release := sync.OnceFunc(func() { close(pulls) })
	t.Cleanup(release)
	d.start()
	d.untilCurrent()
	_, err := d.store.NewEpoch(t.Context(), false)
	check(t, err)
	mu.Lock()
	held = true
	mu.Unlock()
	d.syncer.Retry()
	d.until("the new epoch", d.state(syncer.CatchingUp))
	for _, text := range []string{"first", "second", "third"} {
		d.send(d.toAna, text)
		d.until(text+" at the portal", func() bool {
			all := d.texts(d.matter)
			return len(all) > 0 && all[len(all)-1] == text
		})
	}
	release()
	d.untilCurrent()
	d.untilUnsent(0)
	mu.Lock()
	defer mu.Unlock()
	for text, n := range sent {
		if n != 1 {
			t.Errorf("%q was sent %d times", text, n)
		}
	}
}

// The portal's answer confirms a message with a version at which the copy has something else: the portal was put back to
// an earlier state in between, and the copy is of the new history already. The message is sent again when a message
// arrives from the live stream.
func TestSendsAgainWhatAnEarlierHistoryConfirmed(t *testing.T) {
	var lost atomic.Bool
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if !strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path) || !lost.CompareAndSwap(false, true) {
			portal.ServeHTTP(w, r)
			return
		}
		var in portalapi.SendMessagesInput
		var out portalapi.SendMessagesOutput
		_ = json.NewDecoder(r.Body).Decode(&in.Body)
		for _, m := range in.Body.Messages {
			confirmed := &chat.Message{ID: m.ID, Participant: m.Participant, Text: m.Text, Version: 1} // the matter was opened then
			out.Body.Results = append(out.Body.Results, portalapi.Result{ID: m.ID, Message: confirmed})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out.Body)
	})
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	d.send(d.toAna, "mine")
	d.until("lost message", func() bool {
		d.replica.mu.Lock()
		defer d.replica.mu.Unlock()
		return lost.Load() && d.replica.taken == 0
	})
	d.anaSends(d.toAna, "news", 1)
	d.until("message at the portal", func() bool { return slices.Contains(d.texts(d.matter), "mine") })
	d.untilUnsent(0)
}
