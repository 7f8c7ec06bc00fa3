package desktop

import (
	"context"
	"os"
	"path/filepath"

	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Session describes the session in the window, or why there is none.
type Session struct {
	State   string `json:"state"` // starting, in or out
	User    string `json:"user"`
	Name    string `json:"name"`
	Email   string `json:"email"` // empty until the portal has said it
	Firm    string `json:"firm"`
	Portal  string `json:"portal"`
	Demo    bool   `json:"demo"`
	Problem string `json:"problem"` // why the account that was open last couldn't be opened, or was closed
	Locked  string `json:"locked"`  // why the copy can't be read, as a sentence, or empty
	Key     string `json:"key"`     // identifies the account
	Opened  int    `json:"opened"`  // counts the sessions since the app's start: one account may be opened twice
	Here    string `json:"here"`    // the address of the portal on this computer, if there is one
	// MustChange says that someone else chose the user's password.
	MustChange bool `json:"must_change"`
	// NoPassword says that the user has no password here, and signs in with the firm's own account.
	NoPassword bool `json:"no_password"`
	// SSOOnly says that the firm's users have no Matterline passwords.
	SSOOnly bool `json:"sso_only"`
	// TwoStep says that signing in needs a code, and RecoveryCodes how many recovery codes are left.
	TwoStep       bool `json:"two_step"`
	RecoveryCodes int  `json:"recovery_codes"`
	// PasskeysWork says that the user can have passkeys at this portal, and Passkeys how many they have.
	PasskeysWork bool `json:"passkeys_work"`
	Passkeys     int  `json:"passkeys"`
	// EmailSetBy is the name of the admin who changed the user's email, or empty.
	EmailSetBy string `json:"email_set_by"`
	// Unsaved says that the user has yet to say that they saved the recovery codes.
	Unsaved bool `json:"recovery_codes_unsaved"`
}

// Session describes the session in the window.
func (a *App) Session() Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == nil {
		return a.start
	}
	acc, self := a.account, a.shown.Self()
	in := Session{
		State: "in", User: acc.User.ID, Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == computer.Demo, Key: acc.Key(),
		Opened: a.opened, Email: self.Email, EmailSetBy: self.EmailSetBy, MustChange: self.MustChange, NoPassword: self.NoPassword, SSOOnly: self.SSOOnly,
		TwoStep: self.TwoStep, RecoveryCodes: self.RecoveryCodes, Unsaved: self.Unsaved,
		PasskeysWork: self.PasskeysWork, Passkeys: self.Passkeys,
	}
	if err := a.shown.Locked(); err != nil {
		in.Locked = err.Error()
	}
	return in
}

// SignIn signs in to a portal, and waits for it. It returns malformed for an invalid address, unreachable,
// wrong_password, too_many, not_allowed for a participant's account, code_required, and set_up_first if SetUpTwoStep
// has to come first.
func (a *App) SignIn(address, email, password string) error {
	_, err := a.SignInWithCode(address, email, password, "")
	return err
}

// SignedIn is what the portal says at a sign-in.
type SignedIn struct {
	// RecoveryCodes are empty unless two-step verification was just set up.
	RecoveryCodes []string `json:"recovery_codes"`
	// WrongCodes is how many wrong codes were tried with the right password since the last sign-in.
	WrongCodes int64 `json:"wrong_codes"`
}

// SignInWithCode is SignIn with a code of two-step verification. It also returns wrong_code.
func (a *App) SignInWithCode(address, email, password, code string) (SignedIn, error) {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return SignedIn{}, err
	}
	ctx, cancel := a.cancellable()
	defer cancel()
	in, err := a.signIn(ctx, address, email, password, code)
	if err != nil {
		return SignedIn{}, err
	}
	in.RecoveryCodes = list(in.RecoveryCodes)
	return in, nil
}

// cancellable returns a context that CancelSignIn cancels.
func (a *App) cancellable() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancelSignIn = cancel
	return ctx, cancel
}

// CancelSignIn cancels the sign-in that is under way, if there is one.
func (a *App) CancelSignIn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancelSignIn != nil {
		a.cancelSignIn()
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
	_, err := a.signIn(ctx, firm.Address, firm.Email, firm.Password, "")
	return err
}

