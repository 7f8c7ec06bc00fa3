package desktop

import (
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Every account that is signed in on this computer has an open session, which syncs and alerts whether or not the window
// shows it. An account opens, is repaired, is erased and closes by itself, so one whose portal hangs or whose copy is
// damaged holds up no other. Only the demo firm's account waits until the user opens it.

// openAccount is an account with its session.
type openAccount struct {
	// changing is held while the session is opened or closed.
	changing sync.Mutex

	// The App's mutex guards what follows.
	account computer.Account
	session *session.Session // nil if it isn't open
	opened  int              // see Session.Opened
	problem string           // why it couldn't be opened, or empty
	retries bool             // it is opened again later
	alerts  []alert.Alert    // as the session last published them
	status  status
}

// status is what is wrong with an account, in a word or two. It is empty if nothing is.
type status struct {
	note      string
	signedOut bool
}

// noteNow is what is wrong with the account now. The App's mutex must be held.
func (o *openAccount) noteNow() string {
	if o.problem != "" {
		return "Couldn't be opened"
	}
	return o.status.note
}

// counts reports whether the user has this account on this computer. The App's mutex must be held.
func (o *openAccount) counts() bool { return o.session != nil || o.problem != "" }

// place returns where an account is opened.
func (a *App) place(key string) *openAccount {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[key] == nil {
		a.open[key] = &openAccount{}
	}
	return a.open[key]
}

// current returns the session in the window. It returns signed_out if there is none.
func (a *App) current() (*session.Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == nil || a.shown.session == nil {
		return nil, chat.ErrSignedOut
	}
	return a.shown.session, nil
}

// sessionOf returns the session of an account. It returns signed_out if there is none.
func (a *App) sessionOf(key string) (*session.Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.open[key]; o != nil && o.session != nil {
		return o.session, nil
	}
	return nil, chat.ErrSignedOut
}

// sessions returns all sessions, the one in the window first.
func (a *App) sessions() []*session.Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*session.Session
	for _, o := range a.open {
		switch {
		case o.session == nil:
		case o == a.shown:
			all = slices.Insert(all, 0, o.session)
		default:
			all = append(all, o.session)
		}
	}
	return all
}

// openOf returns the account whose session this is now, or nil.
func (a *App) openOf(s *session.Session) *openAccount {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.open[s.Key()]; o != nil && o.session == s {
		return o
	}
	return nil
}

// shows reports whether the window shows an account, or did until its session was closed.
func (a *App) shows(o *openAccount) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown == o
}

// showIfOpen reports whether an account is open. If it is, the window shows it if show is true.
func (a *App) showIfOpen(key string, show bool) bool {
	o := a.place(key)
	o.changing.Lock()
	defer o.changing.Unlock()
	a.mu.Lock()
	open := o.session != nil
	a.mu.Unlock()
	if open && show {
		a.show(o)
	}
	return open
}

// openSession opens an account's session, unless it is open, and shows it in the window if show is true. self is empty
// unless the user has just signed in with this token.
func (a *App) openSession(acc computer.Account, token string, self portalapi.Self, show bool) error {
	o := a.place(acc.Key())
	o.changing.Lock()
	defer o.changing.Unlock()
	signedIn := self != (portalapi.Self{})
	a.mu.Lock()
	s := o.session
	if s != nil && signedIn {
		o.account = acc
	}
	a.mu.Unlock()
	if s != nil {
		if signedIn {
			s.Renew(a.running, token, self)
			a.accountsChanged()
		}
		if show {
			a.show(o)
		}
		return nil
	}
	s, err := session.Open(session.Options{
		Key: acc.Key(), Dir: filepath.Join(a.options.Data, "replicas", acc.Key()), Portal: acc.Portal, User: acc.User, Token: token, Self: self,
		Answered:   signedIn,
		Colleagues: a.settings.Get().Colleagues, Undo: a.undo, Grace: a.grace, Now: a.now, Log: a.log,
		Listener: listener{a}, Notifications: a.notifications, Budget: &a.budget,
	})
	if err != nil {
		a.notOpened(acc, err, show)
		return err
	}
	a.start(o, acc, s, show)
	return nil
}

// start starts the session of an account. o.changing must be held.
func (a *App) start(o *openAccount, acc computer.Account, s *session.Session, show bool) {
	a.mu.Lock()
	closing, problem := a.closing, o.problem
	if !closing {
		a.opened++
		o.account, o.session, o.opened, o.problem = acc, s, a.opened, ""
	}
	a.mu.Unlock()
	if closing {
		if err := s.Close(); err != nil {
			a.log.Error("close session", "error", err)
		}
		return
	}
	if problem != "" {
		a.notifications.KeepOnly(acc.Key())
	}
	if show {
		a.show(o)
	}
	a.accountsChanged()
	s.Start()
}

// notOpened notes why an account couldn't be opened, and tries again later: a file may have been in use, or a disk full. The
// caller tells the user if the window was to show it.
func (a *App) notOpened(acc computer.Account, err error, show bool) {
	o := a.place(acc.Key())
	problem := a.describeError(err).Message
	a.mu.Lock()
	known := o.problem != ""
	o.account, o.problem = acc, problem
	a.mu.Unlock()
	a.accountsChanged()
	if !show && !known {
		a.notifications.Show(alert.Notification{Title: "Matterline", Body: problem, Account: acc.Key(), Topic: alert.ProblemTopic})
	}
	a.openLater(acc.Key())
}

