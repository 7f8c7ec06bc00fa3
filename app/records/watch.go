package records

import (
	"slices"
	"sync"

	"matterline/app/chat"
)

// watchers are the open watches on a store.
type watchers struct {
	mu  sync.Mutex
	all map[*Watch]struct{}
	// unfiltered are the watches that follow every matter.
	unfiltered map[*Watch]struct{}
	// byMatter holds the other watches under each matter they follow, so that a message wakes only its followers.
	byMatter map[string]map[*Watch]struct{}
}

// Watch collects what changes for one account. It holds each matter once, however slowly its updates are taken.
type Watch struct {
	in      *watchers
	account string
	ready   chan struct{}

	// Both guarded by in.mu.
	followed map[string]struct{} // nil: every matter
	pending  Update
}

// Update is what changed since the last Take.
type Update struct {
	// Matters are those that changed. If only messages changed in a matter, they are the value, in order, and the
	// matter needn't be read from the store. Otherwise the value is nil.
	Matters map[string][]LiveMessage
	// SignedOut means that a session of the account ended, or that its rights changed.
	SignedOut bool
}

// LiveMessage is a message that was the only change of its version.
type LiveMessage struct {
	chat.Message
	By chat.User // the sender
	// Mark is the change's. After is the change before it in the matter.
	Mark  string
	After Position
	// To is the participant's account. ChatAfter is the newest change that they could see before, in their versions.
	To        string
	ChatAfter Position
}

// maxLiveMessages is the most messages that a Watch holds for one matter.
const maxLiveMessages = 100

// Watch starts to collect changes for an account: it misses no commit after it returns. Close it.
func (s *Store) Watch(account string) *Watch {
	ws := &s.watchers
	w := &Watch{in: ws, account: account, ready: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all, ws.unfiltered, ws.byMatter = map[*Watch]struct{}{}, map[*Watch]struct{}{}, map[string]map[*Watch]struct{}{}
	}
	ws.all[w], ws.unfiltered[w] = struct{}{}, struct{}{}
	return w
}

// Follow limits the watch to the given matters, besides those followed already. It still gets every matter whose
// access changes.
func (w *Watch) Follow(matters ...string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	if w.followed == nil {
		w.followed = map[string]struct{}{}
		delete(w.in.unfiltered, w)
	}
	for _, matter := range matters {
		w.followed[matter] = struct{}{}
		if w.in.byMatter[matter] == nil {
			w.in.byMatter[matter] = map[*Watch]struct{}{}
		}
		w.in.byMatter[matter][w] = struct{}{}
	}
}

// Unfollow stops following a matter.
func (w *Watch) Unfollow(matter string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.unfollow(matter)
}

func (w *Watch) unfollow(matter string) {
	delete(w.followed, matter)
	delete(w.in.byMatter[matter], w)
	if len(w.in.byMatter[matter]) == 0 {
		delete(w.in.byMatter, matter)
	}
}

// Close ends the watch.
func (w *Watch) Close() {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	delete(w.in.all, w)
	delete(w.in.unfiltered, w)
	for matter := range w.followed {
		w.unfollow(matter)
	}
}

// Ready receives when there is something to Take.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns what changed since the last Take.
func (w *Watch) Take() Update {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	update := w.pending
	w.pending = Update{}
	return update
}

// add adds a matter's change to the pending update; in.mu is held.
func (w *Watch) add(c matterChange) {
	if w.pending.Matters == nil {
		w.pending.Matters = map[string][]LiveMessage{}
	}
	messages, had := w.pending.Matters[c.matter]
	switch {
	case c.message != nil && !had, c.message != nil && len(messages) > 0 && len(messages) < maxLiveMessages && messages[len(messages)-1].Mark == c.message.After.Mark:
		w.pending.Matters[c.matter] = append(messages, *c.message)
	default:
		w.pending.Matters[c.matter] = nil
	}
	wake(w.ready)
}

// matterChange is one change of a matter, with its mark.
type matterChange struct {
	matter, mark string
	// access means that someone gained or lost access to the matter.
	access bool
	// message is set if it is the only change.
	message *LiveMessage
}

// broadcast is what watchers learn of a commit: the matters that changed, and the accounts whose sessions ended or
// whose rights changed.
type broadcast struct {
	matters  []matterChange
	accounts []string
}

// wakeWatchers passes a broadcast to this node's watches.
func (s *Store) wakeWatchers(b broadcast) {
	if len(b.accounts) > 0 {
		s.callers.clear()
	}
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	for _, c := range b.matters {
		followers := s.watchers.byMatter[c.matter]
		if c.access { // an account that gains access doesn't follow the matter yet
			followers = s.watchers.all
		}
		for w := range followers {
			w.add(c)
		}
		for w := range s.watchers.unfiltered {
			w.add(c)
		}
	}
	if len(b.accounts) == 0 {
		return
	}
	for w := range s.watchers.all {
		if slices.Contains(b.accounts, w.account) {
			w.pending.SignedOut = true
			wake(w.ready)
		}
	}
}

// wake makes a channel of capacity 1 ready, if it isn't already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
