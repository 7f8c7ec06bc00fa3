package portal

import (
	"context"
	"errors"
	"time"

	"matterline/app/portalapi"
	"matterline/app/records"
)

// ping sends a ping with the totals of what the stream has sent. With check, it first checks the session and that the
// stream has sent everything, because notices from other nodes may have been lost. If the database is away, the ping has
// no totals.
func (s *stream) ping(ctx context.Context, check bool) error {
	if check {
		err := s.checkSessionAgain(ctx)
		if err == nil {
			err = s.checkSettings(ctx)
		}
		if err == nil && s.reading == "" && len(s.watch.Ready()) == 0 && !s.hasAll() { // otherwise changes are about to be sent
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

var errOtherSettings = errors.New("the firm's settings have changed")

// checkSessionAgain checks the session if that was long ago, or if the node hasn't looked at the store lately: its looks
// tell which sessions were ended.
func (s *stream) checkSessionAgain(ctx context.Context) error {
	if _, sure := s.portal.store.AccessChanges(); sure && time.Since(s.checked) < comparePause {
		return nil
	}
	return s.checkSession(ctx)
}

// checkSettings ends a user's stream after a change of the firm's settings. The app connects again at once, and reads them
// then, as it does after a change of the user's rights.
func (s *stream) checkSettings(ctx context.Context) error {
	if !s.caller.User {
		return nil
	}
	now, err := s.portal.store.RecentSettings(ctx)
	if err == nil && now != s.settings {
		err = errOtherSettings
	}
	return err
}

// comparePause is the longest time between two comparisons of a stream with the store, and between two checks of its
// session, while the node looks at the store.
const comparePause = 2 * time.Minute

// comparison is when a stream was compared with the store.
type comparison struct {
	at            time.Time
	accessChanges int64 // that the node knew of before
}

func (p *portal) comparisonNow() comparison {
	count, _ := p.store.AccessChanges()
	return comparison{time.Now(), count}
}

// hasAll reports whether the stream has sent everything, as far as the node knows without reading the store. The node
// looks at the store every few seconds. So it knows if the stream of a user lacks a change in a matter that it follows. A
// user can see another matter only after a change of access. The node doesn't know the versions of participants. Admins
// follow too many matters.
func (s *stream) hasAll() bool {
	changes, sure := s.portal.store.AccessChanges()
	return sure && s.caller.User && !s.caller.Admin && changes == s.compared.accessChanges &&
		time.Since(s.compared.at) < comparePause && s.portal.store.AreNewest(s.at.all())
}

// maxMissed is how many matters are sent before a ping. It doesn't wait for more.
const maxMissed = 20

// sendMissed sends what the store has and the stream hasn't sent.
func (s *stream) sendMissed(ctx context.Context) error {
	compared := s.portal.comparisonNow()
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
	s.compared = compared
	return nil
}
