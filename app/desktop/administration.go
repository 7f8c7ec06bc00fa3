package desktop

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Methods that change something at the portal wait for its answer. Without the portal they change nothing and return
// unreachable. Like all changes, the results reach the window through the replica.

// call calls an operation of the portal for the session in the window. It returns signed_out and the operation's
// errors.
func call[I, O any](a *App, op portalapi.Op[I, O], in *I) (*O, error) {
	return with(a, func(ctx context.Context, s *session.Session) (*O, error) { return session.Call(ctx, s, op, in) })
}

// callChange is call for operations that return nothing.
func callChange[I any](a *App, op portalapi.Op[I, portalapi.Nothing], in *I) error {
	_, err := call(a, op, in)
	return err
}

func idOf(out *portalapi.IDOutput, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return out.Body.ID, nil
}

// Users returns the firm's users by name. While the portal is away, it returns the users that the portal last listed.
func (a *App) Users() ([]chat.UserAccount, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]chat.UserAccount, error) {
		users, err := s.Users(ctx)
		return list(users), err
	})
}

// AddedUser is a new user, and the link with which they choose their password. It is empty if the firm forbids passwords.
type AddedUser struct {
	ID        string `json:"id"`
	Link      string `json:"link"`
	ExpiresAt int64  `json:"expires_at"`
}

// AddUser adds a user to the firm. It returns not_allowed, required, malformed, taken and confirm_first.
func (a *App) AddUser(email, name string, admin bool) (AddedUser, error) {
	return with(a, func(ctx context.Context, s *session.Session) (AddedUser, error) {
		in := &portalapi.AddUserInput{}
		in.Body.Email, in.Body.Name, in.Body.Admin = email, name, admin
		out, err := session.Call(ctx, s, portalapi.AddUser, in)
		if err != nil {
			return AddedUser{}, err
		}
		added := AddedUser{ID: out.Body.ID, ExpiresAt: out.Body.ExpiresAt}
		if out.Body.Path != "" {
			added.Link = link(s, out.Body.URL, out.Body.Path)
		}
		return added, nil
	})
}

// EditUser sets whether a user is an admin and whether they are active. It returns not_allowed, not_found, has_matters,
// last_admin and confirm_first.
func (a *App) EditUser(id string, admin, active bool) error {
	in := &portalapi.EditUserInput{User: id}
	in.Body.Admin, in.Body.Active = admin, active
	return callChange(a, portalapi.EditUser, in)
}

// OpenMatter opens a matter and returns its id. It returns not_found, required, too_long and taken.
func (a *App) OpenMatter(reference, title, kind, assigned string, team []string) (string, error) {
	in := &portalapi.MatterInput{}
	in.Body.MatterBody = portalapi.MatterBody{Reference: reference, Title: title, Type: kind}
	in.Body.Assigned, in.Body.Team = assigned, list(team)
	return idOf(call(a, portalapi.OpenMatter, in))
}

// EditMatter changes a matter's reference, title and type. It returns not_found, required, too_long and
// taken.
func (a *App) EditMatter(id, reference, title, kind string) error {
	return callChange(a, portalapi.EditMatter, &portalapi.EditMatterInput{
		Matter: id, Body: portalapi.MatterBody{Reference: reference, Title: title, Type: kind},
	})
}

// CloseMatter closes or reopens a matter. Messages that could still be undone are sent before it closes. It
// returns not_found and not_allowed.
func (a *App) CloseMatter(id string, closed bool) error {
	if s, err := a.current(); err == nil && closed {
		s.SendNow()
	}
	in := &portalapi.CloseInput{Matter: id}
	in.Body.Closed = closed
	return callChange(a, portalapi.CloseMatter, in)
}

// SetTeam sets which other users may open a matter. It returns not_found and not_allowed.
func (a *App) SetTeam(matter string, users []string) error {
	in := &portalapi.TeamInput{Matter: matter}
	in.Body.Users = list(users)
	return callChange(a, portalapi.SetTeam, in)
}

// AddParticipant adds a participant to a matter and returns the participant's id. It returns not_found,
// required and too_long.
func (a *App) AddParticipant(matter, name, role string, otherSide bool) (string, error) {
	return idOf(call(a, portalapi.AddParticipant, &portalapi.AddParticipantInput{
		Matter: matter, Body: portalapi.ParticipantBody{Name: name, Role: role, OtherSide: otherSide},
	}))
}

// EditParticipant changes a participant's name, role and side. It returns not_found, required and too_long.
func (a *App) EditParticipant(id, name, role string, otherSide bool) error {
	return callChange(a, portalapi.EditParticipant, &portalapi.EditParticipantInput{
		Participant: id, Body: portalapi.ParticipantBody{Name: name, Role: role, OtherSide: otherSide},
	})
}

// RemoveParticipant ends a participant's access. Their chat stays. It returns not_found.
func (a *App) RemoveParticipant(id string) error {
	return callChange(a, portalapi.RemoveParticipant, &portalapi.ParticipantInput{Participant: id})
}

// Invitation is a link with which a participant joins.
type Invitation struct {
	Link      string `json:"link"`
	ExpiresAt int64  `json:"expires_at"`
	// PIN is what the link asks for, or empty. It can't be read again.
	PIN string `json:"pin"`
}

// Invite makes an invitation for a participant. An earlier one stops working. It returns not_found, matter_closed,
// removed, and taken if the participant has joined. With pin, the link asks for a PIN.
func (a *App) Invite(participant string, pin bool) (Invitation, error) {
	return with(a, func(ctx context.Context, s *session.Session) (Invitation, error) {
		in := &portalapi.InviteInput{Participant: participant, Body: &portalapi.InviteBody{PIN: pin}}
		out, err := session.Call(ctx, s, portalapi.Invite, in)
		if err != nil {
			return Invitation{}, err
		}
		return Invitation{Link: link(s, out.Body.URL, out.Body.Path), ExpiresAt: out.Body.ExpiresAt, PIN: out.Body.PIN}, nil
	})
}

// link is a link for someone else. They may find the portal at another address than this computer does, which the
// portal knows if it was given its public address.
func link(s *session.Session, url, path string) string { return cmp.Or(url, s.Portal()+path) }

// RevokeInvitation revokes a participant's invitation. It returns not_found if there is none, and taken if
// the participant has joined.
func (a *App) RevokeInvitation(participant string) error {
	return callChange(a, portalapi.RevokeInvitation, &portalapi.ParticipantInput{Participant: participant})
}

// maxMattersForRoles limits Roles to the matters with the newest activity.
const maxMattersForRoles = 50

// Roles returns the roles of the participants in the newest matters, the most used first. It doesn't need the portal.
func (a *App) Roles() ([]string, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]string, error) {
		rows, err := s.Replica().Matters(ctx)
		if err != nil {
			return nil, err
		}
		uses := map[string]int{}
		for _, row := range rows[:min(len(rows), maxMattersForRoles)] {
			m, err := s.Replica().Matter(ctx, row.ID)
			if err != nil {
				return nil, err
			}
			for _, p := range m.Participants {
				uses[p.Role]++
			}
		}
		return list(slices.SortedFunc(maps.Keys(uses), func(x, y string) int {
			return cmp.Or(uses[y]-uses[x], cmp.Compare(x, y))
		})), nil
	})
}
