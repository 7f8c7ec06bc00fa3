package records

import (
	"iter"
	"sync"
	"time"
)

// known is what a node knows of the matters, from its own commits, other nodes' notices and its looks at the store.
type known struct {
	mu sync.Mutex
	// looked is the state of each matter at the last look. heard is the newest that the node has learned since then.
	looked, heard map[string]matterState
	// lookedAt is when the last look that succeeded began.
	lookedAt time.Time
	// accessChanges counts the changes of who may see a matter. The first look counts as one.
	accessChanges int64
}

// matterState is a matter's newest change, and the version of the last change to who may see it. That is 0 if it isn't
// known.
type matterState struct {
	at     Position
	access int64
}

// hear learns of a change from a commit here or from a notice.
func (k *known) hear(c matterChange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.heard[c.matter]
	now := matterState{c.at, max(c.access, was.access)}
	if was.at.Version > c.at.Version {
		now.at = was.at
	}
	if k.heard == nil {
		k.heard = map[string]matterState{}
	}
	k.heard[c.matter] = now
	if c.access > 0 {
		k.accessChanges++
	}
}

// beginLook is called before a look reads the store, which has what this node has heard until then, or newer changes.
func (k *known) beginLook() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.looked == nil {
		k.looked = map[string]matterState{}
	}
	for matter, m := range k.heard {
		m.access = max(m.access, k.looked[matter].access)
		k.looked[matter] = m
	}
	clear(k.heard)
}

// endLook takes in what a look that began at a time found: the states of all matters, or of those that may have changed.
// It returns what this node hasn't heard of.
func (k *known) endLook(at time.Time, found map[string]matterState) (missed []matterChange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := k.lookedAt.IsZero()
	for matter, m := range found {
		before := k.looked[matter]
		if m == before {
			continue
		}
		c := matterChange{matter: matter, at: m.at}
		if !first && m.access != before.access {
			c.access = m.access
		}
		// Compare marks: the version is lower if the database was put back to an earlier state.
		if heard := k.heard[matter]; heard.at.Mark != m.at.Mark || heard.access < c.access {
			missed = append(missed, c)
		}
		k.looked[matter] = m
	}
	if first {
		k.accessChanges++
	}
	k.lookedAt = at
	return missed
}

// sureFor is how long after a look a node relies on what it knows.
const sureFor = 3 * lookInterval

// AccessChanges counts the changes of who may see any matter, as far as this node knows. It returns false if the node
// hasn't looked at the store lately.
func (s *Store) AccessChanges() (count int64, sure bool) {
	k := &s.notices.known
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.accessChanges, !k.lookedAt.IsZero() && s.now().Sub(k.lookedAt) < sureFor
}

// AreNewest reports whether matters have no newer changes than those at the given positions, as far as this node knows.
func (s *Store) AreNewest(positions iter.Seq2[string, Position]) bool {
	k := &s.notices.known
	k.mu.Lock()
	defer k.mu.Unlock()
	for matter, at := range positions {
		newest := k.looked[matter].at
		if heard := k.heard[matter].at; heard.Version > newest.Version {
			newest = heard
		}
		if at != newest {
			return false
		}
	}
	return true
}
