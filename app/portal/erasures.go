package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveErasures serves the report of a device that has deleted its copy. It is limited like sign-ins by a link, whose
// secret can't be guessed either.
func (p *portal) serveErasures(api huma.API) {
	serveChange(p, api, portalapi.ReportErasure, func(ctx context.Context, c caller, in *portalapi.ErasureInput) error {
		return p.signIns.try(attempt{address: c.Address}, func() error {
			what := records.Erasure{Messages: in.Body.Messages, Drafts: in.Body.Drafts}
			return p.store.ReportErasure(ctx, in.Body.Token, what, c.Origin)
		})
	})
}
