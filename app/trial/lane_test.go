package trial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/portalapi"
)

// lane is one caller's connection to the portal.
type lane struct {
	net     *network
	number  uint64
	address string
	close   func()
	asked   atomic.Uint64 // requests so far
	// gates returns what a request waits for before it reaches the portal, and before its answer returns, or each piece
	// of a stream. Tests use it to order events.
	gates func(r *http.Request) (ask, answer <-chan struct{})
	// failures is the percentage of requests that fail. 100 means no connection.
	failures atomic.Int32

	mu    sync.Mutex
	up    context.Context
	sever context.CancelFunc
	// confirmed counts the confirmations that have arrived, by message.
	confirmed map[string]int
	// rejected holds what the portal has rejected.
	rejected map[string]bool
	// gone holds the history in which the portal last answered that there is nothing at a path. purges holds the matters
	// that the device removed.
	gone   map[string]int32
	purges []purge
}

func (n *network) addLane() *lane {
	l := &lane{net: n, number: uint64(len(n.lanes)), confirmed: map[string]int{}, rejected: map[string]bool{}, gone: map[string]int32{}}
	l.gates = func(*http.Request) (ask, answer <-chan struct{}) { return nil, nil }
	l.up, l.sever = context.WithCancel(context.Background())
	l.address, l.close = serve(l)
	n.lanes = append(n.lanes, l)
	return l
}

// cut breaks all current connections.
func (l *lane) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sever()
	l.up, l.sever = context.WithCancel(context.Background())
}

// fault is how one request fails.
type fault int

const (
	none           fault = iota
	cutBefore            // the request never leaves
	cutRequest           // half of the request reaches the portal
	cutAnswer            // the portal handles the request, the answer is lost
	cutWithin            // half of the answer arrives
	lateAsk              // the request is delayed, and others overtake it
	lateAnswer           // the answer is delayed, and others overtake it
	stalledRequest       // half of the request arrives late
	stalledAnswer        // half of the answer arrives late
	buffered             // a proxy holds back the answer, and a stream with all its events
	repeated             // the portal gets the request twice
	repeatedLater        // the portal gets the request again much later
	foreign              // something else answers instead of the portal
	foreignAfter         // the portal handles the request, and something else answers
	faults
)

var faultNames = [faults]string{"", "cut before", "cut within the request", "cut after", "cut within the answer",
	"request delayed", "answer delayed", "request stalled", "answer stalled", "answer buffered", "request repeated", "request repeated later",
	"answered by something else", "handled and answered by something else"}

// next decides how the lane's next request fails.
func (l *lane) next() (fault, *rand.Rand) {
	n := l.asked.Add(1)
	rng := rand.New(rand.NewPCG(l.net.seed<<8|l.number, n))
	failures := l.failures.Load()
	switch {
	case l.net.reliable.Load():
		return none, rng
	case failures >= 100:
		return cutBefore, rng
	case rng.Int32N(100) < failures:
		return 1 + fault(rng.IntN(int(faults)-1)), rng
	}
	return none, rng
}

