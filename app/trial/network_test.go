package trial

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// network is a fake of what lies between the callers and the portal. Each caller has a lane of their own; what
// goes wrong in it is decided by the seed, the lane and the number of the request, and by nothing else.
type network struct {
	seed   uint64
	portal func() string // its address now, or empty while it is down
	out    *http.Transport
	lanes  []*lane

	mu      sync.Mutex
	step    int
	moved   chan struct{} // closed at each step
	waiting atomic.Int32  // at gates
	calm    atomic.Bool   // nothing goes wrong any more
	echoes  atomic.Int32  // what is to be asked again later
	// news is poked when a request has been answered.
	news func()
}

func newNetwork(seed uint64, portal func() string, news func()) *network {
	return &network{
		seed: seed, portal: portal, news: news, moved: make(chan struct{}),
		out: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8},
	}
}

// tick lets the time pass in which what is held up is counted.
func (n *network) tick() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.step++
	close(n.moved)
	n.moved = make(chan struct{})
}

// hold holds something up for some steps.
func (n *network) hold(ctx context.Context, steps int) {
	n.mu.Lock()
	until := n.step + steps
	for n.step < until && !n.calm.Load() && ctx.Err() == nil {
		moved := n.moved
		n.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		n.mu.Lock()
	}
	n.mu.Unlock()
}

// wait holds something up until a gate opens, if there is one.
func (n *network) wait(ctx context.Context, gate <-chan struct{}) {
	if gate == nil {
		return
	}
	n.waiting.Add(1)
	n.news()
	select {
	case <-gate:
	case <-ctx.Done():
	}
	n.waiting.Add(-1)
}

// settle ends all faults.
func (n *network) settle() {
	n.calm.Store(true)
	n.tick()
}

func (n *network) close() {
	for _, l := range n.lanes {
		l.cut()
		l.close()
	}
	n.out.CloseIdleConnections()
}

// serve serves on a port of this computer. Its end breaks all connections, and waits for whoever was asked.
func serve(handler http.Handler) (address string, end func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // a computer without ports
	}
	var asked sync.RWMutex // read while one is asked
	server := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.RLock()
			defer asked.RUnlock()
			handler.ServeHTTP(w, r)
		}),
	}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		asked.Lock()
		defer asked.Unlock()
	}
}
