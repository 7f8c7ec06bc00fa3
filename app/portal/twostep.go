package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveTwoStep serves the operations of two-step verification.
func (p *portal) serveTwoStep(api huma.API) {
	serve(p, api, portalapi.SetUpTwoStep, func(ctx context.Context, c caller, in *portalapi.SetUpTwoStepInput) (*portalapi.TwoStepKeyOutput, error) {
		c.device = in.Body.DeviceSecret
		a, err := p.attemptOf(ctx, c, in.Body.Email, "")
		if err != nil {
			return nil, err
		}
		var key records.TwoStepKey
		err = p.signIns.try(a, func() (err error) {
			key, err = p.store.SetUpTwoStep(ctx, in.Body.Email, in.Body.Password, chat.Origin{Address: c.Address})
			return err
		})
		return keyOutput(key), p.refused(ctx, c, err)
	})
	serve(p, api, portalapi.StartTwoStep, func(ctx context.Context, c caller, in *portalapi.TwoStepInput) (*portalapi.TwoStepKeyOutput, error) {
		var key records.TwoStepKey
		err := p.tryCode(c, func() (err error) {
			key, err = p.store.StartTwoStep(ctx, c.Caller, in.Body.Password, in.Body.Code)
			return err
		})
		return keyOutput(key), err
	})
	serve(p, api, portalapi.ConfirmTwoStep, func(ctx context.Context, c caller, in *portalapi.ConfirmTwoStepInput) (*portalapi.RecoveryCodesOutput, error) {
		out := new(portalapi.RecoveryCodesOutput)
		err := p.tryNewApp(c, func() (err error) {
			out.Body.RecoveryCodes, err = p.store.ConfirmTwoStep(ctx, c.Caller, in.Body.Code)
			return err
		})
		return out, err
	})
	serve(p, api, portalapi.NewRecoveryCodes, func(ctx context.Context, c caller, in *portalapi.TwoStepInput) (*portalapi.RecoveryCodesOutput, error) {
		out := new(portalapi.RecoveryCodesOutput)
		err := p.tryCode(c, func() (err error) {
			out.Body.RecoveryCodes, err = p.store.NewRecoveryCodes(ctx, c.Caller, in.Body.Password, in.Body.Code)
			return err
		})
		return out, err
	})
	serveChange(p, api, portalapi.SavedRecoveryCodes, func(ctx context.Context, c caller, _ *portalapi.Nothing) error {
		return p.store.SavedRecoveryCodes(ctx, c.Caller)
	})
	serveChange(p, api, portalapi.EndTwoStep, func(ctx context.Context, c caller, in *portalapi.TwoStepInput) error {
		return p.tryCode(c, func() error { return p.store.EndTwoStep(ctx, c.Caller, in.Body.Password, in.Body.Code) })
	})
	serveChange(p, api, portalapi.RemoveTwoStep, func(ctx context.Context, c caller, in *portalapi.AccountInput) error {
		return p.store.RemoveTwoStep(ctx, c.Caller, in.Account)
	})
}

func keyOutput(key records.TwoStepKey) *portalapi.TwoStepKeyOutput {
	out := new(portalapi.TwoStepKeyOutput)
	out.Body.Secret, out.Body.URI = key.Secret, key.URI
	return out
}

// tryCode limits how often a device tries a password that needs a code, too. The store limits the codes.
func (p *portal) tryCode(c caller, try func() error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return p.signIns.try(attempt{account: c.Account, address: c.Address, device: "code " + c.token, storeCounts: true}, try)
}

// tryNewApp limits how often a device tries codes of an app that is being set up. The store doesn't.
func (p *portal) tryNewApp(c caller, try func() error) error {
	if !c.User {
		return chat.ErrNotFound
	}
	return p.signIns.try(attempt{account: c.Account, address: c.Address, device: "app " + c.token}, try)
}
