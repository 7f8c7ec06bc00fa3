package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sso"
)

// Option changes what a portal offers.
type Option func(*portal)

// WithProvider lets users sign in at the firm's identity provider.
func WithProvider(provider *sso.Provider) Option { return func(p *portal) { p.provider = provider } }

var errNoProvider = chat.Errorf(chat.NotAllowed, "", "This portal has no sign-in with the firm's accounts. Use your email and password.")

// serveProvider serves the operations of signing in at the firm's identity provider.
func (p *portal) serveProvider(api huma.API) {
	serve(p, api, portalapi.Ways, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.WaysOutput, error) {
		out := new(portalapi.WaysOutput)
		out.Body.Provider, out.Body.Passwords = p.provider != nil, p.store.StaffPasswords()
		if p.store.StaffPasskeys(c.site()) {
			out.Body.PasskeyPage = pageAddress(ctx, c, passkeyPage)
		}
		return out, nil
	})
	serve(p, api, portalapi.StartAtProvider, func(ctx context.Context, c caller, in *portalapi.StartAtProviderInput) (*portalapi.StartAtProviderOutput, error) {
		out := new(portalapi.StartAtProviderOutput)
		return out, p.atProvider(ctx, c, func() (err error) {
			out.Body.URL, err = p.provider.Start(ctx, sso.Request{
				RedirectURI: in.Body.RedirectURI, State: in.Body.State, Nonce: in.Body.Nonce, CodeChallenge: in.Body.CodeChallenge, Fresh: in.Body.Fresh,
			})
			return err
		})
	})
	serve(p, api, portalapi.SignInAtProvider, p.signInAtProvider)
	serveChange(p, api, portalapi.ConfirmAtProvider, func(ctx context.Context, c caller, in *portalapi.ConfirmAtProviderInput) error {
		if !c.User {
			return chat.ErrNotFound
		}
		return p.atProvider(ctx, c, func() error {
			who, err := p.finishAtProvider(ctx, in.Body, true)
			if err == nil {
				err = p.store.ConfirmAtProvider(ctx, c.Caller, who)
			}
			return err
		})
	})
	serveChange(p, api, portalapi.UnlinkProvider, func(ctx context.Context, c caller, in *portalapi.AccountInput) error {
		return p.store.UnlinkProvider(ctx, c.Caller, in.Account)
	})
}

func (p *portal) signInAtProvider(ctx context.Context, c caller, in *portalapi.SignInAtProviderInput) (*portalapi.SignInOutput, error) {
	c.device = in.Body.DeviceSecret
	var token string
	err := p.atProvider(ctx, c, func() error {
		who, err := p.finishAtProvider(ctx, in.Body.Visited, false)
		if err == nil {
			token, err = p.store.SignInAtProvider(ctx, who, chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.signedIn(ctx, c, token, false)
}

// finishAtProvider asks the provider who came back from it. fresh means that it was asked to let them prove who they are.
func (p *portal) finishAtProvider(ctx context.Context, v portalapi.Visited, fresh bool) (records.ProviderAccount, error) {
	id, err := p.provider.Finish(ctx, sso.Answer{Code: v.Code, Verifier: v.Verifier, RedirectURI: v.RedirectURI, Nonce: v.Nonce, Fresh: fresh})
	return records.ProviderAccount{
		Issuer: id.Issuer, Subject: id.Subject, Email: id.Email, NoEmail: id.NoEmail, Admin: id.Admin, Nonce: v.Nonce, Fresh: id.Fresh,
	}, err
}

// atProvider limits how often a network asks the provider, and logs why a sign-in there failed.
func (p *portal) atProvider(ctx context.Context, c caller, ask func() error) error {
	if p.provider == nil {
		return errNoProvider
	}
	err := p.signIns.try(attempt{address: c.Address}, ask)
	if err != nil && chat.CodeOf(err) != chat.TooMany && ctx.Err() == nil {
		p.log.WarnContext(ctx, "a sign-in with the firm's own accounts failed", "address", c.Address, "error", err)
	}
	return p.refused(ctx, c, err)
}
