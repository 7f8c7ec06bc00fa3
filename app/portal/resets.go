package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveResets serves the operations for lost passwords, for the sessions of others, and for what the firm decides about
// sessions.
func (p *portal) serveResets(api huma.API) {
	serve(p, api, portalapi.ResetInfo, p.resetInfo)
	serve(p, api, portalapi.UseReset, p.useReset)
	serve(p, api, portalapi.Reset, func(ctx context.Context, c caller, in *portalapi.AccountInput) (*portalapi.ResetOutput, error) {
		link, err := p.store.AddReset(ctx, c.Caller, in.Account)
		out := new(portalapi.ResetOutput)
		out.Body.ExpiresAt = link.ExpiresAt
		out.Body.Path, out.Body.URL = resetAddress(ctx, link)
		return out, err
	})
	serveChange(p, api, portalapi.SetEmail, func(ctx context.Context, c caller, in *portalapi.AccountEmailInput) error {
		return p.store.SetEmail(ctx, c.Caller, in.Account, in.Body.Email)
	})
	serve(p, api, portalapi.AccountSessions, func(ctx context.Context, c caller, in *portalapi.AccountInput) (*portalapi.SessionsOutput, error) {
		out := new(portalapi.SessionsOutput)
		var err error
		out.Body.Sessions, err = p.store.AccountSessions(ctx, c.Caller, in.Account, c.token)
		return out, err
	})
	serveChange(p, api, portalapi.EndSession, func(ctx context.Context, c caller, in *portalapi.EndSessionInput) error {
		return p.store.EndAccountSession(ctx, c.Caller, in.Account, in.Session, in.Erase)
	})
	serve(p, api, portalapi.FirmSettings, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.FirmSettingsOutput, error) {
		settings, err := p.store.Settings(ctx, c.Caller)
		return &portalapi.FirmSettingsOutput{Body: settings}, err
	})
	serveChange(p, api, portalapi.SetFirmSettings, func(ctx context.Context, c caller, in *portalapi.FirmSettingsInput) error {
		return p.store.SetSettings(ctx, c.Caller, in.Body)
	})
}

// ResetPath returns the path of a reset link on its portal.
func ResetPath(link records.Link) string { return "/reset#" + link.Secret }

// resetAddress returns a reset link's path, and the whole link if the portal knows its public address.
func resetAddress(ctx context.Context, link records.Link) (path, url string) {
	path = ResetPath(link)
	if public := placeOf(ctx).Public; public != "" {
		url = public + path
	}
	return path, url
}

func (p *portal) resetInfo(ctx context.Context, c caller, in *portalapi.ResetInfoInput) (*portalapi.ResetInfoOutput, error) {
	out := new(portalapi.ResetInfoOutput)
	err := p.signIns.try(attempt{address: c.Address}, func() error {
		reset, err := p.store.Reset(ctx, in.Body.Reset, chat.Origin{Address: c.Address})
		out.Body.Name, out.Body.Email, out.Body.User = reset.Name, reset.Email, reset.User
		out.Body.Passkeys, out.Body.RecoveryCodes = reset.Passkeys, reset.RecoveryCodes
		return err
	})
	return out, p.refused(ctx, c, err)
}

func (p *portal) useReset(ctx context.Context, c caller, in *portalapi.UseResetInput) (*portalapi.SignInOutput, error) {
	var reset records.ResetFor
	var token string
	from := chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind}
	err := p.signIns.try(attempt{address: c.Address}, func() (err error) {
		reset, token, err = p.store.UseReset(ctx, in.Body.Reset, in.Body.Password, from)
		return err
	})
	if err != nil {
		return nil, p.refused(ctx, c, err)
	}
	if token != "" {
		return p.signedIn(ctx, c, token, in.Body.Cookie)
	}
	out := new(portalapi.SignInOutput)
	c.Caller = chat.Caller{Account: reset.Account, Name: reset.Name, User: reset.User}
	out.Body.Me, err = p.self(ctx, c)
	return out, err
}
