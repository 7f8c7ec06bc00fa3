package syncer_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/syncer"
)

func TestReconnectsAfterThePortalFailed(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if down.Load() {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		portal.ServeHTTP(w, r)
	})
	d.until("busy portal", func() bool {
		f := d.syncer.Freshness()
		return f.State == syncer.PortalBusy && f.Problem != "" && f.Next == syncer.TryAgain
	})
	down.Store(false)
	d.syncer.Retry()
	d.untilCurrent()
	if f := d.syncer.Freshness(); f.AsOf == 0 || f.Problem != "" || f.Next != "" {
		t.Fatalf("%+v", f)
	}
}

// A portal that couldn't be reached is tried again within five seconds after the network of this computer changes, however
// long the wait was.
func TestReconnectsWhenTheNetworkChanges(t *testing.T) {
	var network atomic.Value
	network.Store("none")
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if network.Load() == "none" {
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	d.syncer.NeverRetryFirst()
	looked := make(chan struct{}, 100)
	d.syncer.NetworkIs(func() string {
		defer func() { looked <- struct{}{} }()
		return network.Load().(string)
	})
	d.start()
	<-looked
	d.until("offline", d.state(syncer.Offline))
	start := time.Now()
	network.Store("eth0 192.0.2.7/24")
	d.untilCurrent()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// An ended session stops the sync. Messages stay in the outbox until the next sign-in.
func TestSignedOut(t *testing.T) {
	d := newDesk(t, passOn)
	d.untilCurrent()
	check(t, d.store.EndSession(t.Context(), d.token, chat.Origin{}))
	d.send(d.toAna, "kept")
	d.until("sign-out", d.state(syncer.SignedOut))
	if f := d.syncer.Freshness(); f.Next != syncer.SignIn || f.Problem != chat.ErrSignedOut.Message {
		t.Fatalf("%+v", f)
	}
	d.untilUnsent(1)
	token, err := d.store.StartSession(t.Context(), d.maya.Account, chat.Origin{})
	check(t, err)
	d.client.SetToken(token)
	d.syncer.Retry()
	d.untilUnsent(0)
	d.untilCurrent()
}

// A Retry right after a live stream has ended starts the next stream at once. (Missing it made a desktop poll for 10 s
// after the portal restarted.)
func TestRetryRightAfterTheStreamEnds(t *testing.T) {
	again := make(chan struct{})
	var streams atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isLive(r) {
			switch streams.Add(1) {
			case 1:
				return
			case 2:
				close(again)
			}
		}
		portal.ServeHTTP(w, r)
	})
	log := onLog{slog.DiscardHandler, func(message string) {
		if message == "live stream ended" && streams.Load() == 1 {
			d.syncer.Retry()
		}
	}}
	d.syncer = syncer.New(d.replica, d.client, slog.New(log), func(syncer.Freshness) { d.signal() })
	d.syncer.NeverRetry()
	d.start()
	select {
	case <-again:
	case <-time.After(20 * time.Second):
		t.Fatal("no second stream")
	}
}

// onLog calls a function for each log message.
type onLog struct {
	slog.Handler
	call func(message string)
}

func (h onLog) Enabled(context.Context, slog.Level) bool { return true }

func (h onLog) Handle(_ context.Context, r slog.Record) error {
	h.call(r.Message)
	return nil
}

// A stream that keeps breaking stops neither sending nor pulling.
func TestBrokenStream(t *testing.T) {
	var posts, pulls atomic.Int32
	sending, broken := make(chan struct{}), make(chan struct{})
	var streams atomic.Int32
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		switch {
		case isLive(r):
			if streams.Add(1) == 1 {
				ctx, cancel := context.WithCancel(r.Context())
				go func() {
					<-sending
					cancel()
				}()
				portal.ServeHTTP(w, r.WithContext(ctx))
				return
			}
			if streams.Load() == 3 {
				close(broken)
			}
			panic(http.ErrAbortHandler)
		case r.Method == http.MethodPost:
			posts.Add(1)
			close(sending)
			<-broken
		case isChanges(r):
			pulls.Add(1)
		}
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	d.send(d.toAna, "through it all")
	d.untilUnsent(0)
	if posts.Load() != 1 {
		t.Fatalf("%d posts", posts.Load())
	}
	d.anaSends(d.toAna, "still here", 1)
	d.until("the message", d.shows(d.toAna, "still here"))
	if f := d.syncer.Freshness(); f.State == syncer.Offline {
		t.Fatalf("%+v", f)
	}
}

