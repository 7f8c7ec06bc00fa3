package syncer

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// do runs a task.
func (p *puller) do(ctx context.Context, matter string, t task) error {
	have, err := p.replica.KnownOf(ctx, matter)
	if err != nil {
		return err
	}
	for _, page := range t.pages {
		if page.Version > have.Version && page.After != have.Version {
			return p.pullFrom(ctx, matter, have, false)
		}
		if err := p.replica.Apply(ctx, page); err != nil {
			return err
		}
		if page.Version > have.Version {
			have = chat.Known{Version: page.Version, Mark: page.Mark}
		}
	}
	if t.gone || t.pull && have.Version < t.head.Version {
		return p.pullFrom(ctx, matter, have, t.gone)
	}
	return nil
}

// pulledPage is the portal's answer to ask.
type pulledPage struct {
	changes chat.Changes
	err     error
}

// pullFrom pulls a matter's changes after what the copy has. It asks for the next page before it applies one.
//
// If the portal says twice that the user may not see the matter, pullFrom forgets it. gone means that the portal has said
// so once. That may have arrived late: the user may see the matter again, and only the copy may still have messages that
// a portal lost which was put back to an earlier state.
func (p *puller) pullFrom(ctx context.Context, matter string, after chat.Known, gone bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := p.ask(ctx, matter, after)
	for {
		got := <-next
		if chat.CodeOf(got.err) == chat.NotFound {
			if gone {
				return p.replica.Forget(ctx, matter)
			}
			gone, next = true, p.ask(ctx, matter, after)
			continue
		}
		if got.err != nil {
			return got.err
		}
		stop := got.changes.More && p.yield.CompareAndSwap(true, false)
		if got.changes.More && !stop {
			after = chat.Known{Version: got.changes.Version, Mark: got.changes.Mark}
			next = p.ask(ctx, matter, after)
		}
		if err := p.replica.Apply(ctx, got.changes); err != nil {
			return err
		}
		if stop {
			return errYielded
		}
		if !got.changes.More {
			return nil
		}
	}
}

func (p *puller) ask(ctx context.Context, matter string, after chat.Known) <-chan pulledPage {
	answer := make(chan pulledPage, 1)
	go func() {
		out, err := portalapi.Call(ctx, p.portal, portalapi.Changes, &portalapi.ChangesInput{Matter: matter, After: after.Version, Mark: after.Mark, Limit: pageSize})
		if err != nil {
			out = new(portalapi.ChangesOutput)
		} else if out.Body.Matter != matter {
			err = errNoResult // something else answered in the portal's place
		}
		answer <- pulledPage{out.Body, err}
	}()
	return answer
}