func (l *lane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer l.net.changed()
	l.mu.Lock()
	up := l.up
	l.mu.Unlock()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(up, cancel)()

	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	what, rng := l.next()
	if what != none {
		count(&tally.faults[what])
	}
	live := strings.HasSuffix(r.URL.Path, portalapi.Live.Path)
	switch what {
	case cutBefore:
		panic(http.ErrAbortHandler)
	case cutRequest:
		if len(body) == 0 {
			panic(http.ErrAbortHandler)
		}
		half := io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{})
		if res, err := l.ask(ctx, r, half, int64(len(body))); err == nil {
			res.Body.Close()
		}
		panic(http.ErrAbortHandler)
	case lateAsk:
		l.net.hold(ctx, 1+rng.IntN(8))
	case repeated:
		if !live {
			l.again(ctx, r, body)
		}
	case repeatedLater:
		if !live {
			steps := 2 + rng.IntN(12)
			l.net.repeats.Add(1)
			go func() {
				l.net.hold(context.Background(), steps)
				within, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				l.again(within, r, body)
				l.net.repeats.Add(-1)
				l.net.changed()
			}()
		}
	case foreign:
		l.answerForeign(w, rng)
		return
	}
	gates := l.gates // a test may set others while a stream ends
	ask, answer := gates(r)
	l.net.wait(ctx, ask, &l.net.requests)
	var sent io.Reader = bytes.NewReader(body)
	if half := len(body) / 2; what == stalledRequest && half > 0 {
		stall := reader(func() { l.net.hold(ctx, 1+rng.IntN(8)) })
		sent = io.MultiReader(bytes.NewReader(body[:half]), stall, bytes.NewReader(body[half:]))
	}
	history := l.net.portal.histories.Load()
	res, err := l.ask(ctx, r, sent, int64(len(body)))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer res.Body.Close()
	if what == buffered {
		l.net.hold(ctx, 4+rng.IntN(12))
	}
	if live {
		l.stream(ctx, w, res, what, rng, func() <-chan struct{} { _, ready := gates(r); return ready })
		return
	}
	reply, err := io.ReadAll(res.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	l.noteRejections(r, res.StatusCode, reply)
	l.noteGone(r, res.StatusCode, history)
	switch what {
	case cutAnswer:
		panic(http.ErrAbortHandler)
	case foreignAfter:
		l.answerForeign(w, rng)
		return
	}
	l.net.wait(ctx, answer, &l.net.answers)
	if what == lateAnswer {
		l.net.hold(ctx, 1+rng.IntN(8))
		if ctx.Err() != nil {
			panic(http.ErrAbortHandler)
		}
	}
	head(w, res)
	rest, half := reply, len(reply)/2
	switch what {
	case cutWithin:
		_, _ = w.Write(reply[:half])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case stalledAnswer:
		_, _ = w.Write(reply[:half])
		_ = http.NewResponseController(w).Flush()
		l.net.hold(ctx, 1+rng.IntN(8))
		if ctx.Err() != nil {
			panic(http.ErrAbortHandler)
		}
		rest = reply[half:]
	}
	_, _ = w.Write(rest)
	l.countConfirmed(r, reply)
}

// stream passes on the live stream, piece by piece, each through a gate.
func (l *lane) stream(ctx context.Context, w http.ResponseWriter, res *http.Response, what fault, rng *rand.Rand, gate func() <-chan struct{}) {
	head(w, res)
	control := http.NewResponseController(w)
	_ = control.Flush()
	pieces := rng.IntN(6)
	piece := make([]byte, 16<<10)
	for n := 0; ; n++ {
		got, err := res.Body.Read(piece)
		if n == pieces && !l.net.reliable.Load() {
			switch what {
			case cutAnswer:
				panic(http.ErrAbortHandler)
			case cutWithin:
				_, _ = w.Write(piece[:got/2])
				_ = control.Flush()
				panic(http.ErrAbortHandler)
			case lateAnswer, stalledAnswer:
				l.net.hold(ctx, 1+rng.IntN(8))
			}
		}
		l.net.wait(ctx, gate(), &l.net.answers)
		if ctx.Err() != nil {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(piece[:got]); err != nil {
			return
		}
		_ = control.Flush()
		l.net.changed()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

func head(w http.ResponseWriter, res *http.Response) {
	for name, values := range res.Header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(res.StatusCode)
}

// ask sends a request to the portal.
func (l *lane) ask(ctx context.Context, r *http.Request, body io.Reader, length int64) (*http.Response, error) {
	address := l.net.portal.where()
	if address == "" {
		return nil, errors.New("the portal is down")
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address+r.URL.RequestURI(), body)
	if err != nil {
		return nil, err
	}
	req.Header = r.Header.Clone()
	if strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path) {
		req.Header.Del("Accept-Encoding") // the lane reads the answer
	}
	req.ContentLength = length
	if length == 0 {
		req.Body = http.NoBody
	}
	return l.net.out.RoundTrip(req)
}

// again sends a request and ignores the answer.
func (l *lane) again(ctx context.Context, r *http.Request, body []byte) {
	if res, err := l.ask(ctx, r, bytes.NewReader(body), int64(len(body))); err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// answerForeign answers in the portal's place.
func (l *lane) answerForeign(w http.ResponseWriter, rng *rand.Rand) {
	all := foreignAnswers()
	all[rng.IntN(len(all))].write(w)
}

// reader is empty, and calls a function when it's read.
type reader func()

func (r reader) Read([]byte) (int, error) {
	r()
	return 0, io.EOF
}

// broken is the end of a request that never arrives.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut") }
