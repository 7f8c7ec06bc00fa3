package records

import (
	"slices"
	"sync"

	"matterline/app/chat"
)

// watchers are the open watches on a store.
type watchers struct {
	mu sync.Mutex
	// byAccount holds every watch.
	byAccount index
	// everything holds the watches that follow every matter.
	everything map[*Watch]struct{}
	// byMatter holds the other watches under each matter they follow, so that a change wakes only its followers.
	byMatter index
}

// index holds sets of watches by a key.
type index map[string]map[*Watch]struct{}

func (x index) add(key string, w *Watch) {
	if x[key] == nil {
		x[key] = map[*Watch]struct{}{}
	}
	x[key][w] = struct{}{}
}

func (x index) remove(key string, w *Watch) {
	delete(x[key], w)
	if len(x[key]) == 0 {
		delete(x, key)
	}
}

// Watch collects what changes for one account. It holds each matter once, however slowly its updates are taken.
type Watch struct {
	in      *watchers
	account string
	user    bool
	admin   bool
	ready   chan struct{}

	// All guarded by in.mu.
	followed map[string]struct{} // nil: every matter
	// granted are the matters that the account may see since the watch began, until the first Follow.
	granted   map[string]struct{}
	messages  map[string][]LiveMessage // of the matters in which only messages changed
	changed   map[string]*Change       // the other matters
	order     []string                 // the keys of changed, oldest first
	signedOut bool
}

// Update is the next part of what changed: what can be sent without reading the store, and one matter to read. So
// nothing waits while a watch's owner catches up with many matters.
type Update struct {
	// Messages are the new messages, in order, of matters in which only messages changed.
	Messages map[string][]LiveMessage
	// Change is another matter's, or nil.
	Change *Change
	// SignedOut means that a session of the account ended, or that its rights changed.
	SignedOut bool
}

// LiveMessage is a message that was the only change of its version.
type LiveMessage struct {
	chat.Message
	By chat.User // the sender, if it is a user
	// ByAlike reports whether another user's name looks the same as the sender's.
	ByAlike bool
	// Mark is the change's. After is the change before it in the matter.
	Mark  string
	After Position
	// To is the participant's account. ChatAfter is the newest change that they could see before, in their versions.
	To        string
	ChatAfter Position
}

const (
	// maxLiveMessages is the most messages that a Watch holds for one matter.
	maxLiveMessages = 100
	// maxTaken is the most matters in an Update.
	maxTaken = 64
)

// Watch starts to collect changes for a caller: it misses no commit after it returns. Close it. An admin's follows
// every matter.
func (s *Store) Watch(c chat.Caller) *Watch {
	ws := &s.watchers
	w := &Watch{in: ws, account: c.Account, user: c.User, admin: c.Admin, ready: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byAccount == nil {
		ws.byAccount, ws.everything, ws.byMatter = index{}, map[*Watch]struct{}{}, index{}
	}
	ws.byAccount.add(w.account, w)
	ws.everything[w] = struct{}{}
	return w
}

// Follow limits the watch to the given matters, besides those followed already. It still gets every matter that its
// account may see from now on.
func (w *Watch) Follow(matters ...string) {
	if w.admin {
		return
	}
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	first := w.followed == nil
	if first {
		w.followed = map[string]struct{}{}
		delete(w.in.everything, w)
	}
	for _, matter := range matters {
		w.followed[matter] = struct{}{}
		w.in.byMatter.add(matter, w)
	}
	if first {
		w.forgetOthers()
	}
}

// forgetOthers drops what was collected in matters that the account can't see; in.mu is held.
func (w *Watch) forgetOthers() {
	other := func(matter string) bool {
		_, followed := w.followed[matter]
		_, granted := w.granted[matter]
		return !followed && !granted
	}
	for matter := range w.messages {
		if other(matter) {
			delete(w.messages, matter)
		}
	}
	w.order = slices.DeleteFunc(w.order, func(matter string) bool {
		if other(matter) {
			delete(w.changed, matter)
		}
		return other(matter)
	})
	w.granted = nil
}

// Unfollow stops following a matter.
func (w *Watch) Unfollow(matter string) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	delete(w.followed, matter)
	w.in.byMatter.remove(matter, w)
}

