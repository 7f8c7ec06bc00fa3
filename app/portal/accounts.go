package portal

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// serveAccounts serves the operations on the caller's own account.
func (p *portal) serveAccounts(api huma.API) {
	serve(p, api, portalapi.SignIn, p.signIn)
	serve(p, api, portalapi.Accept, p.accept)
	serve(p, api, portalapi.SignOut, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.SignOutOutput, error) {
		return &portalapi.SignOutOutput{SetCookie: sessionCookie(ctx, "", -1)}, p.store.EndSession(ctx, c.token)
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
		self, err := p.self(ctx, c.Caller)
		return &portalapi.MeOutput{Body: self}, err
	})
	serveChange(p, api, portalapi.Rename, func(ctx context.Context, c caller, in *portalapi.RenameInput) error {
		return p.store.Rename(ctx, c.Caller, in.Body.Name)
	})
	serveChange(p, api, portalapi.ChangePassword, func(ctx context.Context, c caller, in *portalapi.PasswordInput) error {
		return p.signIns.try(attempt{account: c.Account, address: c.address}, func() error {
			return p.store.ChangePassword(ctx, c.Caller, c.token, in.Body.Old, in.Body.New)
		})
	})
}

func (p *portal) signIn(ctx context.Context, c caller, in *portalapi.SignInInput) (*portalapi.SignInOutput, error) {
	a, err := p.attemptOf(ctx, c, in.Body.Email, in.Body.Link)
	if err != nil {
		return nil, err
	}
	var token string
	err = p.signIns.try(a, func() (err error) {
		if in.Body.Link != "" {
			token, err = p.store.SignInByLink(ctx, in.Body.Link, in.Body.Device)
		} else {
			token, err = p.store.SignInByPassword(ctx, in.Body.Email, in.Body.Password, in.Body.Device)
		}
		return err
	})
	return p.signedIn(ctx, token, in.Body.Cookie, err)
}

func (p *portal) accept(ctx context.Context, c caller, in *portalapi.AcceptInput) (*portalapi.SignInOutput, error) {
	a, err := p.attemptOf(ctx, c, in.Body.Email, "")
	if err != nil {
		return nil, err
	}
	var token string
	err = p.signIns.try(a, func() (err error) {
		token, err = p.store.Accept(ctx, in.Body.Invitation, in.Body.Email, in.Body.Password, in.Body.Device)
		return err
	})
	return p.signedIn(ctx, token, in.Body.Cookie, err)
}

// attemptOf describes an attempt to sign in with an email or a link. All spellings of an email are the same account.
func (p *portal) attemptOf(ctx context.Context, c caller, email, link string) (attempt, error) {
	a := attempt{address: c.address}
	if link != "" {
		return a, nil
	}
	account, err := p.store.AccountByEmail(ctx, email)
	if errors.Is(err, chat.ErrNotFound) {
		account, err = "nobody "+strings.ToLower(strings.TrimSpace(email)), nil
	}
	a.account = account
	return a, err
}

// signedIn answers a sign-in with the account and its token.
func (p *portal) signedIn(ctx context.Context, token string, cookie bool, err error) (*portalapi.SignInOutput, error) {
	if err != nil {
		return nil, err
	}
	caller, err := p.store.Caller(ctx, token)
	if err != nil {
		return nil, err
	}
	out := new(portalapi.SignInOutput)
	if cookie {
		out.SetCookie = sessionCookie(ctx, token, 180*24*60*60)
	} else {
		out.Body.Token = token
	}
	out.Body.Me, err = p.self(ctx, caller)
	return out, err
}

func sessionCookie(ctx context.Context, token string, maxAge int) []http.Cookie {
	c, _ := callerOf(ctx)
	return []http.Cookie{{Name: portalapi.SessionCookie, Value: token, Path: portalapi.Prefix, MaxAge: maxAge, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteStrictMode}}
}

func (p *portal) self(ctx context.Context, c chat.Caller) (portalapi.Self, error) {
	firm, err := p.store.Firm(ctx)
	return portalapi.Self{Account: c.Account, Name: c.Name, User: c.User, Admin: c.Admin, Firm: firm.Name, Colour: firm.Colour}, err
}
