package records

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"matterline/app/sqldb"
)

// Several portals may serve one store as equal nodes. Each sends the others notices of its commits: which matters
// changed, with new messages if they fit, and whose sessions ended. A node that receives one reads what its watches need
// besides, once for all of them, and tells them. A notice may get lost, so every node also looks at the store every few
// seconds: see look.go.

// Bus carries notices between the nodes of one store.
type Bus interface {
	// Notify sends a text to every node, including this one.
	Notify(ctx context.Context, text string) error
	// Listen calls ready once it listens, and then receive with each text, until ctx ends or the connection
	// breaks.
	Listen(ctx context.Context, ready func(), receive func(text string)) error
}

const (
	retryDelay = time.Second // the pause after the bus or the database failed
	maxNotice  = 5500        // bytes in one notice; PostgreSQL takes up to 8000, and sealing adds a third
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
	lookNow := make(chan struct{}, 1)
	repeat("listen to other nodes", func() error {
		// Look once it listens: notices sent before were missed.
		return bus.Listen(ctx, func() { wake(lookNow) }, s.receiveNotice)
	})
	repeat("notify other nodes", func() error { return s.notify(ctx, bus) })
	var l looks // kept when a look fails, so that the next one finds what changed in between
	repeat("look for changes", func() error { return s.keepLooking(ctx, lookNow, &l) })
	repeat("pass on other nodes' changes", func() error { return s.passOnReceived(ctx) })
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
		case <-s.notices.out:
		}
		for _, text := range s.notices.nextTexts() {
			if err := bus.Notify(ctx, s.seal(text)); err != nil {
				return err // the other nodes will find the changes when they look
			}
		}
	}
}

// receiveNotice takes in another node's notice.
func (s *Store) receiveNotice(sealed string) {
	text, err := s.unseal(sealed)
	if err != nil {
		return // from an older node, and a look finds the changes; or from a stranger
	}
	if strings.HasPrefix(text, s.notices.node+"\n") {
		return // this node's own
	}
	b, err := parseNotice(text)
	if err != nil {
		return // from a newer node
	}
	s.wakeWatchers(broadcast{accounts: b.accounts})
	s.notices.receive(b.matters.all)
}

// passOnReceived passes other nodes' changes to the watches, in the order in which they arrived.
func (s *Store) passOnReceived(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.notices.in:
		}
		for c, more := s.notices.nextReceived(); more; c, more = s.notices.nextReceived() {
			if err := s.readForWatches(ctx, &c); err != nil {
				s.notices.putBack(c)
				return err
			}
			s.watchers.pass(c)
		}
	}
}

// readForWatches reads what the watches need of a change by others.
func (s *Store) readForWatches(ctx context.Context, c *matterChange) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	switch {
	case c.access > 0:
		err = s.db.ViewOnce(ctx, func(tx *sqldb.Tx) error { c.readers, err = readersOf(tx, c.matter); return err })
	case c.onlyMessages && c.messages == nil && s.watchers.follows(c.matter):
		err = s.db.ViewOnce(ctx, func(tx *sqldb.Tx) error { c.messages, err = liveMessages(tx, *c); return err })
	}
	return err
}
