package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// serveCovers serves the operations about who covers for users who are away.
func (p *portal) serveCovers(api huma.API) {
	serve(p, api, portalapi.Covers, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.CoversOutput, error) {
		out := new(portalapi.CoversOutput)
		var err error
		out.Body.Covers, err = p.store.Covers(ctx, c.Caller)
		return out, err
	})
	serveChange(p, api, portalapi.SetCover, func(ctx context.Context, c caller, in *portalapi.CoverInput) error {
		return p.store.SetCover(ctx, c.Caller, chat.Cover{Account: in.Account, By: in.Body.By, From: in.Body.From, Until: in.Body.Until, Alone: in.Body.Alone})
	})
	serveChange(p, api, portalapi.EndCover, func(ctx context.Context, c caller, in *portalapi.AccountInput) error {
		return p.store.EndCover(ctx, c.Caller, in.Account)
	})
}
