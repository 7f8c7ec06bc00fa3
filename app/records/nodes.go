package records

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"matterline/app/sqldb"
)

// Several portals may serve one store, as equal nodes. What one commits, its notice tells the others: which
// matter, up to which version, and whether who may see it changed; or of which account a session ended. A
// notice may be lost, so every node also looks for itself now and then.

// Bus carries notices between the nodes of one store.
type Bus interface {
	// Notify sends a text to every node, this one too.
	Notify(ctx context.Context, text string) error
	// Listen calls listening once it listens, and then hands each text to heard, until ctx ends or the
	// connection is lost.
	Listen(ctx context.Context, listening func(), heard func(text string)) error
}

const (
	lookAgain = 3 * time.Second // how often a node looks for what it was not told of
	comeBack  = time.Second     // how long it waits after the bus failed
	maxNotice = 7000            // how many bytes a notice has at most; PostgreSQL takes 8000
)

// Join makes this store a node among others, until ctx ends.
func (s *Store) Join(ctx context.Context, bus Bus, log *slog.Logger) {
	s.notices.open()
	var all sync.WaitGroup
	again := func(what string, do func() error) {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil && ctx.Err() == nil {
					log.Warn(what, "error", err)
				}
				wait(ctx, comeBack)
			}
		})
	}
	look := make(chan struct{}, 1)
	again("listen to other nodes", func() error {
		// What happened before it listened was not heard.
		return bus.Listen(ctx, func() { poke(look) }, func(text string) { s.tellNotice(text) })
	})
	again("tell other nodes", func() error { return s.notify(ctx, bus) })
	again("look for changes of other nodes", func() error { return s.look(ctx, look) })
	all.Wait()
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// notify sends what was committed here: all that waits in one notice, for its commit holds a lock that all
// of PostgreSQL shares.
func (s *Store) notify(ctx context.Context, bus Bus) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.notices.news:
		}
		for _, text := range s.notices.take() {
			if err := bus.Notify(ctx, text); err != nil {
				return err // the others will look for themselves
			}
		}
	}
}

// look finds what changed in the store without a notice, when asked to and now and then.
func (s *Store) look(ctx context.Context, asked <-chan struct{}) error {
	type standing struct{ version, access int64 }
	var known map[string]standing
	for {
		now := map[string]standing{}
		err := s.db.View(ctx, func(tx *sqldb.Tx) error {
			_, err := sqldb.All(tx, func(scan sqldb.Scan) (id string, err error) {
				var at standing
				err = scan(&id, &at.version, &at.access)
				now[id] = at
				return id, err
			}, `SELECT id, version, access_version FROM matters`)
			return err
		})
		if err != nil {
			return err
		}
		var missed news
		for id, at := range now {
			if before, is := known[id]; known != nil && (!is || at.version > before.version && at.version > s.notices.told(id)) {
				missed.matters = append(missed.matters, commit{matter: id, version: at.version, access: at.access > before.access})
			}
		}
		s.tell(missed)
		known = now
		select {
		case <-ctx.Done():
			return nil
		case <-asked:
		case <-time.After(lookAgain):
		}
	}
}

// tellNotice tells those who watch here what another node's notice says.
func (s *Store) tellNotice(text string) {
	heard, err := parseNotice(text)
	if err != nil {
		return // of a newer node: look finds it
	}
	s.notices.note(heard)
	s.tell(heard)
}

// notices are what this node has committed and the others have not been told, and up to which version each
// matter was told of here. Without other nodes they are closed and keep nothing.
type notices struct {
	mu      sync.Mutex
	news    chan struct{} // nil while closed
	waiting map[string]commit
	ended   map[string]struct{} // accounts
	upto    map[string]int64
}

func (n *notices) open() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.news = make(chan struct{}, 1)
	n.waiting, n.ended, n.upto = map[string]commit{}, map[string]struct{}{}, map[string]int64{}
}

// add notes what was committed here.
func (n *notices) add(news news) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.news == nil || len(news.matters)+len(news.accounts) == 0 {
		return
	}
	n.noteLocked(news)
	for _, c := range news.matters {
		c.access = c.access || n.waiting[c.matter].access
		n.waiting[c.matter] = c
	}
	for _, account := range news.accounts {
		n.ended[account] = struct{}{}
	}
	poke(n.news)
}

// note notes what those who watch here are told.
func (n *notices) note(news news) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noteLocked(news)
}

func (n *notices) noteLocked(news news) {
	for _, c := range news.matters {
		n.upto[c.matter] = max(n.upto[c.matter], c.version)
	}
}

// told is up to which version a matter was told of here.
func (n *notices) told(matter string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.upto[matter]
}

// take returns what waits, as few texts as it takes: a line is "matter version", with "access" behind it
// where that changed, or "account id".
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
	for _, c := range n.waiting {
		if c.access {
			line(fmt.Sprintf("%s %d access\n", c.matter, c.version))
		} else {
			line(fmt.Sprintf("%s %d\n", c.matter, c.version))
		}
	}
	for account := range n.ended {
		line("account " + account + "\n")
	}
	clear(n.waiting)
	clear(n.ended)
	if text.Len() > 0 {
		texts = append(texts, text.String())
	}
	return texts
}

func parseNotice(text string) (heard news, err error) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "account":
			heard.accounts = append(heard.accounts, words[1])
		case len(words) == 2 || len(words) == 3 && words[2] == "access":
			version, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return heard, err
			}
			heard.matters = append(heard.matters, commit{matter: words[0], version: version, access: len(words) == 3})
		default:
			return heard, fmt.Errorf("a notice of another kind: %q", line)
		}
	}
	return heard, nil
}
