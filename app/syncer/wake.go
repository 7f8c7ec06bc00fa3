package syncer

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// checkEvery is how often the network and the clock are checked.
const checkEvery = 2 * time.Second

// watcher notices when this computer changes its network or wakes from sleep. One goroutine looks for all syncers.
type watcher struct {
	// network describes this computer's network. Another description means that it has changed.
	network func() string

	mu    sync.Mutex
	tells map[*Syncer]func()
	stop  context.CancelFunc // nil while there are no tells
}

// thisComputer is what all syncers watch.
var thisComputer = &watcher{network: networkNow}

// watch calls tell at each change until ctx ends.
func (w *watcher) watch(ctx context.Context, s *Syncer, tell func()) {
	w.mu.Lock()
	if w.tells == nil {
		w.tells = map[*Syncer]func(){}
	}
	w.tells[s] = tell
	if w.stop == nil {
		var looking context.Context
		looking, w.stop = context.WithCancel(context.Background())
		go w.look(looking, w.network(), time.Now())
	}
	w.mu.Unlock()
	<-ctx.Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	if delete(w.tells, s); len(w.tells) == 0 {
		w.stop()
		w.stop = nil
	}
}

// look looks until ctx ends. network and last are the network and the time at its start.
func (w *watcher) look(ctx context.Context, network string, last time.Time) {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		}
		before, since := network, last
		network, last = w.network(), time.Now()
		if network == before && !slept(last.Round(0).Sub(since.Round(0)), last.Sub(since)) {
			continue
		}
		w.mu.Lock()
		tells := slices.Collect(maps.Values(w.tells))
		w.mu.Unlock()
		for _, tell := range tells {
			tell()
		}
	}
}

// watch retries everything when this computer changes its network or wakes from sleep.
func (s *Syncer) watch(ctx context.Context) {
	s.watcher.watch(ctx, s, func() {
		s.log.Info("network changed, or computer woke up")
		s.Retry()
	})
}

// slept reports whether the computer slept between two checks, by how far the wall clock and the monotonic clock moved.
// On some systems the monotonic clock runs during sleep, and the checks are far apart instead.
func slept(wall, monotonic time.Duration) bool {
	return wall-monotonic > 5*time.Second || monotonic > 30*time.Second
}

// networkNow returns in one line which of this computer's networks are connected, and its addresses, as far as the system
// says.
func networkNow() string {
	var lines []string
	if all, err := net.Interfaces(); err == nil {
		for _, i := range all {
			if i.Flags&net.FlagRunning != 0 {
				lines = append(lines, i.Name)
			}
		}
	}
	if all, err := net.InterfaceAddrs(); err == nil {
		for _, a := range all {
			lines = append(lines, a.String())
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
