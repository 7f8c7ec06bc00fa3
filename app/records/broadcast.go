package records

import (
	"slices"

	"matterline/app/sqldb"
)

// broadcast is what watches learn of a commit: the matters that changed, and the accounts whose sessions ended or
// whose rights changed.
type broadcast struct {
	matters  matterChanges
	accounts []string
}

// matterChange is what changed in one matter.
type matterChange struct {
	matter string
	// at is the newest change. since is the version before the first.
	at    Position
	since int64
	// onlyMessages means that every change is a message without a status. messages are these, if they are known here.
	onlyMessages bool
	messages     []LiveMessage
	// usersOnly means that no participant sees a difference.
	usersOnly bool
	// access is the version of the newest change of who may see the matter, or 0. readers are the accounts that may see
	// it now, besides the admins, if they are known here.
	access  int64
	readers []string
}

// consistsOf reports whether messages are all that changed.
func (c matterChange) consistsOf(messages []LiveMessage) bool {
	n := len(messages)
	return n > 0 && int64(n) == c.at.Version-c.since && messages[n-1].Mark == c.at.Mark
}

// then is c followed by other changes of the same matter. Their order isn't certain: two commits of a node may be
// collected in another order than they were made.
func (c matterChange) then(next matterChange) matterChange {
	merged := matterChange{matter: c.matter, at: c.at, since: min(c.since, next.since), usersOnly: c.usersOnly && next.usersOnly, access: c.access, readers: c.readers}
	if next.at.Version > c.at.Version {
		merged.at = next.at
	}
	if next.access > c.access {
		merged.access, merged.readers = next.access, next.readers
	}
	adjoin := next.since == c.at.Version || c.since == next.at.Version
	if c.onlyMessages && next.onlyMessages && adjoin && merged.at.Version-merged.since <= maxLiveMessages {
		merged.onlyMessages = true
		if next.since == c.at.Version && c.messages != nil && next.messages != nil {
			merged.messages = append(c.messages, next.messages...)
		}
	}
	return merged
}

// matterChanges are changes, one for each matter, in the order of the matters' first changes.
type matterChanges struct {
	all   []matterChange
	index map[string]int // of each matter in all, plus taken
	taken int            // how many take has removed
}

// add adds a later change.
func (cs *matterChanges) add(c matterChange) {
	if i, found := cs.index[c.matter]; found {
		cs.all[i-cs.taken] = cs.all[i-cs.taken].then(c)
		return
	}
	if cs.index == nil {
		cs.index = map[string]int{}
	}
	cs.index[c.matter] = cs.taken + len(cs.all)
	cs.all = append(cs.all, c)
}

// of returns the change of a matter, which has been added.
func (cs *matterChanges) of(matter string) *matterChange { return &cs.all[cs.index[matter]-cs.taken] }

// take removes and returns the first changes, at most limit.
func (cs *matterChanges) take(limit int) []matterChange {
	n := min(limit, len(cs.all))
	first := cs.all[:n:n]
	cs.all, cs.taken = cs.all[n:], cs.taken+n
	for _, c := range first {
		delete(cs.index, c.matter)
	}
	return first
}

// putBack adds changes that take has returned, as earlier ones.
func (cs *matterChanges) putBack(changes []matterChange) {
	rest := cs.all
	*cs = matterChanges{}
	for _, c := range slices.Concat(changes, rest) {
		cs.add(c)
	}
}

// readersOf returns the accounts that may see a matter, besides the admins.
func readersOf(tx *sqldb.Tx, matter string) ([]string, error) {
	return sqldb.All(tx, sqldb.Column[string], `
		SELECT assigned FROM matters WHERE id = $1
		UNION SELECT account FROM team WHERE matter = $1
		UNION SELECT account FROM participants WHERE matter = $1 AND NOT removed AND account IS NOT NULL`, matter)
}