// kindOf says where the portal with an address runs.
func (a *App) kindOf(address string) computer.Kind {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.demo != nil && a.demo.Address == address:
		return computer.Demo
	case a.local != nil && a.local.Address == address:
		return computer.Local
	}
	return computer.Remote
}

// deviceName is how the portal lists this computer.
func deviceName() string {
	host, _ := os.Hostname() // without a name the device is listed as a desktop
	return "Desktop " + host
}

// deviceSecret is the secret by which a portal knows this computer, or empty.
func (a *App) deviceSecret(address string) string {
	if a.kindOf(address) != computer.Remote {
		return ""
	}
	return a.accounts.DeviceSecret(address)
}

// signIn signs in.
func (a *App) signIn(ctx context.Context, address, email, password, code string) (SignedIn, error) {
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password, in.Body.Code = email, password, code
	in.Body.Device, in.Body.Kind, in.Body.DeviceSecret = deviceName(), chat.DesktopSession, a.deviceSecret(address)
	client := portalapi.NewClient(address, "")
	out, err := portalapi.Call(ctx, client, portalapi.SignIn, in)
	if err != nil {
		a.signInRefused(address)
		return SignedIn{}, explainCode(err, client.ClockAhead())
	}
	return SignedIn{RecoveryCodes: out.Body.RecoveryCodes, WrongCodes: out.Body.WrongCodes}, a.enter(ctx, address, in.Body.DeviceSecret, out)
}

// signInRefused asks a portal that has refused a sign-in about the session in the window. It may have ended for the same
// reason, and its copy may have to be deleted.
func (a *App) signInRefused(address string) {
	if s, err := a.current(); err == nil && s.Portal() == address {
		s.AskIfSignedOut()
	}
}

// enter keeps what a portal answered to a sign-in, and shows the account's session. deviceSecret is the secret that the
// device had before.
func (a *App) enter(ctx context.Context, address, deviceSecret string, out *portalapi.SignInOutput) error {
	kind := a.kindOf(address)
	me, token := out.Body.Me, out.Body.Token
	acc := computer.Account{Portal: address, Firm: me.Firm, User: chat.User{ID: me.Account, Name: me.Name}, Kind: kind}
	_, err := a.finishErasures(acc.Key()) // before anything new is kept: the account may have returned before its old copy was deleted
	if err == nil {
		err = a.keep(acc, token)
	}
	if err != nil {
		a.endSession(acc, token)
		return err
	}
	if kind == computer.Remote && out.Body.DeviceSecret != deviceSecret {
		if err := a.accounts.SetDeviceSecret(address, out.Body.DeviceSecret); err != nil {
			a.log.Warn("keep the device secret", "error", err)
		}
	}
	if a.renew(ctx, acc, token, me) {
		return nil
	}
	return a.open(acc, token, me)
}

// keep stores an account that has signed in.
func (a *App) keep(acc computer.Account, token string) error {
	if acc.Kind != computer.Demo { // the app signs in to the demo at each start
		if err := a.accounts.SetToken(acc, token); err != nil {
			return err
		}
	}
	return a.accounts.Remember(acc)
}

// renew continues the session in the window with a new token, if it is the same account's. Nothing on screen changes.
func (a *App) renew(ctx context.Context, acc computer.Account, token string, me portalapi.Self) bool {
	a.mu.Lock()
	s := a.shown
	same := s != nil && s.Is(acc.Portal, acc.User)
	if same {
		a.account = acc
	}
	a.mu.Unlock()
	if !same {
		return false
	}
	s.Renew(ctx, token, me)
	a.window.Emit(EventSession)
	return true
}

// Unsent returns how many messages and changes the portal doesn't have yet.
func (a *App) Unsent() (int, error) {
	return alsoLocked(a, func(ctx context.Context, s *session.Session) (int, error) {
		unsent, err := s.Replica().Outbox(ctx)
		return len(unsent), err
	})
}

