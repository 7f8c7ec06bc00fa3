package records

import (
	"sync"
)

// watchers are those who want to hear in which matters something was committed.
type watchers struct {
	mu  sync.Mutex
	all map[*Watch]struct{}
}

// Watch hears of matters that changed. However far behind its holder is, it keeps each matter once.
type Watch struct {
	store *Store
	mu    sync.Mutex
	dirty map[string]struct{}
	news  chan struct{}
}

// Watch begins to listen: whatever is committed after it returns will be heard. Close it.
func (s *Store) Watch() *Watch {
	w := &Watch{store: s, dirty: map[string]struct{}{}, news: make(chan struct{}, 1)}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	if s.watch.all == nil {
		s.watch.all = map[*Watch]struct{}{}
	}
	s.watch.all[w] = struct{}{}
	return w
}

// Close stops listening.
func (w *Watch) Close() {
	w.store.watch.mu.Lock()
	defer w.store.watch.mu.Unlock()
	delete(w.store.watch.all, w)
}

// News is ready to receive from when there is something to Take.
func (w *Watch) News() <-chan struct{} { return w.news }

// Take returns the matters that changed since the last Take.
func (w *Watch) Take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	matters := make([]string, 0, len(w.dirty))
	for id := range w.dirty {
		matters = append(matters, id)
	}
	clear(w.dirty)
	return matters
}

// committed tells the watchers.
func (s *Store) committed(matters ...string) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	for w := range s.watch.all {
		w.mu.Lock()
		for _, id := range matters {
			w.dirty[id] = struct{}{}
		}
		w.mu.Unlock()
		select {
		case w.news <- struct{}{}:
		default:
		}
	}
}
