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
	Notice  string `json:"notice"`  // about another account, until DismissNotice
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
	notice := ""
	if len(a.notices) > 0 {
		notice = a.notices[0]
	}
	if a.shown == nil {
		start := a.startScreen
		start.Notice = notice
		return start
	}
	acc, s := a.shown.account, a.shown.session
	if s == nil {
		return Session{State: "starting"}
	}
	self := s.Self()
	in := Session{
		State: "in", User: acc.User.ID, Name: acc.User.Name, Firm: acc.Firm, Portal: acc.Portal, Demo: acc.Kind == computer.Demo, Key: acc.Key(),
		Notice: notice, Opened: a.shown.opened, Email: self.Email, EmailSetBy: self.EmailSetBy, MustChange: self.MustChange, NoPassword: self.NoPassword, SSOOnly: self.SSOOnly,
		TwoStep: self.TwoStep, RecoveryCodes: self.RecoveryCodes, Unsaved: self.Unsaved,
		PasskeysWork: self.PasskeysWork, Passkeys: self.Passkeys,
	}
	if err := s.Locked(); err != nil {
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
	return SignedIn{RecoveryCodes: out.Body.RecoveryCodes, WrongCodes: out.Body.WrongCodes}, a.enter(address, in.Body.DeviceSecret, out)
}

// signInRefused asks a portal that has refused a sign-in about the sessions there. They may have ended for the same reason,
// and their copies may have to be deleted.
func (a *App) signInRefused(address string) {
	for _, s := range a.sessions() {
		if s.Portal() == address {
			s.AskIfSignedOut()
		}
	}
}

// enter keeps what a portal answered to a sign-in, and shows the account's session. deviceSecret is the secret that the
// device had before.
func (a *App) enter(address, deviceSecret string, out *portalapi.SignInOutput) error {
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
	return a.openSession(acc, token, me, true)
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
	s, err := a.current()
	if err != nil {
		return err
	}
	o := a.place(s.Key())
	o.changing.Lock()
	defer o.changing.Unlock()
	if a.openOf(s) != o {
		return chat.ErrSignedOut
	}
	a.mu.Lock()
	leaving := o.account
	a.mu.Unlock()
	a.endSession(leaving, s.Token())
	start := a.startAfter(leaving)
	var forgotten error
	a.closeWith(o, func(s *session.Session) error {
		err := s.SignOut()
		if err != nil {
			start.Problem = "You're signed out, but your matters couldn't be deleted from this computer. To try again, sign in, then sign out again."
		}
		forgotten = a.accounts.Forget(leaving) // before the start screen lists the accounts
		return err
	})
	if a.shows(o) {
		a.showStart(start)
	} else if start.Problem != "" { // the user has opened another account meanwhile
		a.tell(leaving, start.Problem)
	}
	return forgotten
}

// startAfter is the start screen after an account. It offers the portal's address for the next sign-in.
func (a *App) startAfter(acc computer.Account) Session {
	start := Session{State: "out", Here: a.localAddress()}
	if acc.Kind == computer.Remote {
		start.Portal = acc.Portal
	}
	return start
}