// Each obstacle between syncer and portal has its own state and sentence.
func TestStates(t *testing.T) {
	answer := func(status int, kind, text string) handler {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, text)
		}
	}
	heads := func(level, needs int) handler {
		return answer(http.StatusOK, "application/json", fmt.Sprintf(`{"epoch":"e","level":%d,"needs":%d,"matters":[]}`, level, needs))
	}
	for _, tt := range []struct {
		name  string
		fault handler
		want  syncer.State
		says  string
	}{
		{"Offline", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, syncer.Offline, "reach the portal"},
		{"Busy", answer(http.StatusServiceUnavailable, "text/html", "<h1>maintenance</h1>"), syncer.PortalBusy, "busy or restarting"},
		{"Slow", answer(http.StatusRequestTimeout, "text/html", ""), syncer.Offline, "too slow"},
		{"InternalError", answer(http.StatusInternalServerError, "application/problem+json", `{"code":"internal","detail":"Something went wrong at the portal."}`), syncer.Offline, "went wrong at the portal"},
		{"CaptivePage", answer(http.StatusOK, "text/html", "<h1>Free Wi-Fi</h1>"), syncer.Proxy, "answered instead of the portal"},
		{"Firewall", answer(http.StatusForbidden, "application/json", `{"code":"malformed","detail":"Blocked."}`), syncer.Proxy, "answered instead of the portal"},
		{"TooOld", heads(0, 0), syncer.TooOld, "too old for this version"},
		{"TooNew", heads(99, 99), syncer.TooNew, "needs a newer version"},
		{"Proxy", answer(http.StatusProxyAuthRequired, "text/html", ""), syncer.Proxy, "requires a name and password"},
		{"SignedOut", answer(http.StatusUnauthorized, "application/problem+json", `{"code":"signed_out","detail":"You are signed out. Please sign in again."}`), syncer.SignedOut, "signed out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var gone atomic.Bool
			d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
				if gone.Load() {
					portal.ServeHTTP(w, r)
					return
				}
				tt.fault(w, r, portal)
			})
			d.until("state", d.state(tt.want))
			if f := d.syncer.Freshness(); !strings.Contains(f.Problem, tt.says) || f.Next == "" || f.Code == "" {
				t.Fatalf("%+v", f)
			}
			gone.Store(true)
			d.syncer.Retry()
			d.untilCurrent()
		})
	}
}

// A full disk has its own state. When it works again, missing changes are pulled.
func TestDisk(t *testing.T) {
	d := prepareDesk(t, passOn)
	d.replica.fail(chat.Errorf(chat.DiskFull, "", "The disk is full."))
	d.start()
	d.until("the state", d.state(syncer.Disk))
	if f := d.syncer.Freshness(); f.Problem != "The disk is full." || f.Code != chat.DiskFull {
		t.Fatalf("%+v", f)
	}
	d.replica.fail(nil)
	d.syncer.Retry()
	d.untilCurrent()
}

// A wrong clock stops nothing, but the user gets a warning.
func TestClock(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		w.Header().Set("Date", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		portal.ServeHTTP(w, r)
	})
	d.untilCurrent()
	if f := d.syncer.Freshness(); !strings.HasPrefix(f.Warning, "This computer's clock is 2 hours behind.") && !strings.HasPrefix(f.Warning, "This computer's clock is 3 hours behind.") {
		t.Fatalf("%+v", f)
	}
}
