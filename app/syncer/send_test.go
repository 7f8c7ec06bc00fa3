package syncer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// The answer to the first attempt is lost. The message is sent again with the same id, and the portal has it once.
func TestLostAnswerSendsOnce(t *testing.T) {
	var posts atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method == http.MethodPost && posts.Add(1) == 1 {
			portal.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	d.send(d.toAna, "once")
	d.untilUnsent(0)
	if texts := d.texts(d.matter); len(texts) != 1 || posts.Load() < 1 {
		t.Fatalf("%v after %d posts", texts, posts.Load())
	}
}

// A message that can still be undone is sent when it no longer can, without another Push: the app that would have called
// it may have been killed, and started again.
func TestHeldMessageIsSentByItself(t *testing.T) {
	d := prepareDesk(t, noStream) // else pings would cause a push
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	_, err := d.replica.Send(t.Context(), replica.Outgoing{Draft: d.toAna, To: []string{d.toAna}, Text: "held", Undo: 100 * time.Millisecond})
	check(t, err)
	d.syncer.Push()
	d.until("message", func() bool { return len(d.texts(d.matter)) == 1 })
}

func TestRejectedMessageDoesNotBlockTheNext(t *testing.T) {
	d := prepareDesk(t, noStream)
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	stranger := d.addUnknownChat()
	d.send(stranger, "hello")
	d.send(d.toAna, "hello")
	d.untilUnsent(0)
	c, err := d.replica.Chat(t.Context(), stranger, 0)
	check(t, err)
	if m := c.Messages[1]; m.Delivery != "rejected" || m.Reason != chat.ErrNotFound.Message {
		t.Fatalf("%+v", m)
	}
	if texts := d.texts(d.matter); len(texts) != 1 {
		t.Fatal(texts)
	}
}

// A message without an answer, or one that breaks every request that contains it, delays only its own chat.
func TestFailedChatDoesNotDelayOthers(t *testing.T) {
	for _, fault := range []string{"hangs", "breaks", "fails", "is left out"} {
		t.Run(fault, func(t *testing.T) {
			var poison atomic.Bool
			poison.Store(true)
			hanging := make(chan struct{}, 100)
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if r.Method != http.MethodPost || !poison.Load() || !strings.Contains(body(r), "poison") {
					portal.ServeHTTP(w, r)
					return
				}
				switch fault {
				case "hangs":
					hanging <- struct{}{}
					<-r.Context().Done()
				case "breaks":
					panic(http.ErrAbortHandler)
				case "fails":
					ourFault(w)
				case "is left out":
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, `{"results":[]}`)
				}
			})
			d.untilCurrent()
			oak, toOak := d.addMatter("Oak Street")
			d.anaSends(toOak, "hello", 1)
			d.until("the other matter", d.shows(toOak, "hello"))
			d.send(d.toAna, "poison")
			if fault == "hangs" {
				<-hanging
			}
			d.send(d.toAna, "behind it")
			d.send(toOak, "not held back")
			d.untilUnsent(2)
			if texts := d.texts(oak); len(texts) != 2 {
				t.Fatal(texts)
			}
			if fault == "hangs" {
				return
			}
			d.until("the problem", func() bool { return d.syncer.Freshness().Problem != "" })
			poison.Store(false)
			d.untilUnsent(0)
			if texts := d.texts(d.matter); fmt.Sprint(texts) != "[poison behind it]" {
				t.Fatal(texts)
			}
			d.until("the end of the problem", func() bool { f := d.syncer.Freshness(); return f.Problem == "" && f.State == syncer.Current })
		})
	}
}

