package syncer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// untilNoneWaits waits until everything is sent, and checks that nothing was rejected.
func (d *desk) untilNoneWaits() {
	d.t.Helper()
	d.untilUnsent(0)
	outbox, err := d.replica.Outbox(d.t.Context())
	check(d.t, err)
	for _, u := range outbox {
		d.t.Errorf("%s: %s", u.State, u.Reason)
	}
}

// Something on the way refuses or breaks off large requests. The messages get through in small ones, in order, down to
// a single message of any length. Requests grow again when the line is better.
func TestRequestsFitTheLine(t *testing.T) {
	for name, refuse := range map[string]http.HandlerFunc{
		"size limit": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) },
		"time limit": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestTimeout) },
		"broken off": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			const narrow = 8000 // bytes
			var wide atomic.Bool
			var mu sync.Mutex
			var sizes []int // messages in each request that reached the portal
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if r.Method == http.MethodPost {
					in := body(r)
					n := strings.Count(in, `"id":`)
					if len(in) > narrow && n > 1 && !wide.Load() {
						r.Body = io.NopCloser(strings.NewReader(in))
						refuse(w, r)
						return
					}
					mu.Lock()
					sizes = append(sizes, n)
					mu.Unlock()
				}
				portal.ServeHTTP(w, r)
			})
			d.untilCurrent()
			var want []string
			send := func(n, length int) {
				for range n {
					text := fmt.Sprint(len(want)) + strings.Repeat("x", length)
					want = append(want, text)
					d.send(d.toAna, text)
				}
			}
			send(1, chat.MaxText-1)
			send(20, 3000)
			d.untilNoneWaits()
			wide.Store(true)
			mu.Lock()
			sizes = nil
			mu.Unlock()
			send(60, 3000)
			d.untilNoneWaits()
			if got := d.texts(d.matter); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%d of %d messages, or not in order", len(got), len(want))
			}
			mu.Lock()
			defer mu.Unlock()
			most := 0
			for _, n := range sizes {
				most = max(most, n)
			}
			if most < 4 {
				t.Errorf("requests stayed small: %v", sizes)
			}
		})
	}
}

// A result with a code that this app doesn't know, or that passes, keeps the message and the ones after it waiting.
func TestUnknownResultIsNoRejection(t *testing.T) {
	for _, code := range []chat.Code{"a_code_of_the_future", chat.TooMany, chat.Busy, chat.SignedOut} {
		t.Run(string(code), func(t *testing.T) {
			var over atomic.Bool
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if r.Method != http.MethodPost || over.Load() {
					portal.ServeHTTP(w, r)
					return
				}
				var sent struct{ Messages []portalapi.Outgoing }
				check(t, json.Unmarshal([]byte(body(r)), &sent))
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"results":[{"id":%q,"error":{"code":%q,"detail":"Not now."}}]}`, sent.Messages[0].ID, code)
			})
			d.untilCurrent()
			d.send(d.toAna, "kept")
			if code != chat.SignedOut {
				d.until("the problem", func() bool { return d.syncer.Freshness().Problem == "Not now." })
			}
			over.Store(true)
			d.syncer.Retry()
			d.untilNoneWaits()
		})
	}
}

// A portal that is too busy for messages gets the next attempt when it asked for it, and no more requests because of
// that.
func TestWaitsAsLongAsThePortalAsks(t *testing.T) {
	var posts, streams atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			streams.Add(1)
		case r.Method == http.MethodPost && posts.Add(1) == 1:
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"code":"too_many","detail":"Slow down.","retry_after":3600}`)
			return
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	_, toOak := d.addMatter("Oak Street")
	d.anaSends(toOak, "hello", 1)
	d.until("the other matter", d.shows(toOak, "hello"))
	began := streams.Load()
	d.send(d.toAna, "first")
	d.until("the problem", func() bool {
		f := d.syncer.Freshness()
		return f.Problem == "Slow down." && f.State == syncer.Current
	})
	d.send(toOak, "other chats don't wait")
	d.untilUnsent(1)
	if posts.Load() != 2 || streams.Load() != began {
		t.Errorf("%d posts, %d new streams", posts.Load(), streams.Load()-began)
	}
	d.syncer.Retry()
	d.untilNoneWaits()
}

// A matter's changes that something else answers for don't remove the matter, or count as the matter's.
func TestForeignAnswerToAPull(t *testing.T) {
	for name, foreign := range map[string]struct {
		status     int
		kind, text string
	}{
		"not found":    {http.StatusNotFound, "application/json", `{"code":"not_found","detail":"No such page."}`},
		"no operation": {http.StatusNotFound, "application/problem+json", `{"code":"no_operation","detail":"The portal has no such operation."}`},
		"empty object": {http.StatusOK, "application/json", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			var blocked atomic.Bool
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if !blocked.Load() || !isChanges(r) && !isLive(r) {
					portal.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", foreign.kind)
				w.WriteHeader(foreign.status)
				io.WriteString(w, foreign.text)
			})
			d.anaSends(d.toAna, "hello", 1)
			d.until("the message", d.shows(d.toAna, "hello"))
			d.untilCurrent()
			blocked.Store(true)
			d.syncer.Retry() // ends the stream
			d.anaSends(d.toAna, "later", 1)
			d.until("the problem", func() bool { return d.syncer.Freshness().Problem != "" })
			if !d.shows(d.toAna, "hello")() {
				t.Error("the matter is gone")
			}
			blocked.Store(false)
			d.syncer.Retry()
			d.until("the other message", d.shows(d.toAna, "later"))
		})
	}
}

// Heads that the copy has overtaken make the syncer ask again. If something else answers then, no matter goes.
func TestForeignAnswerToTheSecondQuestionForHeads(t *testing.T) {
	for name, foreign := range map[string]struct {
		status int
		text   string
	}{
		"empty object":   {http.StatusOK, `{}`},
		"nothing":        {http.StatusOK, `null`},
		"not modified":   {http.StatusNotModified, ""},
		"no portal's":    {http.StatusOK, `{"matters":[]}`},
		"another server": {http.StatusOK, `{"epoch":"1","matters":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var stale []byte // answers the first question, which has a tag, and foreign the ones after it
			blocked := false
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case isLive(r):
					w.WriteHeader(http.StatusBadGateway)
				case blocked && strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
					w.Header().Set("Content-Type", "application/json")
					if r.Header.Get("If-None-Match") != "" { // Retry may drop an answer, so there may be several
						_, _ = w.Write(stale)
						return
					}
					w.WriteHeader(foreign.status)
					_, _ = io.WriteString(w, foreign.text)
				default:
					portal.ServeHTTP(w, r)
				}
			})
			d.untilCurrent()
			heads, err := portalapi.Call(t.Context(), d.client, portalapi.Matters, &portalapi.MattersInput{})
			check(t, err)
			d.anaSends(d.toAna, "hello", 1)
			d.until("the message", d.shows(d.toAna, "hello"))
			d.untilCurrent()
			mu.Lock()
			blocked = true
			stale, err = json.Marshal(heads.Body)
			mu.Unlock()
			check(t, err)
			d.syncer.Retry()
			d.until("the problem", func() bool { return d.syncer.Freshness().Problem != "" })
			if !d.shows(d.toAna, "hello")() {
				t.Error("the matter is gone")
			}
			mu.Lock()
			blocked = false
			mu.Unlock()
			d.anaSends(d.toAna, "later", 1)
			d.syncer.Retry()
			d.until("the other message", d.shows(d.toAna, "later"))
		})
	}
}
