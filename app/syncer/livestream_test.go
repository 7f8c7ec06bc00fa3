package syncer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// holding passes on the first events of a live stream and holds back the others, as some proxies do. If it passes none,
// it holds back the whole answer. With held, it reports the first event there and passes it on after release.
type holding struct {
	http.ResponseWriter
	passes        int
	held, release chan struct{}
	begun         bool
}

func (h *holding) Write(p []byte) (int, error) {
	if h.passes == 0 {
		return len(p), nil
	}
	h.passes--
	if !h.begun && h.held != nil {
		h.held <- struct{}{}
		<-h.release
	}
	h.begun = true
	return h.ResponseWriter.Write(p)
}

func (h *holding) FlushError() error {
	if !h.begun {
		return nil
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

func (h *holding) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// A proxy holds back the whole live stream, what follows the heads, or what follows the second event. Changes still
// arrive, while that stream is open.
func TestPollsBesideAStreamThatIsHeldBack(t *testing.T) {
	for passes := range 3 {
		t.Run(fmt.Sprint(passes), func(t *testing.T) {
			var ended atomic.Bool
			d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if isLive(r) {
					w = &holding{ResponseWriter: w, passes: passes}
					defer ended.Store(true)
				}
				portal.ServeHTTP(w, r)
			})
			d.syncer.HurryPolls()
			d.start()
			d.untilCurrent()
			if ended.Load() {
				t.Fatal("the first sync waited for the stream")
			}
			for _, text := range []string{"first", "second"} {
				d.anaSends(d.toAna, text, 1)
				d.until("the message", d.shows(d.toAna, text))
			}
			d.send(d.toAna, "answer")
			d.untilUnsent(0)
			if ended.Load() {
				t.Error("the messages waited for the end of the stream")
			}
		})
	}
}

// Where the stream works, a start costs the portal the heads and the stream, and then no more requests.
func TestNoPollsBesideAStreamThatWorks(t *testing.T) {
	var heads, streams atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			streams.Add(1)
		case strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
			heads.Add(1)
		}
		portal.ServeHTTP(w, r)
	})
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	for i := range 5 {
		text := fmt.Sprint("by stream ", i)
		d.anaSends(d.toAna, text, 1)
		d.until("the message", d.shows(d.toAna, text))
	}
	if heads.Load() != 1 || streams.Load() != 1 {
		t.Errorf("asked for the heads %d times, and for %d streams", heads.Load(), streams.Load())
	}
}

// The stream's heads arrive while the matters of the first heads are pulled. The progress counts each matter once.
func TestSecondHeadsPullNoMatterTwice(t *testing.T) {
	asked, answer, streamed := make(chan struct{}, 100), make(chan struct{}), make(chan struct{}, 100)
	release := sync.OnceFunc(func() { close(answer) })
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isLive(r) {
			w = editing{w, func(event []byte) []byte {
				streamed <- struct{}{}
				return event
			}}
		}
		if isChanges(r) {
			asked <- struct{}{}
			<-answer
		}
		portal.ServeHTTP(w, r)
	})
	t.Cleanup(release)
	d.syncer.NeverRetry()
	d.start()
	<-asked
	<-streamed
	_, toOak := d.addMatter("Oak Street")
	d.anaSends(toOak, "hello", 1)
	d.until("the stream's changes, which follow its heads", d.shows(toOak, "hello"))
	if f := d.syncer.Freshness(); f.State != syncer.CatchingUp || f.Total != 1 {
		t.Errorf("%+v", f)
	}
	release()
	d.untilCurrent()
}

// A proxy holds back the stream's heads until a poll has brought a newer matter. The copy keeps it.
func TestOldHeadsRemoveNoMatter(t *testing.T) {
	held, released := make(chan struct{}, 1), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isLive(r) {
			w = &holding{ResponseWriter: w, passes: 1000, held: held, release: released}
		}
		portal.ServeHTTP(w, r)
	})
	t.Cleanup(release)
	d.syncer.HurryPolls()
	forgot := make(chan string, 10)
	d.replica.forgot = forgot
	d.start()
	d.untilCurrent()
	<-held
	_, toOak := d.addMatter("Oak Street")
	d.anaSends(toOak, "hello", 1)
	d.until("the new matter", d.shows(toOak, "hello"))
	release()
	for _, text := range []string{"still", "in", "the copy"} { // the stream brings the last, after its heads
		d.anaSends(toOak, text, 1)
		d.until("the message", d.shows(toOak, text))
	}
	if len(forgot) > 0 {
		t.Errorf("the copy forgot %s", <-forgot)
	}
}

// The portal ends the stream after a while. The syncer opens the next one at once and never seems offline. It asks for
// the heads only if that fails.
func TestStreamThatEndsIsOpenedAgainAtOnce(t *testing.T) {
	const streams = 3
	var heads atomic.Int32
	var refuses atomic.Bool
	ends := make(chan context.CancelFunc, streams+1)
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isLive(r) && refuses.CompareAndSwap(true, false) {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if isLive(r) {
			ctx, end := context.WithCancel(r.Context())
			defer end()
			ends <- end
			r = r.WithContext(ctx)
		} else if strings.HasSuffix(r.URL.Path, portalapi.Matters.Path) {
			heads.Add(1)
		}
		portal.ServeHTTP(w, r)
	})
	var current, left atomic.Bool
	d.syncer = syncer.New(d.replica, d.client, slog.New(slog.DiscardHandler), func(f syncer.Freshness) {
		if current.Load() && f.State != syncer.Current {
			left.Store(true)
		}
		d.signal()
	})
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	current.Store(true)
	for i := range streams {
		end := <-ends // of the stream that has opened, without a wait
		text := fmt.Sprint("by stream ", i)
		d.anaSends(d.toAna, text, 1)
		d.until("the message", d.shows(d.toAna, text))
		if heads.Load() != 1 {
			t.Errorf("asked for the heads %d times", heads.Load())
		}
		refuses.Store(i == streams-1)
		end()
	}
	<-ends // one stream was refused, and the next one opened
	if heads.Load() != 2 {
		t.Errorf("asked for the heads %d times in the end", heads.Load())
	}
	if left.Load() {
		t.Error("the end of a stream made the copy seem out of date")
	}
}
