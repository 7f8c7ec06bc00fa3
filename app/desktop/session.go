package desktop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// Session is who is signed in, as the front end is told.
type Session struct {
	State   string `json:"state"` // starting, in or out
	User    string `json:"user"`
	Name    string `json:"name"`
	Firm    string `json:"firm"`
	Portal  string `json:"portal"`
	Demo    bool   `json:"demo"`
	Problem string `json:"problem"` // why the last start did not come in
	Key     string `json:"key"`     // the account's
	Opened  int    `json:"opened"`  // which session this is, of all since the app's start: one account may be opened twice
	Here    string `json:"here"`    // the address of the portal on this computer, if there is one
}

// session is an account at work: its replica, its syncer, and what tells of them.
type session struct {
	account account // guarded by App.mu, as is token
	token   string
	client  *portalapi.Client
	replica *replica.Replica
	syncer  *syncer.Syncer
	teller  *teller
	replies chan struct{} // asks for the saved replies
	stop    context.CancelFunc
	running sync.WaitGroup
	mending sync.Once
}

// Session says who is signed in.
func (a *App) Session() Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == nil {
		return a.way
	}
	acc := a.session.account
	return Session{
		State: "in", User: acc.User.ID, Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == demo, Key: accountKey(acc),
		Opened: a.opened,
	}
}

// SignIn signs in to a portal. It returns malformed for what is no address, unreachable, wrong_password
// and too_many.
func (a *App) SignIn(address, email, password string) error {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	a.mu.Lock()
	a.leave = leave
	a.mu.Unlock()
	return a.signIn(ctx, address, email, password)
}

// LeaveSignIn gives up the sign-in that is under way, if one is.
func (a *App) LeaveSignIn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leave != nil {
		a.leave()
	}
}

// StartDemo opens the demo firm.
func (a *App) StartDemo() error {
	ctx := context.Background()
	a.mu.Lock()
	firm := a.demo
	a.mu.Unlock()
	if firm == nil {
		started, err := a.options.Demo(ctx, filepath.Join(a.options.Data, "demo"))
		if err != nil {
			return err
		}
		firm = &started
		a.mu.Lock()
		a.demo = firm
		a.mu.Unlock()
	}
	return a.signIn(ctx, firm.Address, firm.Email, firm.Password)
}

// kindOf is where the portal at an address is.
func (a *App) kindOf(address string) kind {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.demo != nil && a.demo.Address == address:
		return demo
	case a.local != nil && a.local.Address == address:
		return local
	}
	return remote
}

func (a *App) signIn(ctx context.Context, address, email, password string) error {
	host, _ := os.Hostname() // without one the device is listed as a desktop
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password, in.Body.Device = email, password, "Desktop "+host
	out, err := portalapi.Call(ctx, portalapi.NewClient(address, ""), portalapi.SignIn, in)
	if err != nil {
		return err
	}
	if !out.Body.Me.User {
		return chat.Errorf(chat.WrongPassword, "email", "This sign-in is a client's. Clients open their link in a browser.")
	}
	acc := account{Portal: address, User: chat.User{ID: out.Body.Me.Account, Name: out.Body.Me.Name}, Kind: a.kindOf(address)}
	if firm, err := portalapi.Call(ctx, portalapi.NewClient(address, ""), portalapi.GetFirm, &portalapi.Nothing{}); err == nil {
		acc.Firm = firm.Body.Name
	}
	if acc.Kind != demo { // the demo is signed in to anew at each start
		if err := a.tokens.set(acc, out.Body.Token); err != nil {
			return err
		}
	}
	if err := a.remember(acc); err != nil {
		return err
	}
	if a.renew(acc, out.Body.Token) {
		return nil
	}
	return a.open(acc, out.Body.Token)
}

// renew has the open session go on with a new token, if it is the same account's: nothing on screen changes.
func (a *App) renew(acc account, token string) bool {
	a.mu.Lock()
	s := a.session
	same := s != nil && s.account.Portal == acc.Portal && s.account.User.ID == acc.User.ID
	if same {
		s.account, s.token = acc, token
	}
	a.mu.Unlock()
	if !same {
		return false
	}
	s.client.SetToken(token)
	s.syncer.Retry()
	a.emit(EventSession)
	return true
}

// Unsent is how much the portal does not have yet: what signing out would leave behind.
func (a *App) Unsent() (int, error) {
	s, err := a.current()
	if err != nil {
		return 0, err
	}
	unsent, err := s.replica.Outbox(context.Background())
	return len(unsent), err
}

// SignOut ends the session and empties the copy. What is unsent, and the drafts, stay on this computer for the
// same user's next sign-in; the window asks first if there is any.
func (a *App) SignOut() error {
	s, err := a.current()
	if err != nil {
		return err
	}
	a.opening.Lock()
	defer a.opening.Unlock()
	a.closeSession(a.out(s), func(s *session) error {
		ctx := context.Background()
		return errors.Join(forgetUsers(s), s.replica.Set(ctx, repliesSetting, ""), s.replica.SignOut(ctx))
	})
	go func() {
		if _, err := portalapi.Call(context.Background(), s.client, portalapi.SignOut, &portalapi.Nothing{}); err != nil {
			a.options.Log.Info("sign out at the portal", "error", err)
		}
	}()
	return a.forget(s.account)
}

// out is the way in after an account's window was left: its portal's address is there to sign in again.
func (a *App) out(s *session) Session {
	way := Session{State: "out", Here: a.here()}
	if s.account.Kind == remote {
		way.Portal = s.account.Portal
	}
	return way
}

