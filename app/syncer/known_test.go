package syncer_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/syncer"
)

// An app is started again after a while. It gets the heads of what has changed: a message, a new matter and a lost one.
// The stream doesn't bring them a second time.
func TestKnownHeadsAreNotSentAgain(t *testing.T) {
	var mu sync.Mutex
	var sent []portalapi.Heads
	note := func(text []byte) {
		mu.Lock()
		defer mu.Unlock()
		var heads portalapi.Heads
		check(t, json.Unmarshal(text, &heads))
		sent = append(sent, heads)
	}
	streamed := make(chan struct{}, 10)
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			w = editing{w, func(event []byte) []byte {
				if data, ok := bytes.CutPrefix(event, []byte("event: heads\ndata: ")); ok {
					note(data)
					streamed <- struct{}{}
				}
				return event
			}}
		case strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
			plain := r.Clone(r.Context())
			plain.Header.Del("Accept-Encoding")
			answer := httptest.NewRecorder()
			portal.ServeHTTP(answer, plain)
			note(answer.Body.Bytes())
		}
		portal.ServeHTTP(w, r)
	})
	rows := make([]records.ImportRow, 300)
	for i := range rows {
		rows[i] = records.ImportRow{Line: i + 1, Reference: fmt.Sprint(i), Title: "Matter", Type: "Sale", Assigned: "maya"}
	}
	_, problems, err := d.store.Import(t.Context(), rows, false)
	check(t, err)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d.syncer.NeverRetry()
	stop := d.start()
	d.untilCurrent()
	<-streamed
	stop()
	if len(sent) != 2 || sent[0].Buckets != nil || len(sent[0].Matters) != 301 || sent[1].Buckets == nil || len(sent[1].Matters) > 0 {
		t.Errorf("the first sync got %d and %d heads", len(sent[0].Matters), len(sent[1].Matters))
	}

	d.anaSends(d.toAna, "hello", 1)
	oak, _ := d.addMatter("Oak Street")
	heads, err := d.store.Heads(t.Context(), d.maya)
	check(t, err)
	lost := heads[1].Matter
	tom, err := d.store.AddAccount(t.Context(), records.Account{Email: "tom", Name: "Tom", User: true})
	check(t, err)
	check(t, d.store.Assign(t.Context(), d.maya, lost, tom))
	check(t, d.store.SetTeam(t.Context(), chat.Caller{Account: tom, User: true}, lost, nil))
	sent = nil
	d.syncer = syncer.New(d.replica, d.client, slog.New(slog.DiscardHandler), func(syncer.Freshness) { d.signal() })
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	<-streamed
	d.until("the message", d.shows(d.toAna, "hello"))
	_, have, err := d.replica.Known(t.Context())
	check(t, err)
	heads, err = d.store.Heads(t.Context(), d.maya)
	check(t, err)
	for _, head := range heads {
		if have[head.Matter].Version != head.Version || have[head.Matter].Mark != head.Mark {
			t.Errorf("%+v, not %+v", have[head.Matter], head)
		}
	}
	_, kept := have[lost]
	if _, opened := have[oak]; !opened || kept || len(have) != len(heads) {
		t.Errorf("new: %v; lost: %v", opened, !kept)
	}
	mu.Lock()
	defer mu.Unlock()
	size := func(h portalapi.Heads) int { return len(h.Matters) }
	if largest := slices.MaxFunc(sent, func(a, b portalapi.Heads) int { return cmp.Compare(size(a), size(b)) }); size(largest) > 20 || largest.Buckets == nil {
		t.Errorf("got %d heads", size(largest))
	}
}
