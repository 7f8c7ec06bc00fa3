package portal

import (
	"context"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// servePasskeys serves the operations of passkeys, and of the recovery codes of participants.
func (p *portal) servePasskeys(api huma.API) {
	serve(p, api, portalapi.SignInOptions, func(_ context.Context, c caller, _ *portalapi.Nothing) (*portalapi.PasskeyOptionsOutput, error) {
		return optionsOutput(p.store.SignInOptions(c.site()))
	})
	serve(p, api, portalapi.SignInByPasskey, p.signInByPasskey)
	serve(p, api, portalapi.PasskeyPageOptions, func(ctx context.Context, c caller, in *portalapi.PasskeyPageInput) (*portalapi.PasskeyOptionsOutput, error) {
		return optionsOutput(p.store.PageOptions(ctx, c.site(), records.PasskeyPage{Use: in.Body.For, Secret: in.Body.Secret}))
	})
	serveChange(p, api, portalapi.ConfirmByPasskey, func(ctx context.Context, c caller, in *portalapi.ConfirmByPasskeyInput) error {
		if !c.User {
			return chat.ErrNotFound
		}
		return p.signIns.try(attempt{account: c.Account, address: c.Address, device: "passkey " + c.token}, func() error {
			return p.store.ConfirmByPasskey(ctx, c.Caller, c.site(), in.Body.Answer, in.Body.Verifier)
		})
	})
	serve(p, api, portalapi.PasskeyLink, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.PasskeyLinkOutput, error) {
		out := new(portalapi.PasskeyLinkOutput)
		var err error
		out.Body.Link, err = p.store.PasskeyLink(ctx, c.Caller, c.site())
		return out, err
	})
	serve(p, api, portalapi.Recover, p.recover)
	serve(p, api, portalapi.Passkeys, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.PasskeysOutput, error) {
		out := new(portalapi.PasskeysOutput)
		var err error
		out.Body.Passkeys, err = p.store.Passkeys(ctx, c.Caller)
		return out, err
	})
	serve(p, api, portalapi.ProveOptions, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.PasskeyOptionsOutput, error) {
		return optionsOutput(p.store.ProveOptions(ctx, c.Caller, c.site()))
	})
	serve(p, api, portalapi.StartPasskey, func(ctx context.Context, c caller, in *portalapi.ProofInput) (out *portalapi.PasskeyOptionsOutput, err error) {
		err = p.tryProof(c, func() (err error) {
			out, err = optionsOutput(p.store.StartPasskey(ctx, c.Caller, proofOf(c, in)))
			return err
		})
		return out, err
	})
	serve(p, api, portalapi.AddPasskey, func(ctx context.Context, c caller, in *portalapi.AddPasskeyInput) (*portalapi.IDOutput, error) {
		out := new(portalapi.IDOutput)
		var err error
		out.Body.ID, err = p.store.AddPasskey(ctx, c.Caller, c.token, c.site(), in.Body.Name, in.Body.Answer)
		return out, err
	})
	serveChange(p, api, portalapi.RenamePasskey, func(ctx context.Context, c caller, in *portalapi.RenamePasskeyInput) error {
		return p.store.RenamePasskey(ctx, c.Caller, in.Passkey, in.Body.Name)
	})
	serveChange(p, api, portalapi.RemovePasskey, func(ctx context.Context, c caller, in *portalapi.PasskeyInput) error {
		return p.store.RemovePasskey(ctx, c.Caller, in.Passkey)
	})
	serve(p, api, portalapi.MakeRecoveryCodes, func(ctx context.Context, c caller, in *portalapi.ProofInput) (*portalapi.RecoveryCodesOutput, error) {
		out := new(portalapi.RecoveryCodesOutput)
		err := p.tryProof(c, func() (err error) {
			out.Body.RecoveryCodes, err = p.store.MakeRecoveryCodes(ctx, c.Caller, proofOf(c, in))
			return err
		})
		return out, err
	})
}

// passkeyPage is the path of the page on which users use their passkeys, in the system's browser.
const passkeyPage = "passkey"

// pageAddress is the whole address of a page of the portal's, as browsers know it.
func pageAddress(ctx context.Context, c caller, page string) string {
	if public := placeOf(ctx).Public; public != "" {
		return public + "/" + page
	}
	return c.origin + c.base + "/" + page
}

// site is where the caller's browser shows the portal. It is the zero site if passkeys don't work there.
func (c caller) site() passkey.Site {
	site, _ := passkey.At(c.origin)
	return site
}

// originOf is the origin of the portal's pages: that of its public address, or else what the request says.
func originOf(place Place, host string, secure bool) string {
	if public, err := url.Parse(place.Public); err == nil && public.Host != "" {
		return public.Scheme + "://" + public.Host
	}
	if secure {
		return "https://" + host
	}
	return "http://" + host
}

func optionsOutput(options string, err error) (*portalapi.PasskeyOptionsOutput, error) {
	out := new(portalapi.PasskeyOptionsOutput)
	out.Body.Options = options
	return out, err
}

func proofOf(c caller, in *portalapi.ProofInput) records.Proof {
	return records.Proof{Password: in.Body.Password, Passkey: in.Body.Passkey, Site: c.site()}
}

// tryProof limits how often a device tries passwords, as for a new password.
func (p *portal) tryProof(c caller, try func() error) error {
	if c.User {
		return chat.ErrNotFound
	}
	return p.signIns.try(attempt{account: c.Account, address: c.Address, device: c.token}, try)
}

func (p *portal) signInByPasskey(ctx context.Context, c caller, in *portalapi.PasskeySignInInput) (*portalapi.SignInOutput, error) {
	if !in.Body.Cookie {
		c.device = in.Body.DeviceSecret
	}
	var token string
	from := chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind}
	err := p.signIns.try(attempt{address: c.Address}, func() (err error) {
		token, err = p.store.SignInByPasskey(ctx, c.site(), in.Body.Answer, in.Body.Verifier, from)
		return err
	})
	if err != nil {
		return nil, p.refused(ctx, c, err)
	}
	return p.signedIn(ctx, c, token, in.Body.Cookie)
}

func (p *portal) recover(ctx context.Context, c caller, in *portalapi.RecoverInput) (*portalapi.SignInOutput, error) {
	a, err := p.attemptOf(ctx, c, in.Body.Email, "")
	if err != nil {
		return nil, err
	}
	var token string
	from := chat.Origin{Address: c.Address, Device: in.Body.Device, Kind: in.Body.Kind}
	err = p.signIns.try(a, func() (err error) {
		token, err = p.store.Recover(ctx, in.Body.Email, in.Body.Code, in.Body.Password, from)
		return err
	})
	if err != nil {
		return nil, p.refused(ctx, c, err)
	}
	return p.signedIn(ctx, c, token, in.Body.Cookie)
}
