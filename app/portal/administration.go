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
	serve(p, api, portalapi.SetStatus, p.setStatus)
	serve(p, api, portalapi.OpenMatter, p.openMatter)
	serve(p, api, portalapi.EditMatter, p.editMatter)
	serve(p, api, portalapi.CloseMatter, p.closeMatter)
	serve(p, api, portalapi.Assign, p.assign)
	serve(p, api, portalapi.SetTeam, p.setTeam)
	serve(p, api, portalapi.AddParticipant, p.addParticipant)
	serve(p, api, portalapi.EditParticipant, p.editParticipant)
	serve(p, api, portalapi.RemoveParticipant, p.removeParticipant)
	serve(p, api, portalapi.Invite, p.invite)
	serve(p, api, portalapi.RevokeInvitation, p.revokeInvitation)
	serve(p, api, portalapi.Replies, p.replies)
	serve(p, api, portalapi.SaveReply, p.saveReply)
	serve(p, api, portalapi.RemoveReply, p.removeReply)
	serve(p, api, portalapi.Users, p.users)
	serve(p, api, portalapi.AddUser, p.addUser)
	serve(p, api, portalapi.EditUser, p.editUser)
	serve(p, api, portalapi.GetFirm, p.firm)
	serve(p, api, portalapi.SetFirm, p.setFirm)
	serve(p, api, portalapi.Audit, p.audit)
}

var done = &portalapi.Nothing{}

func withID(id string, err error) (*portalapi.IDOutput, error) {
	out := new(portalapi.IDOutput)
	out.Body.ID = id
	return out, err
}

func (p *portal) setStatus(ctx context.Context, c caller, in *portalapi.StatusInput) (*portalapi.Nothing, error) {
	return done, p.store.SetStatus(ctx, c.Caller, in.Participant, in.Body.Message, in.Body.Saw)
}

func (p *portal) openMatter(ctx context.Context, c caller, in *portalapi.MatterInput) (*portalapi.IDOutput, error) {
	return withID(p.store.OpenMatter(ctx, c.Caller, chat.Matter{
		Reference: in.Body.Reference, Title: in.Body.Title, Type: in.Body.Type, Assigned: in.Body.Assigned, Team: in.Body.Team,
	}))
}

func (p *portal) editMatter(ctx context.Context, c caller, in *portalapi.EditMatterInput) (*portalapi.Nothing, error) {
	return done, p.store.EditMatter(ctx, c.Caller, chat.Matter{ID: in.Matter, Reference: in.Body.Reference, Title: in.Body.Title, Type: in.Body.Type})
}

func (p *portal) closeMatter(ctx context.Context, c caller, in *portalapi.CloseInput) (*portalapi.Nothing, error) {
	return done, p.store.SetClosed(ctx, c.Caller, in.Matter, in.Body.Closed)
}

func (p *portal) assign(ctx context.Context, c caller, in *portalapi.AssignInput) (*portalapi.Nothing, error) {
	return done, p.store.Assign(ctx, c.Caller, in.Matter, in.Body.User)
}

func (p *portal) setTeam(ctx context.Context, c caller, in *portalapi.TeamInput) (*portalapi.Nothing, error) {
	return done, p.store.SetTeam(ctx, c.Caller, in.Matter, in.Body.Users)
}

func (p *portal) addParticipant(ctx context.Context, c caller, in *portalapi.AddParticipantInput) (*portalapi.IDOutput, error) {
	return withID(p.store.PutOnPortal(ctx, c.Caller, chat.Participant{Matter: in.Matter, Name: in.Body.Name, Role: in.Body.Role, OtherSide: in.Body.OtherSide}))
}

func (p *portal) editParticipant(ctx context.Context, c caller, in *portalapi.EditParticipantInput) (*portalapi.Nothing, error) {
	return done, p.store.EditParticipant(ctx, c.Caller, chat.Participant{ID: in.Participant, Name: in.Body.Name, Role: in.Body.Role, OtherSide: in.Body.OtherSide})
}

func (p *portal) removeParticipant(ctx context.Context, c caller, in *portalapi.ParticipantInput) (*portalapi.Nothing, error) {
	return done, p.store.RemoveParticipant(ctx, c.Caller, in.Participant)
}

func (p *portal) invite(ctx context.Context, c caller, in *portalapi.ParticipantInput) (*portalapi.InviteOutput, error) {
	secret, expiresAt, err := p.store.Invite(ctx, c.Caller, in.Participant)
	out := new(portalapi.InviteOutput)
	out.Body.Path, out.Body.ExpiresAt = "/invited#"+secret, expiresAt
	return out, err
}

func (p *portal) revokeInvitation(ctx context.Context, c caller, in *portalapi.ParticipantInput) (*portalapi.Nothing, error) {
	return done, p.store.RevokeInvitation(ctx, c.Caller, in.Participant)
}

func (p *portal) replies(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.RepliesOutput, error) {
	out := new(portalapi.RepliesOutput)
	var err error
	out.Body.Replies, err = p.store.Replies(ctx, c.Caller)
	if out.Body.Replies == nil {
		out.Body.Replies = []chat.Reply{}
	}
	return out, err
}

func (p *portal) saveReply(ctx context.Context, c caller, in *portalapi.SaveReplyInput) (*portalapi.Nothing, error) {
	return done, p.store.SaveReply(ctx, c.Caller, chat.Reply{ID: in.Reply, Title: in.Body.Title, Text: in.Body.Text, Firm: in.Body.Firm})
}

func (p *portal) removeReply(ctx context.Context, c caller, in *portalapi.RemoveReplyInput) (*portalapi.Nothing, error) {
	return done, p.store.RemoveReply(ctx, c.Caller, in.Reply, in.Firm)
}

func (p *portal) users(ctx context.Context, c caller, _ *portalapi.Nothing) (*portalapi.UsersOutput, error) {
	out := new(portalapi.UsersOutput)
	var err error
	out.Body.Users, err = p.store.Users(ctx, c.Caller)
	return out, err
}

func (p *portal) addUser(ctx context.Context, c caller, in *portalapi.AddUserInput) (*portalapi.IDOutput, error) {
	return withID(p.store.AddUser(ctx, c.Caller, records.Account{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Admin: in.Body.Admin}))
}

func (p *portal) editUser(ctx context.Context, c caller, in *portalapi.EditUserInput) (*portalapi.Nothing, error) {
	return done, p.store.EditUser(ctx, c.Caller, in.User, in.Body.Admin, in.Body.Active)
}

func (p *portal) firm(ctx context.Context, _ caller, _ *portalapi.Nothing) (*portalapi.FirmOutput, error) {
	firm, err := p.store.Firm(ctx)
	out := new(portalapi.FirmOutput)
	out.Body.Name, out.Body.Colour = firm.Name, firm.Colour
	return out, err
}

func (p *portal) setFirm(ctx context.Context, c caller, in *portalapi.FirmInput) (*portalapi.Nothing, error) {
	return done, p.store.SetFirm(ctx, c.Caller, records.Firm{Name: in.Body.Name, Colour: in.Body.Colour})
}

func (p *portal) audit(ctx context.Context, c caller, in *portalapi.AuditInput) (*portalapi.AuditOutput, error) {
	out := new(portalapi.AuditOutput)
	var err error
	out.Body.Entries, err = p.store.Audit(ctx, c.Caller, records.AuditFilter{Before: in.Before, Matter: in.Matter, Account: in.Account}, in.Limit)
	if out.Body.Entries == nil {
		out.Body.Entries = []chat.AuditEntry{}
	}
	return out, err
}
