package session

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/syncer"
)

// publisher calls the Listener and shows the notifications. Changes that come together cause one read and one call.
type publisher struct {
	session *Session
	wake    chan struct{}

	mu      sync.Mutex
	changed map[string]struct{} // matters

	freshness Freshness
	alerts    []alert.Alert
	// screen holds calls that show or withdraw notifications. They run in order, because each may block.
	screen chan func()
	// away fires when the portal has been away long enough for a notification. awayShown is true from then until it is
	// back.
	away      <-chan time.Time
	awayShown bool
}

func newPublisher(s *Session) *publisher {
	return &publisher{session: s, wake: make(chan struct{}, 1), screen: make(chan func(), 16), changed: map[string]struct{}{}}
}

// publish makes run call the listener, with these matters or with none.
func (p *publisher) publish(matters ...string) {
	p.mu.Lock()
	for _, id := range matters {
		p.changed[id] = struct{}{}
	}
	p.mu.Unlock()
	signal(p.wake)
}

// signal wakes the receiver of a channel with a buffer of one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (p *publisher) takeChanged() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	matters := slices.Collect(maps.Keys(p.changed))
	clear(p.changed)
	return matters
}

func (p *publisher) run(ctx context.Context) {
	s := p.session
	var showing sync.WaitGroup
	defer showing.Wait()
	defer close(p.screen)
	showing.Go(func() {
		for act := range p.screen {
			act()
		}
		s.options.Notifications.KeepOnly(s.options.Key) // a click has no session to open
	})
	if mended := s.replica.RepairNote(); mended != "" {
		p.show(alert.Notification{Title: "Matterline", Body: mended})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.away:
			p.away, p.awayShown = nil, true
			if !s.options.Listener.Limits(s).Muted {
				p.show(alert.Notification{Title: "Matterline: " + p.freshness.Note(), Body: p.freshness.Problem})
			}
		case <-p.wake:
			if err := p.update(ctx); err != nil && ctx.Err() == nil {
				s.options.Log.Error("publish", "error", err)
				s.ReportError(err)
			}
		}
	}
}

func (p *publisher) update(ctx context.Context) error {
	s, listener := p.session, p.session.options.Listener
	limits := listener.Limits(s) // before Changed: a chat that the window then opens was not in sight
	listener.Changed(s, p.takeChanged())
	freshness, err := s.Freshness(ctx)
	if err != nil {
		return err
	}
	alerts := []alert.Alert{}
	if s.Locked() == nil { // a locked copy shows nothing, also not in the tray
		if alerts, err = s.Alerts(ctx); err != nil {
			return err
		}
	}
	if freshness.State == syncer.Current && p.freshness.State != syncer.Current {
		s.FetchReplies() // they may have changed while the portal was away
		s.FetchSelf()
		listener.Connected(s)
	}
	changed := !slices.Equal(alerts, p.alerts)
	p.freshness, p.alerts = freshness, alerts
	if changed {
		p.withdrawRead()
	}
	p.watchAway()
	err = p.notify(ctx, limits)
	listener.Updated(s, alerts, freshness) // last, once the notifications are decided
	return err
}

// watchAway starts and stops the wait for the notification that the portal is away.
func (p *publisher) watchAway() {
	switch {
	case p.freshness.Connected():
		p.away, p.awayShown = nil, false
	case p.away == nil && !p.awayShown:
		p.away = time.After(p.session.options.Grace)
	}
}

// notify shows the notifications that are due. It stores their versions first, so that a restart shows none again.
func (p *publisher) notify(ctx context.Context, limits alert.Limits) error {
	var err error
	if limits.Notified, err = p.session.replica.Notified(ctx); err != nil {
		return err
	}
	// A matter that can't be read for now doesn't hold back the notifications of all others.
	limits.CatchingUp = p.freshness.State == syncer.CatchingUp && p.freshness.Problem == ""
	due, notified := alert.Notifications(p.alerts, limits)
	if len(notified) == 0 {
		return nil
	}
	if err := p.session.replica.SetNotified(ctx, notified); err != nil {
		return err
	}
	for _, n := range due {
		p.show(n)
	}
	return nil
}

func (p *publisher) show(n alert.Notification) {
	o := p.session.options
	n.Account = o.Key
	p.screen <- func() {
		if err := o.Notifications.Show(n); err != nil {
			o.Log.Info("show notification", "error", err)
		}
	}
}

// withdrawRead withdraws the notifications of chats that have been read, here or elsewhere.
func (p *publisher) withdrawRead() {
	participants := make([]string, 0, len(p.alerts))
	for _, a := range p.alerts {
		participants = append(participants, a.Participant)
	}
	o := p.session.options
	p.screen <- func() { o.Notifications.KeepOnly(o.Key, participants...) }
}
