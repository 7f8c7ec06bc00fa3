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

// network is a fake network between the callers and the portal. Each caller has a lane. Only the seed, the lane and the
// number of the request decide what fails.
type network struct {
	seed   uint64
	portal *host
	out    *http.Transport
	lanes  []*lane

	mu       sync.Mutex
	step     int
	moved    chan struct{} // closed at each step
	requests atomic.Int32  // waiting at gates
	answers  atomic.Int32  // waiting at gates
	reliable atomic.Bool   // no faults from now on
	repeats  atomic.Int32  // requests to repeat later
	// changed is called when a request was answered.
	changed func()
}

func newNetwork(seed uint64, portal *host, changed func()) *network {
	return &network{
		seed: seed, portal: portal, changed: changed, moved: make(chan struct{}),
		out: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8},
	}
}

// tick starts the next step. Delays are counted in steps.
func (n *network) tick() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.step++
	close(n.moved)
	n.moved = make(chan struct{})
}

// hold waits for some steps.
func (n *network) hold(ctx context.Context, steps int) {
	n.mu.Lock()
	until := n.step + steps
	for n.step < until && !n.reliable.Load() && ctx.Err() == nil {
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

// wait waits until a gate opens, if there is one. It's counted in waiting.
func (n *network) wait(ctx context.Context, gate <-chan struct{}, waiting *atomic.Int32) {
	if gate == nil {
		return
	}
	waiting.Add(1)
	n.changed()
	select {
	case <-gate:
	case <-ctx.Done():
	}
	waiting.Add(-1)
}

// settle ends all faults.
func (n *network) settle() {
	n.reliable.Store(true)
	n.tick()
}

func (n *network) close() {
	for _, l := range n.lanes {
		l.cut()
		l.close()
	}
	n.out.CloseIdleConnections()
}

// serve serves on a port of this computer. end breaks all connections and waits for the running handlers.
func serve(handler http.Handler) (address string, end func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var running sync.RWMutex // read-locked by each handler
	server := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.RLock()
			defer running.RUnlock()
			handler.ServeHTTP(w, r)
		}),
	}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		running.Lock()
		defer running.Unlock()
	}
}