// openAgainWait is how long an account that couldn't be opened waits.
const openAgainWait = time.Minute

// openLater opens an account after a wait, and again until it is open.
func (a *App) openLater(key string) {
	o := a.place(key)
	a.mu.Lock()
	waits := o.retries || a.closing
	o.retries = true
	a.mu.Unlock()
	if waits {
		return
	}
	a.loops.Go(func() {
		select {
		case <-a.running.Done():
			return
		case <-time.After(a.openAgain):
		}
		a.mu.Lock()
		o.retries = false
		a.mu.Unlock()
		switch acc, found, err := a.accounts.Find(key); {
		case err != nil:
			a.log.Error("read accounts", "error", err)
			a.openLater(key)
		case found:
			a.openInBackground(acc)
		}
	})
}

// openInBackground opens an account that the window needn't show.
func (a *App) openInBackground(acc computer.Account) {
	erased, err := a.finishErasures(acc.Key())
	switch {
	case err != nil:
		a.log.Error("finish deleting a copy", "error", err)
		a.openLater(acc.Key())
		return
	case erased != "":
		a.tell(acc, erased)
		return
	}
	if acc.Kind == computer.Demo { // it waits until the user opens it
		return
	}
	if err := a.openKnown(acc, false); err != nil {
		a.log.Error("open account", "error", err)
	}
}

// openOthers opens the accounts that aren't open yet.
func (a *App) openOthers() {
	all, err := a.accounts.List()
	if err != nil {
		a.log.Error("read accounts", "error", err)
	}
	var opening sync.WaitGroup
	for _, acc := range all {
		if _, err := a.sessionOf(acc.Key()); err != nil && acc.Kind != computer.Demo {
			opening.Go(func() { a.openInBackground(acc) })
		}
	}
	opening.Wait()
}

// show shows an open account in the window. o.changing must be held.
func (a *App) show(o *openAccount) {
	a.mu.Lock()
	before := a.shown
	a.shown = o
	var left *session.Session
	if before != o {
		a.chatToOpen = ChatAddress{}
		if before != nil {
			left = before.session
		}
	}
	a.mu.Unlock()
	if before != o {
		a.SetChatInSight("")
	}
	a.window.Emit(EventSession)
	a.leave(left)
}

// leave sends the messages that can still be undone: the window doesn't offer it any more.
func (a *App) leave(s *session.Session) {
	if s != nil {
		a.background.Go(s.SendNow)
	}
}

// showStart shows the start screen.
func (a *App) showStart(start Session) {
	a.mu.Lock()
	a.shown, a.startScreen, a.chatToOpen = nil, start, ChatAddress{}
	a.mu.Unlock()
	a.SetChatInSight("")
	a.updateTray()
	a.window.Emit(EventSession)
}

// repair reopens a session whose replica is damaged.
func (a *App) repair(s *session.Session) {
	o := a.place(s.Key())
	o.changing.Lock()
	defer o.changing.Unlock()
	if a.openOf(s) != o {
		return
	}
	a.log.Error("the replica is damaged; opening it again")
	var reopened *session.Session
	var err error
	acc := a.closeWith(o, func(s *session.Session) error {
		reopened, err = s.Reopen()
		return err
	})
	shown := a.shows(o)
	if err == nil {
		a.start(o, acc, reopened, shown)
		return
	}
	a.notOpened(acc, err, shown)
	if shown {
		a.showStart(Session{State: "out", Here: a.localAddress(), Problem: a.describeError(err).Message})
	}
}

// closeSession sends the messages that can still be undone, and closes a session.
func closeSession(s *session.Session) error {
	s.SendNow()
	return s.Close()
}

// closeWith closes an account's session with closeIt, if it is open, and returns the account. If the window shows it, its
// state is starting until something else is shown. o.changing must be held.
func (a *App) closeWith(o *openAccount, closeIt func(*session.Session) error) computer.Account {
	a.mu.Lock()
	s, acc := o.session, o.account
	o.session, o.problem, o.alerts, o.status = nil, "", nil, status{}
	a.mu.Unlock()
	if s == nil {
		return acc
	}
	if err := closeIt(s); err != nil {
		a.log.Error("close session", "error", err)
	}
	a.window.Emit(EventSession)
	a.accountsChanged()
	return acc
}

// closeAll closes all sessions at once, so that a portal that hangs holds up no other.
func (a *App) closeAll() {
	a.mu.Lock()
	a.closing = true
	all := slices.Collect(maps.Values(a.open))
	a.mu.Unlock()
	var closing sync.WaitGroup
	for _, o := range all {
		closing.Go(func() {
			o.changing.Lock()
			defer o.changing.Unlock()
			a.closeWith(o, closeSession)
		})
	}
	closing.Wait()
	a.mu.Lock()
	a.shown, a.startScreen = nil, Session{State: "out"}
	a.mu.Unlock()
}

// accountsChanged shows in the window and in the tray that an account was opened or closed, or that its status changed.
func (a *App) accountsChanged() {
	a.updateTray()
	a.window.Emit(EventAccounts)
	a.window.Emit(EventAlerts)
}
