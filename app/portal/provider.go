package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/sso"
)

// Option changes what a portal offers.
type Option func(*portal)

// WithProvider lets users sign in at the firm's identity provider.
func WithProvider(provider *sso.Provider) Option { return func(p *portal) { p.provider = provider } }

var errNoProvider = chat.Errorf(chat.NotAllowed, "", "This portal has no sign-in with the firm's accounts. Use your email and password.")

// serveProvider serves the operations of signing in at the firm's identity provider.
func (p *portal) serveProvider(api huma.API) {
	serve(p, api, portalapi.Ways, func(context.Context, caller, *portalapi.Nothing) (*portalapi.WaysOutput, error) {
		out := new(portalapi.WaysOutput)
		out.Body.Provider, out.Body.Passwords = p.provider != nil, p.store.StaffPasswords()
		return out, nil
	})
	serve(p, api, portalapi.StartAtProvider, func(ctx context.Context, c caller, in *portalapi.StartAtProviderInput) (*portalapi.StartAtProviderOutput, error) {
		out := new(portalapi.StartAtProviderOutput)
		return out, p.atProvider(ctx, c, func() (err error) {
			out.Body.URL, err = p.provider.Start(ctx, sso.Request{RedirectURI: in.Body.RedirectURI, State: in.Body.State, Nonce: in.Body.Nonce, CodeChallenge: in.Body.CodeChallenge})
			return err
		})
	})
	serve(p, api, portalapi.SignInAtProvider, p.signInAtProvider)
}

func (p *portal) signInAtProvider(ctx context.Context, c caller, in *portalapi.SignInAtProviderInput) (*portalapi.SignInOutput, error) {
	c.device = in.Body.DeviceSecret
	var token string
	err := p.atProvider(ctx, c, func() error {
		id, err := p.provider.Finish(ctx, sso.Answer{Code: in.Body.Code, Verifier: in.Body.Verifier, RedirectURI: in.Body.RedirectURI, Nonce: in.Body.Nonce})
		if err == nil {
			token, err = p.store.SignInAtProvider(ctx, id.Email, id.Admin, chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.signedIn(ctx, c, token, false)
}

// atProvider limits how often a network asks the provider, and logs why the provider couldn't be used.
func (p *portal) atProvider(ctx context.Context, c caller, ask func() error) error {
	if p.provider == nil {
		return errNoProvider
	}
	err := p.signIns.try(attempt{address: c.Address}, ask)
	if chat.CodeOf(err) == chat.Busy && ctx.Err() == nil {
		p.log.WarnContext(ctx, "the identity provider can't be used", "error", err)
	}
	return p.refused(ctx, c, err)
}