// Close ends the watch.
func (w *Watch) Close() {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	w.in.byAccount.remove(w.account, w)
	delete(w.in.everything, w)
	for matter := range w.followed {
		w.in.byMatter.remove(matter, w)
	}
}

// Ready receives when there is something to Take.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// Take returns the next part of what changed. While the watch's owner reads a matter, it names that matter: then all
// changes to read stay in the watch, and so do that matter's messages, which follow what is read. Take again after that.
func (w *Watch) Take(reading string) (update Update) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	update.SignedOut, w.signedOut = w.signedOut, false
	held := w.messages[reading]
	delete(w.messages, reading)
	if len(w.messages) <= maxTaken {
		update.Messages, w.messages = w.messages, nil
	} else {
		update.Messages = make(map[string][]LiveMessage, maxTaken)
		for matter, messages := range w.messages {
			if len(update.Messages) == maxTaken {
				break
			}
			update.Messages[matter] = messages
			delete(w.messages, matter)
		}
	}
	if reading == "" && len(w.order) > 0 {
		update.Change = w.changed[w.order[0]]
		delete(w.changed, w.order[0])
		w.order = w.order[1:]
	}
	if len(w.messages) > 0 || reading == "" && len(w.order) > 0 {
		wake(w.ready)
	}
	if held != nil {
		if w.messages == nil {
			w.messages = map[string][]LiveMessage{}
		}
		w.messages[reading] = held
	}
	return update
}

// Continue collects a change that its owner hasn't read to its end.
func (w *Watch) Continue(c *Change) {
	w.in.mu.Lock()
	defer w.in.mu.Unlock()
	if _, newer := w.changed[c.matter]; !newer {
		w.add(c, nil)
	}
}

// add collects a change; in.mu is held.
func (w *Watch) add(c *Change, messages []LiveMessage) {
	defer wake(w.ready)
	had := w.messages[c.matter]
	change, read := w.changed[c.matter]
	switch {
	case len(had) > 0 && had[len(had)-1].Mark == c.at.Mark: // it's known
	case read:
		w.changed[c.matter] = change.then(c)
	case messages == nil && had == nil:
		w.addChange(c)
	case messages != nil && (had == nil || had[len(had)-1].Mark == messages[0].After.Mark && len(had)+len(messages) <= maxLiveMessages):
		if w.messages == nil {
			w.messages = map[string][]LiveMessage{}
		}
		w.messages[c.matter] = append(slices.Clip(had), messages...)
	default:
		delete(w.messages, c.matter)
		newest := had[len(had)-1]
		w.addChange((&Change{matter: c.matter, at: Position{newest.Version, newest.Mark}}).then(c))
	}
}

// addChange collects a matter to read, which isn't yet; in.mu is held.
func (w *Watch) addChange(c *Change) {
	if w.changed == nil {
		w.changed = map[string]*Change{}
	}
	delete(w.messages, c.matter)
	w.changed[c.matter] = c
	w.order = append(w.order, c.matter)
}

// wakeWatchers passes a broadcast to this node's watches.
func (s *Store) wakeWatchers(b broadcast) {
	for _, c := range b.matters.all {
		s.watchers.pass(c)
	}
	if len(b.accounts) == 0 {
		return
	}
	s.callers.clear()
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	for _, account := range b.accounts {
		for w := range s.watchers.byAccount[account] {
			w.signedOut = true
			wake(w.ready)
		}
	}
}

// pass passes a change to the watches that follow its matter and, if it is one of access, to those of the accounts
// that may see it now.
func (ws *watchers) pass(c matterChange) {
	change := &Change{matter: c.matter, at: c.at}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, followers := range []map[*Watch]struct{}{ws.byMatter[c.matter], ws.everything} {
		for w := range followers {
			if w.user || !c.usersOnly {
				w.add(change, c.messages)
			}
		}
	}
	for _, account := range c.readers {
		for w := range ws.byAccount[account] {
			if _, follows := w.followed[c.matter]; follows || w.admin {
				continue
			}
			if w.followed == nil {
				if w.granted == nil {
					w.granted = map[string]struct{}{}
				}
				w.granted[c.matter] = struct{}{}
			}
			w.add(change, nil)
		}
	}
}

// follows reports whether a watch follows a matter.
func (ws *watchers) follows(matter string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.byMatter[matter])+len(ws.everything) > 0
}

// wake makes a channel of capacity 1 ready, if it isn't already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
