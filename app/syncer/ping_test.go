package syncer_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// editing edits the events of a live stream, or swallows those that edit returns nothing for.
type editing struct {
	http.ResponseWriter
	edit func(event []byte) []byte
}

func (e editing) Write(event []byte) (int, error) {
	if edited := e.edit(event); edited != nil {
		if _, err := e.ResponseWriter.Write(edited); err != nil {
			return 0, err
		}
	}
	return len(event), nil
}

func (e editing) Unwrap() http.ResponseWriter { return e.ResponseWriter }

func isEvent(event []byte, name string) bool {
	return bytes.HasPrefix(event, []byte("event: "+name+"\n"))
}

// streamDesk is a desk whose stream is edited, and which counts the requests for the heads. Nothing but the stream
// makes it ask.
func streamDesk(t *testing.T, edit func(event []byte) []byte) (*desk, *atomic.Int32) {
	t.Helper()
	asked := new(atomic.Int32)
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			w = editing{w, edit}
		case strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
			asked.Add(1)
		}
		portal.ServeHTTP(w, r)
	})
	d.syncer.NeverRetry()
	d.start()
	d.untilCurrent()
	d.anaSends(d.toAna, "by stream", 1)
	d.until("the message", d.shows(d.toAna, "by stream"))
	return d, asked
}

// An event is lost on the way. The next ping shows it, and the heads bring the copy up to date.
func TestPingShowsThatAnEventWasLost(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, d *desk) (arrived func() bool){
		portalapi.EventChanges: func(t *testing.T, d *desk) func() bool {
			d.anaSends(d.toAna, "lost", 1)
			return d.shows(d.toAna, "lost")
		},
		portalapi.EventGone: func(t *testing.T, d *desk) func() bool {
			tom, err := d.store.AddAccount(t.Context(), records.Account{Email: "tom", Name: "Tom", User: true})
			check(t, err)
			check(t, d.store.Assign(t.Context(), d.maya, d.matter, tom))
			check(t, d.store.SetTeam(t.Context(), chat.Caller{Account: tom, User: true}, d.matter, nil))
			return func() bool {
				_, err := d.replica.Matter(t.Context(), d.matter)
				return chat.CodeOf(err) == chat.NotFound
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var lost atomic.Pointer[string]
			d, asked := streamDesk(t, func(event []byte) []byte {
				if next := lost.Load(); next != nil && isEvent(event, *next) && lost.CompareAndSwap(next, nil) {
					return nil
				}
				return event
			})
			lost.Store(&name)
			d.until("what was lost", lose(t, d))
			if lost.Load() != nil || asked.Load() > 2 {
				t.Errorf("lost none: %v; asked for the heads %d times", lost.Load() != nil, asked.Load())
			}
		})
	}
}

// The pings of an older portal say nothing about the copy.
func TestPingWithoutTotalsAsksForNothing(t *testing.T) {
	pinged := make(chan struct{}, 1)
	var lose atomic.Bool
	d, asked := streamDesk(t, func(event []byte) []byte {
		switch {
		case isEvent(event, portalapi.EventPing):
			pinged <- struct{}{}
			return []byte("event: ping\ndata: {}\n\n")
		case isEvent(event, portalapi.EventChanges) && lose.CompareAndSwap(true, false):
			return nil
		}
		return event
	})
	lose.Store(true)
	d.anaSends(d.toAna, "lost", 1)
	<-pinged
	d.anaSends(d.toAna, "next", 1)
	d.until("the message", d.shows(d.toAna, "next"))
	if lose.Load() || asked.Load() != 1 {
		t.Errorf("lost none: %v; asked for the heads %d times", lose.Load(), asked.Load())
	}
}
