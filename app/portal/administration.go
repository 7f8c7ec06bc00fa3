package portal

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveAdministration serves the operations that are for users. The store checks whether the caller may use them.
func (p *portal) serveAdministration(api huma.API) {
	serveChange(p, api, portalapi.SetStatus, func(ctx context.Context, c caller, in *portalapi.StatusInput) error {
		return p.store.SetStatus(ctx, c.Caller, in.Participant, in.Body.Message, in.Body.Saw)
	})
	serve(p, api, portalapi.OpenMatter, func(ctx context.Context, c caller, in *portalapi.MatterInput) (*portalapi.IDOutput, error) {
		return withID(p.store.OpenMatter(ctx, c.Caller, chat.Matter{
			Reference: in.Body.Reference, Title: in.Body.Title, Type: in.Body.Type, Assigned: in.Body.Assigned, Team: in.Body.Team,
		}))
	})
	serveChange(p, api, portalapi.EditMatter, func(ctx context.Context, c caller, in *portalapi.EditMatterInput) error {
		return p.store.EditMatter(ctx, c.Caller, chat.Matter{ID: in.Matter, Reference: in.Body.Reference, Title: in.Body.Title, Type: in.Body.Type})
	})
	serveChange(p, api, portalapi.CloseMatter, func(ctx context.Context, c caller, in *portalapi.CloseInput) error {
		return p.store.SetClosed(ctx, c.Caller, in.Matter, in.Body.Closed)
	})
	serveChange(p, api, portalapi.Assign, func(ctx context.Context, c caller, in *portalapi.AssignInput) error {
		return p.store.Assign(ctx, c.Caller, in.Matter, in.Body.User)
	})
	serveChange(p, api, portalapi.SetTeam, func(ctx context.Context, c caller, in *portalapi.TeamInput) error {
		return p.store.SetTeam(ctx, c.Caller, in.Matter, in.Body.Users)
	})
	serve(p, api, portalapi.AddParticipant, func(ctx context.Context, c caller, in *portalapi.AddParticipantInput) (*portalapi.IDOutput, error) {
		return withID(p.store.PutOnPortal(ctx, c.Caller, chat.Participant{Matter: in.Matter, Name: in.Body.Name, Role: in.Body.Role, OtherSide: in.Body.OtherSide}))
	})
	serveChange(p, api, portalapi.EditParticipant, func(ctx context.Context, c caller, in *portalapi.EditParticipantInput) error {
		return p.store.EditParticipant(ctx, c.Caller, chat.Participant{ID: in.Participant, Name: in.Body.Name, Role: in.Body.Role, OtherSide: in.Body.OtherSide})
	})
	serveChange(p, api, portalapi.RemoveParticipant, func(ctx context.Context, c caller, in *portalapi.ParticipantInput) error {
		return p.store.RemoveParticipant(ctx, c.Caller, in.Participant)
	})
	serve(p, api, portalapi.Invite, func(ctx context.Context, c caller, in *portalapi.InviteInput) (_ *portalapi.InviteOutput, err error) {
		out := new(portalapi.InviteOutput)
		var secret string
		if in.Body != nil && in.Body.PIN {
			secret, out.Body.PIN, out.Body.ExpiresAt, err = p.store.InviteWithPIN(ctx, c.Caller, in.Participant)
		} else {
			secret, out.Body.ExpiresAt, err = p.store.Invite(ctx, c.Caller, in.Participant)
		}
		out.Body.Path = "/invited#" + secret
		if out.Body.PIN != "" {
			out.Body.Path += portalapi.AsksPIN // so that the page shows the field at once
		}
		if public := placeOf(ctx).Public; public != "" {
			out.Body.URL = public + out.Body.Path
		}
		return out, err
	})
	serveChange(p, api, portalapi.RevokeInvitation, func(ctx context.Context, c caller, in *portalapi.ParticipantInput) error {
		return p.store.RevokeInvitation(ctx, c.Caller, in.Participant)
	})
	serve(p, api, portalapi.Replies, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.RepliesOutput, error) {
		out := new(portalapi.RepliesOutput)
		var err error
		out.Body.Replies, err = p.store.Replies(ctx, c.Caller)
		return out, err
	})
	serveChange(p, api, portalapi.SaveReply, func(ctx context.Context, c caller, in *portalapi.SaveReplyInput) error {
		return p.store.SaveReply(ctx, c.Caller, chat.Reply{ID: in.Reply, Title: in.Body.Title, Text: in.Body.Text, Firm: in.Body.Firm})
	})
	serveChange(p, api, portalapi.RemoveReply, func(ctx context.Context, c caller, in *portalapi.RemoveReplyInput) error {
		return p.store.RemoveReply(ctx, c.Caller, in.Reply, in.Firm)
	})
	serve(p, api, portalapi.Users, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.UsersOutput, error) {
		out := new(portalapi.UsersOutput)
		var err error
		out.Body.Users, err = p.store.Users(ctx, c.Caller)
		return out, err
	})
	serve(p, api, portalapi.AddUser, func(ctx context.Context, c caller, in *portalapi.AddUserInput) (*portalapi.AddUserOutput, error) {
		account := records.Account{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Admin: in.Body.Admin, MustChange: true}
		out := new(portalapi.AddUserOutput)
		if in.Body.Password != "" {
			var err error
			out.Body.ID, err = p.store.AddUser(ctx, c.Caller, account)
			return out, err
		}
		id, link, err := p.store.AddUserByLink(ctx, c.Caller, account)
		out.Body.ID = id
		if link != (records.Link{}) {
			out.Body.ExpiresAt = link.ExpiresAt
			out.Body.Path, out.Body.URL = resetAddress(ctx, link)
		}
		return out, err
	})
	serveChange(p, api, portalapi.EditUser, func(ctx context.Context, c caller, in *portalapi.EditUserInput) error {
		return p.store.EditUser(ctx, c.Caller, in.User, in.Body.Admin, in.Body.Active)
	})
	serve(p, api, portalapi.GetFirm, func(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.FirmOutput, error) {
		firm, err := p.store.Firm(ctx)
		out := new(portalapi.FirmOutput)
		out.Body.Name, out.Body.Colour, out.Body.Passkeys = firm.Name, firm.Colour, c.site().Origin
		return out, err
	})
	serveChange(p, api, portalapi.SetFirm, func(ctx context.Context, c caller, in *portalapi.FirmInput) error {
		return p.store.SetFirm(ctx, c.Caller, records.Firm{Name: in.Body.Name, Colour: in.Body.Colour})
	})
	serve(p, api, portalapi.Audit, func(ctx context.Context, c caller, in *portalapi.AuditInput) (*portalapi.AuditOutput, error) {
		out := new(portalapi.AuditOutput)
		var err error
		out.Body.Entries, err = p.store.Audit(ctx, c.Caller, records.AuditFilter{Before: in.Before, Matter: in.Matter, Account: in.Account}, in.Limit)
		return out, err
	})
}

func withID(id string, err error) (*portalapi.IDOutput, error) {
	out := new(portalapi.IDOutput)
	out.Body.ID = id
	return out, err
}
