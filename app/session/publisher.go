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
	notifier  alert.Notifier
	topics    []string // the topics whose notifications were true after the last update
	noPreview bool     // at the last update
	// away fires when the portal has been away long enough for a notification. awayNote is what that says, until the
	// portal is back.
	away     <-chan time.Time
	awayNote string
	// later fires when a reminder is due, when a cover ends, or when the pause or the quiet hours end that hold notifications back.
	later <-chan time.Time
}

func newPublisher(s *Session) *publisher {
	return &publisher{session: s, notifier: alert.Notifier{Budget: s.options.Budget}, wake: make(chan struct{}, 1), topics: []string{alert.ProblemTopic}, changed: map[string]struct{}{}}
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
	defer s.options.Notifications.KeepOnly(s.options.Key) // a click has no session to open
	if mended := s.replica.RepairNote(); mended != "" {
		p.show(alert.Notification{Title: "Matterline", Body: mended, Topic: alert.ProblemTopic})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.away:
			p.away = nil
			p.showAway(s.options.Listener.Limits(s))
		case <-p.later:
			p.later = nil
			p.publish()
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
		listener.Connected(s)
	}
	p.freshness, p.alerts = freshness, alerts
	if err := p.waitForLater(ctx, limits); err != nil {
		return err
	}
	p.watchAway(limits)
	p.withdrawUntrue(limits)
	err = p.notify(ctx, limits)
	listener.Updated(s, alerts, freshness) // last, once the notifications are decided
	return err
}

// longestWait limits a wait for a time: a timer stands still while the computer sleeps.
const longestWait = time.Minute

// waitForLater sets later to the earliest of its times, at most longestWait away.
func (p *publisher) waitForLater(ctx context.Context, limits alert.Limits) error {
	next, err := p.session.replica.NextReminder(ctx)
	if err != nil {
		return err
	}
	at := limits.HeldUntil
	if due := time.UnixMilli(next); next != 0 && (at.IsZero() || due.Before(at)) {
		at = due
	}
	if wait := p.session.untilCoverEnds(); wait > 0 {
		if ends := p.session.options.Now().Add(wait); at.IsZero() || ends.Before(at) {
			at = ends
		}
	}
	if p.later = nil; !at.IsZero() {
		p.later = time.After(min(at.Sub(p.session.options.Now()), longestWait))
	}
	return nil
}

// watchAway starts and stops the wait for the notification that the portal is away, and corrects it.
func (p *publisher) watchAway(limits alert.Limits) {
	switch {
	case p.freshness.Connected():
		p.away, p.awayNote = nil, ""
	case p.awayNote != "" && p.awayNote != p.freshness.Note():
		p.showAway(limits)
	case p.away == nil && p.awayNote == "":
		p.away = time.After(p.session.options.Grace)
	}
}

// AwayPrefix begins the title of the notification that the portal is away.
const AwayPrefix = "Matterline: "

func (p *publisher) showAway(limits alert.Limits) {
	if p.awayNote == "" {
		p.topics = append(p.topics, alert.ConnectionTopic)
	}
	p.awayNote = p.freshness.Note()
	if !limits.Quiet() {
		p.show(alert.Notification{Title: AwayPrefix + p.awayNote, Body: p.freshness.Problem, Topic: alert.ConnectionTopic})
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
	due, notified := p.notifier.Notifications(p.alerts, limits, p.session.options.Now())
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
	n.Account = p.session.options.Key
	p.session.options.Notifications.Show(n)
}

// withdrawUntrue withdraws the notifications of chats that have been read, here or elsewhere, and the one that the portal
// is away when it is back. When previews are turned off, it withdraws those with names.
func (p *publisher) withdrawUntrue(limits alert.Limits) {
	if limits.NoPreview && !p.noPreview {
		p.session.options.Notifications.KeepOnly(p.session.options.Key, alert.SummaryTopic, alert.ConnectionTopic, alert.ProblemTopic)
		p.topics = nil
	}
	p.noPreview = limits.NoPreview
	topics := append(p.notifier.Topics(p.alerts), alert.ProblemTopic)
	if p.awayNote != "" {
		topics = append(topics, alert.ConnectionTopic)
	}
	if slices.Equal(topics, p.topics) {
		return
	}
	p.topics = topics
	p.session.options.Notifications.KeepOnly(p.session.options.Key, topics...)
}
