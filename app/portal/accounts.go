package portal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveAccounts serves the operations on the caller's own account.
func (p *portal) serveAccounts(api huma.API) {
	serve(p, api, portalapi.SignIn, p.signIn)
	serve(p, api, portalapi.Accept, p.accept)
	serve(p, api, portalapi.SignOut, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.SignOutOutput, error) {
		return &portalapi.SignOutOutput{SetCookie: []http.Cookie{newCookie(c, portalapi.SessionCookie, "", -time.Second)}}, p.store.EndSession(ctx, c.token, c.Origin)
	})
	serve(p, api, portalapi.Sessions, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.SessionsOutput, error) {
		out := new(portalapi.SessionsOutput)
		var err error
		out.Body.Sessions, err = p.store.Sessions(ctx, c.Caller, c.token)
		return out, err
	})
	serveChange(p, api, portalapi.RevokeSession, func(ctx context.Context, c caller, in *portalapi.SessionInput) error {
		return p.store.RevokeSession(ctx, c.Caller, in.Session)
	})
	serve(p, api, portalapi.Me, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.MeOutput, error) {
		self, err := p.self(ctx, c)
		return &portalapi.MeOutput{Body: self}, err
	})
	serveChange(p, api, portalapi.Rename, func(ctx context.Context, c caller, in *portalapi.RenameInput) error {
		return p.store.Rename(ctx, c.Caller, in.Body.Name)
	})
	serveChange(p, api, portalapi.ChangePassword, func(ctx context.Context, c caller, in *portalapi.PasswordInput) error {
		return p.signIns.try(attempt{account: c.Account, address: c.Address, device: c.token}, func() error {
			if in.Body.Passkey != "" {
				return p.store.ChangePasswordByPasskey(ctx, c.Caller, c.token, c.site(), in.Body.Passkey, in.Body.New)
			}
			return p.store.ChangePassword(ctx, c.Caller, c.token, in.Body.Old, in.Body.New)
		})
	})
	serveChange(p, api, portalapi.Confirm, func(ctx context.Context, c caller, in *portalapi.TwoStepInput) error {
		return p.tryCode(c, func() error { return p.store.Confirm(ctx, c.Caller, in.Body.Password, in.Body.Code) })
	})
	serveChange(p, api, portalapi.ChangeEmail, func(ctx context.Context, c caller, in *portalapi.EmailInput) error {
		if !c.User {
			return chat.ErrNotFound
		}
		return p.signIns.try(attempt{account: c.Account, address: c.Address, device: c.token}, func() error {
			return p.taken.try(c.Account, in.Body.Email, func() error { return p.store.ChangeEmail(ctx, c.Caller, in.Body.Password, in.Body.Email) })
		})
	})
}

func (p *portal) signIn(ctx context.Context, c caller, in *portalapi.SignInInput) (*portalapi.SignInOutput, error) {
	if !in.Body.Cookie {
		c.device = in.Body.DeviceSecret
	}
	a, err := p.attemptOf(ctx, c, in.Body.Email, in.Body.Link)
	if err != nil {
		return nil, err
	}
	a.storeCounts = true
	var done records.SignedIn
	from := chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind}
	err = p.signIns.try(a, func() (err error) {
		if in.Body.Link != "" {
			done.Token, err = p.store.SignInByLink(ctx, in.Body.Link, from)
		} else {
			done, err = p.store.SignIn(ctx, in.Body.Email, in.Body.Password, in.Body.Code, from)
		}
		return err
	})
	if err != nil {
		return nil, p.refused(ctx, c, err)
	}
	out, err := p.signedIn(ctx, c, done.Token, in.Body.Cookie)
	if err == nil {
		out.Body.RecoveryCodes, out.Body.WrongCodes = done.RecoveryCodes, done.WrongCodes
	}
	return out, err
}