// Only the failed item of a batch is sent again.
func TestInternalResult(t *testing.T) {
	var posts atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method != http.MethodPost || posts.Add(1) > 1 {
			portal.ServeHTTP(w, r)
			return
		}
		in := body(r)
		var sent struct{ Messages []portalapi.Outgoing }
		check(t, json.Unmarshal([]byte(in), &sent))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"results":[{"id":%q,"error":{"code":"internal","detail":"Our fault."}}]}`, sent.Messages[0].ID)
	})
	d.untilCurrent()
	d.send(d.toAna, "again")
	d.untilUnsent(0)
	if posts.Load() != 2 {
		t.Fatalf("%d posts", posts.Load())
	}
}

// Many read marks share a request. One for a removed chat doesn't hold back the others.
func TestReads(t *testing.T) {
	var puts atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if r.Method == http.MethodPut {
			puts.Add(1)
		}
		noStream(w, r, portal)
	})
	d.syncer.NeverRetry()
	d.anaSends(d.toAna, "read me", 1)
	d.start()
	d.until("the message", d.shows(d.toAna, "read me"))
	d.untilCurrent()
	for _, id := range []string{d.addUnknownChat(), d.toAna} {
		c, err := d.replica.Chat(t.Context(), id, 0)
		check(t, err)
		check(t, d.replica.MarkRead(t.Context(), id, c.Messages[0].Version))
	}
	d.syncer.Push()
	d.until("the marks", func() bool {
		left, err := d.replica.UnsentReads(t.Context())
		check(t, err)
		page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
		check(t, err)
		return len(left) == 0 && len(page.Reads) == 1
	})
	// Both together and then each alone, or only each alone if the first was sent before the second was set.
	if n := puts.Load(); n != 3 && n != 2 {
		t.Fatalf("%d requests", n)
	}
}

// Decisions are sent in order. A status names the status that its writer saw, and is rejected if another is current.
func TestDecisions(t *testing.T) {
	var lost atomic.Bool
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/status") && lost.CompareAndSwap(false, true) { // the repeated request changes nothing
			portal.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	tom, err := d.store.AddAccount(t.Context(), records.Account{Email: "tom", Name: "Tom", User: true})
	check(t, err)
	d.send(d.toAna, "first")
	d.send(d.toAna, "second")
	d.untilUnsent(0)
	page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
	check(t, err)
	first, second := page.Messages[0].ID, page.Messages[1].ID
	none := ""
	d.replica.addExtra(
		chat.Unsent{ID: "1", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: first, SawStatus: &none},
		chat.Unsent{ID: "2", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: second, SawStatus: &none},
		chat.Unsent{ID: "3", Kind: chat.SetStatus, Matter: d.matter, Participant: d.toAna, Message: "", SawStatus: &first},
		chat.Unsent{ID: "4", Kind: chat.AssignMatter, Matter: d.matter, Assigned: "nobody"},
		chat.Unsent{ID: "5", Kind: chat.AssignMatter, Matter: d.matter, Assigned: tom},
		chat.Unsent{ID: "6", Kind: chat.AssignMatter, Matter: d.matter, Assigned: d.maya.Account}, // she is only on the team now
	)
	d.syncer.Push()
	d.until("the decisions", func() bool {
		d.replica.mu.Lock()
		defer d.replica.mu.Unlock()
		return len(d.replica.results) == 6
	})
	want := map[string]chat.Code{"1": "", "2": chat.Superseded, "3": "", "4": chat.NotFound, "5": "", "6": chat.NotAllowed}
	if !maps.Equal(d.replica.results, want) {
		t.Fatal(d.replica.results)
	}
	page, err = d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
	check(t, err)
	if page.Info.Assigned != tom || len(page.Statuses) != 1 || page.Statuses[0].EndedAt == 0 {
		t.Fatalf("%+v", page)
	}
}

// The portal has lost a message of Maya's. Her copy sends it again as soon as it's pulled, without a push.
func TestSendsAgainWhatThePortalLost(t *testing.T) {
	d := newDesk(t, passOn)
	d.untilCurrent()
	have, err := d.replica.KnownOf(t.Context(), d.matter)
	check(t, err)
	check(t, d.replica.Apply(t.Context(), chat.Changes{Matter: d.matter, After: have.Version, Version: have.Version + 1,
		Messages: []chat.Message{{ID: uuid.NewString(), Participant: d.toAna, Author: d.maya.Account, Text: "lost", Version: have.Version + 1}}}))
	d.syncer.Retry()
	d.until("the message at the portal", func() bool { return slices.Equal(d.texts(d.matter), []string{"lost"}) })
}
