package records

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"matterline/app/sqldb"
)

// Several portals may serve one store as equal nodes. Each sends the others notices of its commits: which matter
// changed, the mark of the change, and whether access to it changed; or which account's session ended. A notice may
// get lost, so every node also polls the store.

// Bus carries notices between the nodes of one store.
type Bus interface {
	// Notify sends a text to every node, including this one.
	Notify(ctx context.Context, text string) error
	// Listen calls ready once it listens, and then receive with each text, until ctx ends or the connection
	// breaks.
	Listen(ctx context.Context, ready func(), receive func(text string)) error
}

const (
	pollInterval = 3 * time.Second // how often a node looks for changes it got no notice of
	retryDelay   = time.Second     // the pause after the bus failed
	maxNotice    = 7000            // bytes in one notice; PostgreSQL takes up to 8000
)

// Join makes this store one of several nodes until ctx ends.
func (s *Store) Join(ctx context.Context, bus Bus, log *slog.Logger) {
	s.notices.open()
	var all sync.WaitGroup
	repeat := func(what string, do func() error) {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil && ctx.Err() == nil {
					log.Warn(what, "error", err)
				}
				wait(ctx, retryDelay)
			}
		})
	}
	pollNow := make(chan struct{}, 1)
	repeat("listen to other nodes", func() error {
		// Poll once it listens: notices sent before were missed.
		return bus.Listen(ctx, func() { wake(pollNow) }, s.receiveNotice)
	})
	repeat("notify other nodes", func() error { return s.notify(ctx, bus) })
	var known polled // kept when polling fails, so that the next poll finds what changed in between
	repeat("poll for changes", func() error { return s.poll(ctx, pollNow, &known) })
	all.Wait()
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// notify sends notices of this node's commits. One notice covers everything that waits, because committing a
// notice takes a lock that the whole PostgreSQL server shares.
func (s *Store) notify(ctx context.Context, bus Bus) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.notices.ready:
		}
		for _, text := range s.notices.take() {
			if err := bus.Notify(ctx, text); err != nil {
				return err // the other nodes will find the changes by polling
			}
		}
	}
}

// matterState is the mark of a matter's newest change, and the version of the last change to who may see it.
type matterState struct {
	mark   string
	access int64
}

// polled is what a poll found.
type polled struct {
	matters map[string]matterState // nil before the first poll
	entry   int64                  // the number of the newest entry in the audit trail
}

// signedOut selects who may have been signed out, or whose rights may have changed, after an entry of the audit trail and
// up to another. The upper limit shows PostgreSQL that there are few.
const signedOut = `
	SELECT DISTINCT CASE WHEN action IN ('session.end', 'session.revoke') THEN account ELSE subject END
	FROM audit WHERE number > $1 AND number <= $2 AND action IN ('session.end', 'session.revoke', 'user.edit', 'account.password')`

// poll looks for changes in the store that came without a notice, at intervals and when pollNow says so. known is what
// the last poll found.
func (s *Store) poll(ctx context.Context, pollNow <-chan struct{}, known *polled) error {
	for {
		found := polled{matters: map[string]matterState{}}
		var missed broadcast
		err := s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
			if err := tx.Row(`SELECT number FROM audit_head`).Scan(&found.entry); err != nil {
				return err
			}
			if known.matters != nil && found.entry > known.entry {
				if missed.accounts, err = sqldb.All(tx, sqldb.Column[string], signedOut, known.entry, found.entry); err != nil {
					return err
				}
			}
			return sqldb.Each(tx, func(scan sqldb.Scan) error {
				var id string
				var m matterState
				err := scan(&id, &m.mark, &m.access)
				found.matters[id] = m
				return err
			}, `SELECT id, mark, access_version FROM matters`)
		})
		if err != nil {
			return err
		}
		for id, m := range found.matters {
			before, had := known.matters[id]
			heard := s.notices.lastMark(id)
			// Compare marks: the version is lower if the database was put back to an earlier state.
			changed := m.mark != before.mark
			if !had { // a new matter, unless this is the first poll
				changed = known.matters != nil || heard != ""
			}
			if changed && m.mark != heard {
				missed.matters = append(missed.matters, matterChange{matter: id, mark: m.mark, access: m.access != before.access})
			}
		}
		s.wakeWatchers(missed)
		*known = found
		select {
		case <-ctx.Done():
			return nil
		case <-pollNow:
		case <-time.After(pollInterval):
		}
	}
}

// receiveNotice passes another node's notice to the watches here.
func (s *Store) receiveNotice(text string) {
	b, err := parseNotice(text)
	if err != nil {
		return // from a newer node: polling finds the change
	}
	s.notices.addBroadcast(b)
	s.wakeWatchers(b)
}

// notices collects this node's commits until the other nodes are notified. Before open, it collects nothing.
type notices struct {
	mu       sync.Mutex
	ready    chan struct{} // nil until open
	matters  map[string]matterChange
	accounts map[string]struct{}
	// marks holds the mark of the last change of each matter that the watches here know of.
	marks map[string]string
}

func (n *notices) open() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ready = make(chan struct{}, 1)
	n.matters, n.accounts, n.marks = map[string]matterChange{}, map[string]struct{}{}, map[string]string{}
}

// add adds a commit of this node.
func (n *notices) add(b broadcast) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ready == nil || len(b.matters)+len(b.accounts) == 0 {
		return
	}
	n.addMarks(b)
	for _, c := range b.matters {
		c.access = c.access || n.matters[c.matter].access
		n.matters[c.matter] = c
	}
	for _, account := range b.accounts {
		n.accounts[account] = struct{}{}
	}
	wake(n.ready)
}

// addBroadcast notes the changes that the watches here learn of from another node.
func (n *notices) addBroadcast(b broadcast) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addMarks(b)
}

// addMarks is called with mu held.
func (n *notices) addMarks(b broadcast) {
	for _, c := range b.matters {
		n.marks[c.matter] = c.mark
	}
}

// lastMark is the mark of the last change of a matter that the watches here know of.
func (n *notices) lastMark(matter string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.marks[matter]
}

// take returns what waits, in as few texts as possible. A line is "MATTER MARK", followed by "access" if access
// changed, or "account ID".
func (n *notices) take() (texts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var text strings.Builder
	line := func(line string) {
		if text.Len()+len(line) > maxNotice {
			texts = append(texts, text.String())
			text.Reset()
		}
		text.WriteString(line)
	}
	for _, c := range n.matters {
		if c.access {
			line(fmt.Sprintf("%s %s access\n", c.matter, c.mark))
		} else {
			line(fmt.Sprintf("%s %s\n", c.matter, c.mark))
		}
	}
	for account := range n.accounts {
		line("account " + account + "\n")
	}
	clear(n.matters)
	clear(n.accounts)
	if text.Len() > 0 {
		texts = append(texts, text.String())
	}
	return texts
}

func parseNotice(text string) (b broadcast, err error) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "account":
			b.accounts = append(b.accounts, words[1])
		case len(words) == 2 || len(words) == 3 && words[2] == "access":
			b.matters = append(b.matters, matterChange{matter: words[0], mark: words[1], access: len(words) == 3})
		default:
			return b, fmt.Errorf("unknown notice %q", line)
		}
	}
	return b, nil
}
