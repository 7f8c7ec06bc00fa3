package records

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Change is a change of a matter that this node's watches have collected. They share what they read of it: all users who
// may see a matter see the same rows.
type Change struct {
	matter string
	// at is the newest change, or zero if that isn't certain.
	at Position

	mu    sync.Mutex
	pages []*sharedPage
}

// UnknownChange is a change of a matter of which only the matter is known. Each watch reads it for itself.
func UnknownChange(matter string) *Change { return &Change{matter: matter} }

// Matter is the matter that changed.
func (c *Change) Matter() string { return c.matter }

// then is c together with a change that the watch collected after it. Usually that is the later one.
func (c *Change) then(next *Change) *Change {
	switch {
	case next.at == c.at:
		return c
	case c.at.Version > 0 && next.at.Version > c.at.Version:
		return next
	}
	return UnknownChange(c.matter)
}

// sharedPage is the page of changes for users who have a matter up to a position.
type sharedPage struct {
	after Position
	limit int

	mu   sync.Mutex // held while one of them reads it
	read bool
	page chat.Changes
	// missing means that the store no longer has the change: it was put back to an earlier state.
	missing bool
	// assigned and team are who may see the matter, besides the admins.
	assigned string
	team     []string
}

// maxShared is how many pages the watches share. Those that are at yet other positions read for themselves.
const maxShared = 4

// pageAfter returns the page to share after a position, or nil.
func (c *Change) pageAfter(after Position, limit int) *sharedPage {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.pages, func(p *sharedPage) bool { return p.after == after && p.limit == limit })
	if i >= 0 {
		return c.pages[i]
	}
	if c.at == (Position{}) || len(c.pages) == maxShared {
		return nil
	}
	p := &sharedPage{after: after, limit: limit}
	c.pages = append(c.pages, p)
	return p
}

const (
	// maxReaders is how many watches' owners read the store at the same time. The others wait, so that a change of
	// many matters leaves time and connections for everything else.
	maxReaders = 4
	// readTimeout limits one read, so that a database that hangs doesn't hold up the matters that come next.
	readTimeout = 20 * time.Second
)

// ReadChange is Changes for a change that a watch has collected. Users share the page, which ends with the change.
func (s *Store) ReadChange(ctx context.Context, c chat.Caller, change *Change, after Position, limit int) (page chat.Changes, err error) {
	if after.Mark != "" && after.Mark == change.at.Mark {
		return chat.Changes{Matter: change.matter, After: after.Version, AfterMark: after.Mark, Version: after.Version, Mark: after.Mark}, nil
	}
	if c.User {
		if p := change.pageAfter(after, limit); p != nil {
			page, err = s.sharedPage(ctx, c, change, p)
			if !errors.Is(err, errNotShared) {
				return page, err
			}
		}
	}
	err = s.whenFree(ctx, func(ctx context.Context) error {
		page, err = s.Changes(ctx, c, change.matter, after, limit)
		return err
	})
	return page, err
}

// whenFree runs a read when fewer than maxReaders run.
func (s *Store) whenFree(ctx context.Context, read func(context.Context) error) error {
	select {
	case s.readers <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.readers }()
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return read(ctx)
}

var errNotShared = errors.New("the store no longer has the change")

// sharedPage returns a page for a user. It reads the page if it hasn't been read yet. It returns not_found and errNotShared.
func (s *Store) sharedPage(ctx context.Context, c chat.Caller, change *Change, p *sharedPage) (chat.Changes, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.read {
		err := s.whenFree(ctx, func(ctx context.Context) error {
			return s.db.View(ctx, func(tx *sqldb.Tx) error { return p.readFrom(tx, change) })
		})
		if err != nil {
			return chat.Changes{}, err
		}
		p.read = true
	}
	switch {
	case p.missing:
		return chat.Changes{}, errNotShared
	case !c.MaySee(p.assigned, slices.Contains(p.team, c.Account)):
		return chat.Changes{}, chat.ErrNotFound
	}
	return p.page, nil
}

func (p *sharedPage) readFrom(tx *sqldb.Tx, change *Change) error {
	m, newest, err := matterFor(tx, Program, change.matter)
	if err != nil {
		return err
	}
	v := matterView{matter: m, at: newest}
	mark, err := v.markAt(tx, change.at.Version)
	if err != nil {
		return err
	}
	if p.missing = mark != change.at.Mark; p.missing {
		return nil
	}
	v.at = change.at
	if p.page, err = v.changesSince(tx, p.after, p.limit); err != nil {
		return err
	}
	p.assigned = m.Assigned
	if p.page.Info != nil {
		p.team = p.page.Info.Team
		return nil
	}
	p.team, err = teamOf(tx, change.matter)
	return err
}
