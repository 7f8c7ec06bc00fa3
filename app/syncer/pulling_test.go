package syncer_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"matterline/app/records"
	"matterline/app/syncer"
)

// A message that is sent while its matter is pulled arrives, although the portal read the page before it.
func TestEventDuringPull(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	var held atomic.Bool
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if !isChanges(r) {
			portal.ServeHTTP(w, r)
			return
		}
		old := httptest.NewRecorder()
		portal.ServeHTTP(old, r)
		if held.CompareAndSwap(false, true) { // only the first
			close(asked)
			<-answer
		}
		for name, values := range old.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(old.Code)
		w.Write(old.Body.Bytes())
	})
	t.Cleanup(release)
	d.start()
	<-asked
	d.anaSends(d.toAna, "meanwhile", 1)
	other, toAna := d.addMatter("Oak Street") // and the pull does not delay other matters
	d.anaSends(toAna, "elsewhere", 1)
	d.until("the other matter", d.shows(toAna, "elsewhere"))
	if f := d.syncer.Freshness(); f.State != syncer.CatchingUp || f.Total == 0 {
		t.Fatalf("%+v, %s", f, other)
	}
	release()
	d.until("the message", d.shows(d.toAna, "meanwhile"))
	d.untilCurrent()
}

// The matter that the user looks at is pulled next, even while long matters are being pulled.
func TestPrefer(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	started, resume := make(chan struct{}, 10), make(chan struct{})
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isChanges(r) {
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			started <- struct{}{}
			<-resume
		}
		portal.ServeHTTP(w, r)
	})
	for _, title := range []string{"Long", "Longer"} { // newer than the first, so they come before it
		_, to := d.addMatter(title)
		d.anaSends(to, "again and again", 1600)
	}
	d.start()
	<-started
	<-started
	d.syncer.Prefer(d.matter)
	go func() {
		for range started {
		}
	}()
	close(resume)
	d.untilCurrent()
	close(started)
	mu.Lock()
	defer mu.Unlock()
	at := 0
	for i, path := range asked {
		if strings.Contains(path, d.matter) {
			at = i
		}
	}
	if at == 0 || at > 5 || len(asked) < 8 {
		t.Fatalf("it was asked for as number %d of %d", at, len(asked))
	}
}

// A matter that the portal can't read doesn't delay the others.
func TestFailedMatterDoesNotDelayOthers(t *testing.T) {
	var healed atomic.Bool
	var broken atomic.Value
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isChanges(r) && !healed.Load() && strings.Contains(r.URL.Path, broken.Load().(string)) {
			ourFault(w)
			return
		}
		portal.ServeHTTP(w, r)
	})
	broken.Store(d.matter)
	_, toOak := d.addMatter("Oak Street")
	d.anaSends(toOak, "hello", 1)
	d.start()
	d.until("the other matter", d.shows(toOak, "hello"))
	d.until("the problem", func() bool {
		f := d.syncer.Freshness()
		return f.State == syncer.CatchingUp && f.Problem == "Our fault."
	})
	healed.Store(true)
	d.untilCurrent()
}

// A copy that is newer than its portal, which was restored from a backup, is pulled again.
func TestCopyAheadOfThePortal(t *testing.T) {
	d := newDesk(t, passOn)
	d.anaSends(d.toAna, "hello", 1)
	d.until("the message", d.shows(d.toAna, "hello"))
	d.untilCurrent()
	d.addUnknownChat()
	d.syncer.Retry()
	d.until("the portal's version", func() bool {
		have, err := d.replica.KnownOf(t.Context(), d.matter)
		check(t, err)
		page, err := d.store.Changes(t.Context(), d.maya, d.matter, records.Position{}, 10)
		check(t, err)
		return have.Version == page.Version
	})
	d.untilCurrent()
}
