package syncer

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// pageSize is how many messages are asked for at once.
const pageSize = 500

// catchUp brings the replica to where the heads are: it forgets what is no longer there and pulls the rest.
func (s *Syncer) catchUp(ctx context.Context, heads portalapi.Heads) error {
	epoch, have, err := s.replica.Standing(ctx)
	if err != nil {
		return err
	}
	if epoch != heads.Epoch || ahead(have, heads) {
		if err := s.replica.StartOver(ctx, heads.Epoch); err != nil {
			return err
		}
		clear(have)
	}
	var behind []chat.Head
	for _, head := range heads.Matters {
		if have[head.Matter] < head.Version {
			behind = append(behind, head)
		}
		delete(have, head.Matter)
	}
	for matter := range have {
		if err := s.replica.Forget(ctx, matter); err != nil {
			return err
		}
	}
	for i, head := range behind {
		s.set(func(f *Freshness) { f.State, f.Done, f.Total, f.Problem = CatchingUp, i, len(behind), "" })
		if err := s.pull(ctx, head.Matter); err != nil {
			return err
		}
	}
	return s.fresh(ctx)
}

// ahead reports whether the replica has what the portal does not: the portal was restored to an older
// state without saying so.
func ahead(have map[string]int64, heads portalapi.Heads) bool {
	for _, head := range heads.Matters {
		if have[head.Matter] > head.Version {
			return true
		}
	}
	return false
}

// pull fetches what the replica misses of one matter, page after page. A matter that is gone by now will
// be announced as gone.
func (s *Syncer) pull(ctx context.Context, matter string) error {
	_, have, err := s.replica.Standing(ctx)
	if err != nil {
		return err
	}
	after := have[matter]
	for {
		out, err := portalapi.Call(ctx, s.portal, portalapi.Changes, &portalapi.ChangesInput{Matter: matter, After: after, Limit: pageSize})
		if chat.CodeOf(err) == chat.NotFound {
			return s.replica.Forget(ctx, matter)
		}
		if err != nil {
			return err
		}
		if err := s.replica.Apply(ctx, out.Body); err != nil {
			return err
		}
		if after = out.Body.Version; !out.Body.More {
			return nil
		}
	}
}

// hear applies changes that came by the live stream; if something is missing before them, it pulls.
func (s *Syncer) hear(ctx context.Context, page chat.Changes) error {
	_, have, err := s.replica.Standing(ctx)
	if err != nil {
		return err
	}
	if have[page.Matter] < page.After {
		err = s.pull(ctx, page.Matter)
	} else {
		err = s.replica.Apply(ctx, page)
	}
	if err != nil {
		return err
	}
	return s.fresh(ctx)
}