// start comes in as the account that was open last, or shows the way in.
func (a *App) start() {
	if problem := a.set().Problem; problem != "" {
		go func() { // it may block
			if err := a.options.Toasts.Show(alert.Toast{Title: "Matterline", Body: problem}); err != nil {
				a.options.Log.Info("toast", "error", err)
			}
		}()
	}
	if err := a.startLocal(context.Background()); err != nil {
		a.options.Log.Error("portal on this computer", "error", err)
	}
	if a.options.StartDemo {
		a.comeIn(a.StartDemo())
		return
	}
	remembered, err := a.accounts()
	if err != nil {
		a.comeIn(err)
		return
	}
	if acc, found := remembered.find(remembered.Open); found {
		a.comeIn(a.enter(acc))
	} else {
		a.setWay(Session{State: "out", Here: a.here()})
	}
}

// comeIn shows the way in if the start failed.
func (a *App) comeIn(err error) {
	if err != nil {
		a.setWay(Session{State: "out", Here: a.here(), Problem: a.told(err).Message})
	}
}

func (a *App) setWay(way Session) {
	a.mu.Lock()
	a.way = way
	a.mu.Unlock()
	a.showTray(nil, a.outside())
	a.emit(EventSession)
}

// open opens an account's replica and begins to sync it.
func (a *App) open(acc account, token string) error {
	a.opening.Lock()
	defer a.opening.Unlock()
	return a.openNow(acc, token)
}

// openNow is open for who holds a.opening.
func (a *App) openNow(acc account, token string) error {
	a.closeSession(Session{State: "starting"}, nil)
	dir := a.replicaDir(acc)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open account: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r, err := replica.Open(ctx, dir, acc.User, a.now)
	if err != nil {
		stop()
		return fmt.Errorf("open account: %w", err)
	}
	if err := r.CountColleagues(ctx, a.set().Colleagues); err != nil {
		a.options.Log.Error("count", "error", err)
	}
	s := &session{account: acc, token: token, client: portalapi.NewClient(acc.Portal, token), replica: r, replies: make(chan struct{}, 1), stop: stop}
	s.teller = newTeller(a, s)
	s.syncer = syncer.New(r, s.client, a.options.Log, func(f syncer.Freshness) {
		if f.Code == chat.Damaged {
			a.mend(s)
		}
		s.teller.tell()
	})
	r.OnChanged(s.tell)
	a.mu.Lock()
	a.session = s
	a.opened++
	a.mu.Unlock()
	a.emit(EventSession)
	s.running.Go(func() { s.teller.run(ctx) })
	s.running.Go(func() { s.syncer.Run(ctx) })
	s.running.Go(func() { a.keepReplies(ctx, s) })
	s.fetchReplies()
	s.teller.tell()
	return nil
}

func (s *session) tell(matters []string) { s.teller.tell(matters...) }

// mend closes a session whose copy is damaged and opens it anew, which sets the copy aside and saves what is
// unsent. It does so once: a copy that is damaged again at once lies on a disk that needs a person.
func (a *App) mend(s *session) {
	s.mending.Do(func() {
		go func() { // whoever noticed is part of the session
			a.opening.Lock()
			defer a.opening.Unlock()
			a.mu.Lock()
			here, acc, token := a.session == s, s.account, s.token
			a.mu.Unlock()
			if here {
				a.options.Log.Error("the copy is damaged; opening it anew")
				a.comeIn(a.openNow(acc, token))
			}
		}()
	})
}

// closeSession ends the open session, if there is one, and shows the way instead. last is done to it before it
// is closed.
func (a *App) closeSession(way Session, last func(*session) error) {
	a.mu.Lock()
	s := a.session
	a.session, a.way, a.chatToOpen = nil, way, ChatAddress{}
	a.mu.Unlock()
	if s == nil {
		return
	}
	s.stop()
	s.running.Wait()
	if last != nil {
		if err := last(s); err != nil {
			a.options.Log.Error("close session", "error", err)
		}
	}
	if err := s.replica.Close(); err != nil {
		a.options.Log.Error("close replica", "error", err)
	}
	a.showTray(nil, a.outside())
	a.emit(EventSession)
}

// letGo has what could still be undone leave before the app ends or a matter is closed, if it can within a
// moment. What cannot waits, as it does without a network.
func (a *App) letGo() {
	s, err := a.current()
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	some, err := s.replica.LetGo(ctx)
	if f, unsure := s.freshness(ctx); err != nil || !some || unsure != nil || note(f) != "" {
		return
	}
	settled := make(chan struct{}, 1)
	defer s.replica.OnChanged(s.tell)
	s.replica.OnChanged(func(matters []string) {
		s.tell(matters)
		if b, err := s.replica.Backlog(ctx); err != nil || b.Waiting == 0 {
			select {
			case settled <- struct{}{}:
			default:
			}
		}
	})
	s.syncer.Push()
	select {
	case <-settled:
	case <-ctx.Done():
	}
}

// shutdown ends everything before the app does.
func (a *App) shutdown() {
	a.letGo()
	a.closeSession(Session{State: "out"}, nil)
	a.mu.Lock()
	firm, own := a.demo, a.local
	a.demo, a.local = nil, nil
	a.mu.Unlock()
	if firm != nil {
		if err := firm.Close(); err != nil {
			a.options.Log.Error("close demo", "error", err)
		}
	}
	if own != nil {
		if err := own.Close(); err != nil {
			a.options.Log.Error("close portal", "error", err)
		}
	}
}