// SignOut ends the session and empties the replica. While the portal is away, it ends the session there later. Unsent
// messages and drafts stay on this computer for the same user's next sign-in. The window asks first if there are any.
// The start screen says if the replica stays.
func (a *App) SignOut() error {
	a.opening.Lock()
	defer a.opening.Unlock()
	s, err := a.current()
	if err != nil {
		return err
	}
	a.mu.Lock()
	leaving := a.account
	a.mu.Unlock()
	a.endSession(leaving, s.Token())
	start := a.startAfter()
	var forgotten error
	a.closeShown(start, func(s *session.Session) error {
		err := s.SignOut()
		if err != nil {
			start.Problem = "You're signed out, but your matters couldn't be deleted from this computer. To try again, sign in, then sign out again."
		}
		forgotten = a.accounts.Forget(leaving) // before the start screen lists the accounts
		return err
	})
	if start.Problem != "" {
		a.showStart(start)
	}
	return forgotten
}

// startAfter is the start screen after the session in the window. It offers the portal's address for the next sign-in.
func (a *App) startAfter() Session {
	start := Session{State: "out", Here: a.localAddress()}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.account.Kind == computer.Remote {
		start.Portal = a.account.Portal
	}
	return start
}

// showStart shows the start screen while there is no session.
func (a *App) showStart(start Session) {
	a.mu.Lock()
	a.start = start
	a.mu.Unlock()
	a.updateTray()
	a.window.Emit(EventSession)
	a.background.Go(a.openLink)
}

// open opens a session for an account and shows it in the window. self is empty unless the user has just signed in.
func (a *App) open(acc computer.Account, token string, self portalapi.Self) error {
	a.opening.Lock()
	defer a.opening.Unlock()
	a.closeShown(Session{State: "starting"}, closeSession)
	s, err := session.Open(session.Options{
		Key: acc.Key(), Dir: filepath.Join(a.options.Data, "replicas", acc.Key()), Portal: acc.Portal, User: acc.User, Token: token, Self: self,
		Answered:   self != (portalapi.Self{}),
		Colleagues: a.settings.Get().Colleagues, Undo: a.undo, Grace: a.grace, Now: a.now, Log: a.log,
		Listener: listener{a}, Notifications: a.options.Notifications,
	})
	if err != nil {
		a.showStart(Session{State: "out", Here: a.localAddress()}) // the caller says why
		return err
	}
	a.show(s, acc)
	return nil
}

// show shows a session in the window, and starts it.
func (a *App) show(s *session.Session, acc computer.Account) {
	a.mu.Lock()
	a.shown, a.account = s, acc
	a.opened++
	a.mu.Unlock()
	a.window.Emit(EventSession)
	s.Start()
	a.background.Go(a.openLink)
}

// repair reopens a session whose replica is damaged.
func (a *App) repair(s *session.Session) {
	a.opening.Lock()
	defer a.opening.Unlock()
	if current, err := a.current(); err != nil || current != s {
		return
	}
	a.log.Error("the replica is damaged; opening it again")
	var reopened *session.Session
	var err error
	acc := a.closeShown(Session{State: "starting"}, func(s *session.Session) error {
		reopened, err = s.Reopen()
		return err
	})
	if err != nil {
		a.showStart(Session{State: "out", Here: a.localAddress(), Problem: a.describeError(err).Message})
		return
	}
	a.show(reopened, acc)
}

// closeSession sends the messages that can still be undone, and closes a session.
func closeSession(s *session.Session) error {
	s.SendNow()
	return s.Close()
}

// closeShown closes the session in the window with closeIt, if there is one, and returns its account. The window
// then shows start. a.opening must be held.
func (a *App) closeShown(start Session, closeIt func(*session.Session) error) computer.Account {
	a.mu.Lock()
	s, acc := a.shown, a.account
	a.shown, a.account, a.start, a.chatToOpen = nil, computer.Account{}, start, ChatAddress{}
	a.mu.Unlock()
	if s == nil {
		return acc
	}
	if err := closeIt(s); err != nil {
		a.log.Error("close session", "error", err)
	}
	a.tray.clear()
	a.updateTray()
	a.window.Emit(EventSession)
	return acc
}