func (p *portal) accept(ctx context.Context, c caller, in *portalapi.AcceptInput) (*portalapi.SignInOutput, error) {
	a, err := p.attemptOf(ctx, c, in.Body.Email, "")
	if err != nil {
		return nil, err
	}
	var token, matter string
	from := chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind}
	network, _ := networksOf(c.Address)
	err = p.signIns.try(a, func() error {
		return p.joining.try(network, in.Body.Email, func() (err error) {
			token, matter, err = p.store.Accept(ctx, in.Body.Invitation, in.Body.PIN, in.Body.Email, in.Body.Password, from)
			return err
		})
	})
	if err != nil {
		return nil, p.refused(ctx, c, err)
	}
	out, err := p.signedIn(ctx, c, token, in.Body.Cookie)
	if err == nil {
		out.Body.Matter = matter
	}
	return out, err
}

// attemptOf describes an attempt to sign in with an email or a link. All spellings of an email are the same account. With
// a new password, the account begins anew: wrong ones from before it don't make its owner wait.
func (p *portal) attemptOf(ctx context.Context, c caller, email, link string) (attempt, error) {
	a := attempt{address: c.Address}
	if link != "" {
		return a, nil
	}
	account, password, err := p.store.AccountToGuess(ctx, email)
	if errors.Is(err, chat.ErrNotFound) {
		a.account = "nobody " + chat.FoldName(email)
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.account = account + " " + password
	if c.device != "" {
		known, err := p.store.KnownDevice(ctx, account, c.device)
		if err != nil {
			return a, err
		}
		if known {
			a.device = c.device
		}
	}
	return a, nil
}

// refused logs why a sign-in was refused, for build/fail2ban, and returns it.
func (p *portal) refused(ctx context.Context, c caller, err error) error {
	switch code := chat.CodeOf(err); code {
	case chat.WrongPassword, chat.WrongPIN, chat.WrongCode, chat.WrongPasskey, chat.LinkExpired, chat.TooMany:
		p.log.WarnContext(ctx, "sign-in refused", "address", c.Address, "code", code)
	}
	return err
}

// signedIn answers a sign-in with the account, its token and the secret of its device.
func (p *portal) signedIn(ctx context.Context, c caller, token string, cookie bool) (*portalapi.SignInOutput, error) {
	var err error
	if c.Caller, err = p.store.Caller(ctx, token); err != nil {
		return nil, err
	}
	device, err := p.store.RememberDevice(ctx, token, c.device)
	if err != nil {
		return nil, err
	}
	out := new(portalapi.SignInOutput)
	if cookie {
		age, err := p.store.CookieAge(ctx)
		if err != nil {
			return nil, err
		}
		out.SetCookie = []http.Cookie{
			newCookie(c, portalapi.SessionCookie, token, age),
			newCookie(c, portalapi.DeviceCookie, device, deviceAge),
		}
	} else {
		out.Body.Token, out.Body.DeviceSecret = token, device
	}
	out.Body.Me, err = p.self(ctx, c)
	return out, err
}

// deviceAge is how long browsers keep the cookie with the device secret. None keeps one for longer.
const deviceAge = 400 * 24 * time.Hour

// newCookie makes a cookie for the caller's browser. The browser deletes it when it closes if its age is 0, and at once
// if its age is negative.
func newCookie(c caller, name, value string, age time.Duration) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: c.base + portalapi.Prefix, MaxAge: int(age.Seconds()), HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteStrictMode}
}

func (p *portal) self(ctx context.Context, c caller) (portalapi.Self, error) {
	firm, err := p.store.Firm(ctx)
	if err != nil {
		return portalapi.Self{}, err
	}
	self, err := p.store.Self(ctx, c.Account)
	if !c.User {
		self.EmailSetBy = "" // participants don't see the names of all users
	}
	me := portalapi.Self{
		Account: c.Account, Name: c.Name, Email: self.Email, EmailSetBy: self.EmailSetBy, User: c.User, Admin: c.Admin, NoPassword: self.NoPassword, SSOOnly: c.User && !p.store.StaffPasswords(), MustChange: self.MustChange,
		TwoStep: self.TwoStep, RecoveryCodes: self.RecoveryCodes, Unsaved: self.Unsaved, Covers: c.Covers, Firm: firm.Name, Colour: firm.Colour,
	}
	if c.User && p.store.StaffPasskeys(c.site()) {
		me.PasskeysWork, me.Passkeys = true, self.Passkeys
	}
	return me, err
}
