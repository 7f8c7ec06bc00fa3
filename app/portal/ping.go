package portal

import (
	"context"

	"matterline/app/portalapi"
	"matterline/app/records"
)

// ping sends a ping with the totals of what the stream has sent. With check, it first checks the session and compares the
// stream with the store, because notices from other nodes may have been lost. If the database is away, the ping has no
// totals.
func (s *stream) ping(ctx context.Context, check bool) error {
	if check {
		err := s.checkSession(ctx)
		if err == nil && s.reading == "" && len(s.watch.Ready()) == 0 { // otherwise changes are about to be sent
			err = s.sendMissed(ctx)
		}
		if mayPass(err) {
			return s.send(portalapi.EventPing, portalapi.Ping{})
		}
		if err != nil {
			return err
		}
	}
	return s.send(portalapi.EventPing, portalapi.Ping{Totals: &s.at.totals})
}

// maxMissed is how many matters are sent before a ping. It doesn't wait for more.
const maxMissed = 20

// sendMissed sends what the store has and the stream hasn't sent.
func (s *stream) sendMissed(ctx context.Context) error {
	if s.caller.Admin { // who sees every matter: totals that haven't grown show that nothing has changed
		totals, err := s.portal.store.Totals(ctx)
		if err != nil || totals == s.at.totals {
			return err
		}
	}
	heads, err := s.portal.store.Heads(ctx, s.caller.Caller)
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	var missed []string
	for _, head := range heads {
		listed[head.Matter] = true
		if at, _ := s.at.get(head.Matter); at != (records.Position{Version: head.Version, Mark: head.Mark}) {
			missed = append(missed, head.Matter)
		}
	}
	for _, matter := range s.at.matters() {
		if !listed[matter] {
			missed = append(missed, matter) // it is gone
		}
	}
	for i, matter := range missed {
		if i >= maxMissed {
			s.watch.Continue(records.UnknownChange(matter))
		} else if err := s.sendChanges(ctx, records.UnknownChange(matter)); err != nil {
			return err
		}
	}
	return nil
}
