package desktop

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// What users do with their own account. All of it waits for the portal. When a change returns, Session describes its
// result, unless the portal has gone away just then.

// Rename changes the user's own name. It returns required, too_long and text_invalid.
func (a *App) Rename(name string) error {
	in := &portalapi.RenameInput{}
	in.Body.Name = name
	return changeSelf(a, portalapi.Rename, in)
}

// ChangeEmail changes the email with which the user signs in. It returns wrong_password, required, malformed, too_long,
// taken, too_many and busy.
func (a *App) ChangeEmail(password, email string) error {
	in := &portalapi.EmailInput{}
	in.Body.Password, in.Body.Email = password, email
	return changeSelf(a, portalapi.ChangeEmail, in)
}

// ChangePassword changes the user's own password, and signs out their other devices. It returns wrong_password,
// weak_password, too_long, too_many and busy.
func (a *App) ChangePassword(old, chosen string) error {
	in := &portalapi.PasswordInput{}
	in.Body.Old, in.Body.New = old, chosen
	err := callChange(a, portalapi.ChangePassword, in)
	if err != nil {
		return err
	}
	return a.do(func(ctx context.Context, s *session.Session) error {
		self := s.Self()
		self.MustChange = false
		return s.SetSelf(ctx, self)
	})
}

// changeSelf makes a change to what Self describes, and reads it again.
func changeSelf[I any](a *App, op portalapi.Op[I, portalapi.Nothing], in *I) error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		if _, err := session.Call(ctx, s, op, in); err != nil {
			return err
		}
		s.WaitSelf(ctx)
		return nil
	})
}

// selfChanged stores the names by which the start screen and the list of accounts know the account. The account may have
// been signed out, or its copy deleted, since the portal answered.
func (a *App) selfChanged(s *session.Session) {
	self := s.Self()
	a.mu.Lock()
	o := a.open[s.Key()]
	if o == nil || o.session != s {
		a.mu.Unlock()
		return
	}
	before := o.account
	o.account.Firm, o.account.User.Name = self.Firm, self.Name
	changed, shown := o.account != before, a.shown == o
	a.mu.Unlock()
	if changed {
		if err := a.accounts.Rename(s.Key(), self.Firm, self.Name); err != nil {
			a.log.Warn("keep the account's name", "error", err)
		}
		a.accountsChanged()
	}
	if shown {
		a.window.Emit(EventSession)
	}
}

// Devices returns the devices on which the user is signed in.
func (a *App) Devices() ([]chat.Session, error) {
	return devices(call(a, portalapi.Sessions, &portalapi.Nothing{}))
}

// SignOutDevice signs out one of the user's devices. It returns not_found.
func (a *App) SignOutDevice(device string) error {
	return callChange(a, portalapi.RevokeSession, &portalapi.SessionInput{Session: device})
}

func devices(out *portalapi.SessionsOutput, err error) ([]chat.Session, error) {
	if err != nil {
		return nil, err
	}
	return list(out.Body.Sessions), nil
}
