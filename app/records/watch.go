package records

import (
	"slices"
	"sync"

	"matterline/app/chat"
)

// watchers are those who want to hear what was committed.
type watchers struct {
	mu  sync.Mutex
	all map[*Watch]struct{}
	// wide are the watches that follow every matter.
	wide map[*Watch]struct{}
	// choosy are the watches that follow chosen matters, by these, so that a message wakes no other.
	choosy map[string]map[*Watch]struct{}
}

// Watch hears of what changed for one caller. However far behind its holder is, it keeps each matter once.
type Watch struct {
	in      *watchers
	account string
	news    chan struct{}

	// Both guarded by in.mu.
	chosen map[string]struct{} // nil: every matter
	heard  News
}

// News is what a Watch heard.
type News struct {
	// Matters are those that changed, with what was said in them, in order, where that is all that is new:
	// then nobody needs to read it from the store again. Otherwise nil.
	Matters map[string][]Spoken
	// SignedOut is true when a session of the account has ended, or what it may do has changed.
	SignedOut bool
}

// Spoken is a message that was all its version changed.
type Spoken struct {
	chat.Message
	By chat.User // who sent it
	// To is the participant's account, and After the newest version that they could see before.
	To    string
	After int64
}

// maxSpoken is how much is kept for one Watch of one matter.
const maxSpoken = 100

// Watch begins to listen for an account: whatever is committed after it returns will be heard. Close it.
func (s *Store) Watch(account string) *Watch {
	ws := &s.watch
	w := &Watch{in: ws, account: account, news: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all, ws.wide, ws.choosy = map[*Watch]struct{}{}, map[*Watch]struct{}{}, map[string]map[*Watch]struct{}{}
	}
	ws.all[w], ws.wide[w] = struct{}{}, struct{}{}
	return w
}

// Choose says that from here on only these matters are to be heard of, and any that somebody may newly see
// or no longer.
func (w *Watch) Choose(matters ...string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	if w.chosen == nil {
		w.chosen = map[string]struct{}{}
		delete(w.in.wide, w)
	}
	for _, matter := range matters {
		w.chosen[matter] = struct{}{}
		if w.in.choosy[matter] == nil {
			w.in.choosy[matter] = map[*Watch]struct{}{}
		}
		w.in.choosy[matter][w] = struct{}{}
	}
}

// Drop says that a matter need no longer be heard of.
func (w *Watch) Drop(matter string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.drop(matter)
}

func (w *Watch) drop(matter string) {
	delete(w.chosen, matter)
	delete(w.in.choosy[matter], w)
	if len(w.in.choosy[matter]) == 0 {
		delete(w.in.choosy, matter)
	}
}

// Close stops listening.
func (w *Watch) Close() {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	delete(w.in.all, w)
	delete(w.in.wide, w)
	for matter := range w.chosen {
		w.drop(matter)
	}
}

// News is ready to receive from when there is something to Take.
func (w *Watch) News() <-chan struct{} { return w.news }

// Take returns what was heard since the last Take.
func (w *Watch) Take() News {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	heard := w.heard
	w.heard = News{}
	return heard
}

// hear notes that a matter changed; in.mu is held.
func (w *Watch) hear(c commit) {
	if w.heard.Matters == nil {
		w.heard.Matters = map[string][]Spoken{}
	}
	spoken, had := w.heard.Matters[c.matter]
	switch {
	case c.spoken != nil && !had, c.spoken != nil && len(spoken) > 0 && len(spoken) < maxSpoken && spoken[len(spoken)-1].Version+1 == c.version:
		w.heard.Matters[c.matter] = append(spoken, *c.spoken)
	default:
		w.heard.Matters[c.matter] = nil
	}
	poke(w.news)
}

// commit is a matter that changed.
type commit struct {
	matter  string
	version int64
	// access means that somebody may newly see it, or no longer.
	access bool
	// spoken is set when a message is all that changed.
	spoken *Spoken
}

// news is what was committed: matters that changed, and accounts of which a session ended or a right changed.
type news struct {
	matters  []commit
	accounts []string
}

// tell tells those who watch here.
func (s *Store) tell(news news) {
	if len(news.accounts) > 0 {
		s.callers.forget()
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	for _, c := range news.matters {
		who := s.watch.choosy[c.matter]
		if c.access { // whoever may newly see it does not follow it yet
			who = s.watch.all
		}
		for w := range who {
			w.hear(c)
		}
		for w := range s.watch.wide {
			w.hear(c)
		}
	}
	if len(news.accounts) == 0 {
		return
	}
	for w := range s.watch.all {
		if slices.Contains(news.accounts, w.account) {
			w.heard.SignedOut = true
			poke(w.news)
		}
	}
}
