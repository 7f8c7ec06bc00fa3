package desktop

import (
	"context"
	"slices"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/syncer"
)

// teller tells the front end, the tray and the system's notifications what happened in a session. However
// much happens at once, it is told once.
type teller struct {
	app     *App
	session *session
	news    chan struct{}

	mu    sync.Mutex
	dirty map[string]struct{}

	freshness Freshness
	alerts    []alert.Alert
	// paused is until when toasts are; resume fires then.
	paused time.Time
	resume <-chan time.Time
	// screen carries what is to be done to the toasts, in order: each may block.
	screen chan func()
	// away fires when a toast is to say that the portal is away; told is true when one has, until it is back.
	away <-chan time.Time
	told bool
}

func newTeller(a *App, s *session) *teller {
	return &teller{app: a, session: s, news: make(chan struct{}, 1), screen: make(chan func(), 16), dirty: map[string]struct{}{}}
}

// tell notes that something happened, in these matters or in none.
func (t *teller) tell(matters ...string) {
	t.mu.Lock()
	for _, id := range matters {
		t.dirty[id] = struct{}{}
	}
	t.mu.Unlock()
	select {
	case t.news <- struct{}{}:
	default:
	}
}

func (t *teller) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	matters := make([]string, 0, len(t.dirty))
	for id := range t.dirty {
		matters = append(matters, id)
	}
	clear(t.dirty)
	return matters
}

func (t *teller) run(ctx context.Context) {
	var showing sync.WaitGroup
	defer showing.Wait()
	defer close(t.screen)
	showing.Go(func() {
		for act := range t.screen {
			act()
		}
		t.app.options.Toasts.Keep() // a click would lead into another account's window
	})
	if mended := t.session.replica.Mended(); mended != "" {
		t.show(alert.Toast{Title: "Matterline", Body: mended})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.away:
			t.away, t.told = nil, true
			if t.app.hushed() {
				continue
			}
			t.show(alert.Toast{Title: "Matterline: " + note(t.freshness), Body: t.freshness.Problem})
		case <-t.resume:
			t.tell()
		case <-t.news:
			if err := t.tellAll(ctx); err != nil && ctx.Err() == nil {
				t.app.options.Log.Error("tell", "error", err)
			}
		}
	}
}

func (t *teller) tellAll(ctx context.Context) error {
	inSight := t.app.chatInSight() // before the front end hears: what it then opens was not in sight yet
	if matters := t.take(); len(matters) > 0 {
		t.app.emit(EventChanged, matters...)
	}
	defer func() { // last, when it is decided which toasts are shown
		t.app.emit(EventFreshness)
		t.app.emit(EventAlerts)
	}()
	freshness, err := t.session.freshness(ctx)
	if err != nil {
		return err
	}
	alerts, err := t.session.alerts(ctx)
	if err != nil {
		return err
	}
	fresher, newer := freshness != t.freshness, !slices.Equal(alerts, t.alerts)
	if freshness.State == syncer.Current && t.freshness.State != syncer.Current {
		t.session.fetchReplies() // they may have changed while nothing was heard
	}
	t.freshness, t.alerts = freshness, alerts
	if newer {
		t.keep(alerts)
	}
	t.watchAway()
	paused := t.app.paused()
	if fresher || newer || !paused.Equal(t.paused) {
		t.app.showTray(alerts, note(freshness))
	}
	t.watchPause(paused)
	return t.toast(ctx, inSight)
}

// note is what the tray adds when the copy does not hear what happens.
func note(f Freshness) string {
	switch f.State {
	case syncer.Current, syncer.CatchingUp:
		return ""
	case syncer.SignedOut:
		return "Signed out"
	case syncer.TooOld, syncer.TooNew:
		return "Update needed"
	case syncer.Disk:
		return "Disk trouble"
	}
	return "Offline"
}

// watchAway has a toast say once that the portal is away, when it has been for a while.
func (t *teller) watchAway() {
	switch {
	case note(t.freshness) == "":
		t.away, t.told = nil, false
	case t.away == nil && !t.told:
		t.away = time.After(t.app.grace)
	}
}

// watchPause has the tray say when a pause is over.
func (t *teller) watchPause(until time.Time) {
	t.paused, t.resume = until, nil
	if !until.IsZero() {
		t.resume = time.After(until.Sub(t.app.now()))
	}
}

// toast shows the toasts that are due and notes that the user was told, so that a restart repeats none.
func (t *teller) toast(ctx context.Context, inSight string) error {
	toasted, err := t.session.replica.Toasted(ctx)
	if err != nil {
		return err
	}
	// A matter that cannot be read for now does not keep all others quiet.
	catchingUp := t.freshness.State == syncer.CatchingUp && t.freshness.Problem == ""
	due, told := alert.Toasts(t.alerts, alert.Quiet{
		CatchingUp: catchingUp, InSight: inSight, Toasted: toasted, Hushed: t.app.hushed(), NoPreview: !t.app.set().Preview,
	})
	if len(told) == 0 {
		return nil
	}
	if err := t.session.replica.SetToasted(ctx, told); err != nil {
		return err
	}
	for _, toast := range due {
		t.show(toast)
	}
	return nil
}

func (t *teller) show(toast alert.Toast) {
	t.screen <- func() {
		if err := t.app.options.Toasts.Show(toast); err != nil {
			t.app.options.Log.Info("toast", "error", err)
		}
	}
}

// keep takes away the toasts of chats that have been read, here or elsewhere.
func (t *teller) keep(alerts []alert.Alert) {
	chats := make([]string, 0, len(alerts))
	for _, a := range alerts {
		chats = append(chats, a.Participant)
	}
	t.screen <- func() { t.app.options.Toasts.Keep(chats...) }
}
