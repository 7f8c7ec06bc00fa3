package desktop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

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
	Portal  string `json:"portal"`
	Demo    bool   `json:"demo"`
	Problem string `json:"problem"` // why the last start did not come in
}

// account is a sign-in that this computer remembers. Its token lies in the keyring.
type account struct {
	Portal string    `json:"portal"`
	User   chat.User `json:"user"`
	Demo   bool      `json:"demo"`
}

// session is an account at work: its replica, its syncer, and what tells of them.
type session struct {
	account account
	client  *portalapi.Client
	replica *replica.Replica
	syncer  *syncer.Syncer
	teller  *teller
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Session says who is signed in.
func (a *App) Session() Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == nil {
		return a.way
	}
	acc := a.session.account
	return Session{State: "in", User: acc.User.ID, Name: acc.User.Name, Portal: acc.Portal, Demo: acc.Demo}
}

// SignIn signs in to a portal. It returns malformed for what is no address, unreachable, wrong_password
// and too_many.
func (a *App) SignIn(address, email, password string) error {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return err
	}
	return a.signIn(context.Background(), address, email, password, false)
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
	return a.signIn(ctx, firm.Address, firm.Email, firm.Password, true)
}

func (a *App) signIn(ctx context.Context, address, email, password string, demo bool) error {
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
	acc := account{Portal: address, User: chat.User{ID: out.Body.Me.Account, Name: out.Body.Me.Name}, Demo: demo}
	if !demo { // the demo is signed in to anew at each start
		if err := a.remember(acc, out.Body.Token); err != nil {
			return err
		}
	}
	return a.open(acc, out.Body.Token)
}

// SignOut ends the session. The replica stays, with what is unsent in it, for the same user's next sign-in.
func (a *App) SignOut() error {
	s, err := a.current()
	if err != nil {
		return err
	}
	a.closeSession(Session{State: "out"})
	go func() {
		if _, err := portalapi.Call(context.Background(), s.client, portalapi.SignOut, &portalapi.Nothing{}); err != nil {
			a.options.Log.Info("sign out at the portal", "error", err)
		}
	}()
	return a.forget(s.account)
}

// start comes in as the account that was signed in last, or shows the way in.
func (a *App) start() {
	if a.options.StartDemo {
		a.comeIn(a.StartDemo())
		return
	}
	acc, err := a.remembered()
	if errors.Is(err, fs.ErrNotExist) {
		a.setWay(Session{State: "out"})
		return
	}
	if err != nil {
		a.comeIn(err)
		return
	}
	token, err := a.tokens.get(acc)
	if err != nil {
		a.setWay(Session{State: "out", Portal: acc.Portal, Problem: chat.ErrSignedOut.Message})
		return
	}
	a.comeIn(a.open(acc, token))
}

// comeIn shows the way in if the start failed.
func (a *App) comeIn(err error) {
	if err != nil {
		a.setWay(Session{State: "out", Problem: a.told(err).Message})
	}
}

func (a *App) setWay(way Session) {
	a.mu.Lock()
	a.way = way
	a.mu.Unlock()
	a.emit(EventSession, way)
}

// open opens an account's replica and begins to sync it.
func (a *App) open(acc account, token string) error {
	a.opening.Lock()
	defer a.opening.Unlock()
	a.closeSession(Session{State: "starting"})
	path := a.replicaPath(acc)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("open account: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r, err := replica.Open(ctx, path, acc.User, a.now)
	if err != nil {
		stop()
		return fmt.Errorf("open account: %w", err)
	}
	s := &session{account: acc, client: portalapi.NewClient(acc.Portal, token), replica: r, stop: stop}
	s.teller = newTeller(a, s)
	s.syncer = syncer.New(r, s.client, a.options.Log, func(syncer.Freshness) { s.teller.tell() })
	r.OnChanged(func(matters []string) { s.teller.tell(matters...) })
	a.mu.Lock()
	a.session = s
	a.mu.Unlock()
	a.emit(EventSession, a.Session())
	s.running.Go(func() { s.teller.run(ctx) })
	s.running.Go(func() { s.syncer.Run(ctx) })
	s.teller.tell()
	return nil
}

// closeSession ends the open session, if there is one, and shows the way instead.
func (a *App) closeSession(way Session) {
	a.mu.Lock()
	s := a.session
	a.session, a.way = nil, way
	a.mu.Unlock()
	if s == nil {
		return
	}
	s.stop()
	s.running.Wait()
	if err := s.replica.Close(); err != nil {
		a.options.Log.Error("close replica", "error", err)
	}
	a.tray.Show(nil, "")
	a.emit(EventSession, way)
}

// shutdown ends everything before the app does.
func (a *App) shutdown() {
	a.closeSession(Session{State: "out"})
	a.mu.Lock()
	firm := a.demo
	a.demo = nil
	a.mu.Unlock()
	if firm != nil {
		if err := firm.Close(); err != nil {
			a.options.Log.Error("close demo", "error", err)
		}
	}
}

// replicaPath is where an account's replica lies: one file for each portal and user.
func (a *App) replicaPath(acc account) string {
	return filepath.Join(a.options.Data, "replicas", accountKey(acc)+".db")
}

// accountKey names an account in files and in the keyring. The demo's portal may listen anywhere.
func accountKey(acc account) string {
	portal := acc.Portal
	if acc.Demo {
		portal = "demo"
	}
	sum := sha256.Sum256([]byte(portal + "\n" + acc.User.ID))
	return hex.EncodeToString(sum[:8])
}

func (a *App) accountFile() string { return filepath.Join(a.options.Data, "account.json") }

func (a *App) remember(acc account, token string) error {
	if err := os.MkdirAll(a.options.Data, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(acc)
	if err != nil {
		return err
	}
	if err := a.tokens.set(acc, token); err != nil {
		return err
	}
	return os.WriteFile(a.accountFile(), text, 0o600)
}

func (a *App) remembered() (acc account, err error) {
	text, err := os.ReadFile(a.accountFile())
	if err != nil {
		return acc, err
	}
	return acc, json.Unmarshal(text, &acc)
}

func (a *App) forget(acc account) error {
	a.tokens.remove(acc)
	if err := os.Remove(a.accountFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
