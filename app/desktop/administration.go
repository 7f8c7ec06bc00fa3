package desktop

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"matterline/app/portalapi"
)

// What users manage is asked of the portal itself: without it nothing changes, and unreachable is returned.
// What came of it reaches the window as all changes do, by way of the replica.

// ask asks the portal of the open session. It returns signed_out and what the operation returns.
func ask[I, O any](a *App, op portalapi.Op[I, O], in *I) (*O, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	return portalapi.Call(context.Background(), s.client, op, in)
}

// do is ask where there is nothing in the answer.
func do[I any](a *App, op portalapi.Op[I, portalapi.Nothing], in *I) error {
	_, err := ask(a, op, in)
	return err
}

func idOf(out *portalapi.IDOutput, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return out.Body.ID, nil
}

// AddUser adds somebody to the firm and returns their id. It returns not_allowed, required, malformed,
// weak_password and taken.
func (a *App) AddUser(email, name, password string, admin bool) (string, error) {
	in := &portalapi.AddUserInput{}
	in.Body.Email, in.Body.Name, in.Body.Password, in.Body.Admin = email, name, password, admin
	return idOf(ask(a, portalapi.AddUser, in))
}

// EditUser changes whether a user is an admin, and whether they are active. It returns not_allowed,
// not_found, has_matters and last_admin.
func (a *App) EditUser(id string, admin, active bool) error {
	in := &portalapi.EditUserInput{User: id}
	in.Body.Admin, in.Body.Active = admin, active
	return do(a, portalapi.EditUser, in)
}

// OpenMatter opens a matter and returns its id. It returns not_found, required, too_long and taken.
func (a *App) OpenMatter(reference, title, kind, assigned string, team []string) (string, error) {
	in := &portalapi.MatterInput{}
	in.Body.MatterBody = portalapi.MatterBody{Reference: reference, Title: title, Type: kind}
	in.Body.Assigned, in.Body.Team = assigned, list(team)
	return idOf(ask(a, portalapi.OpenMatter, in))
}

// EditMatter changes a matter's reference, title and type. It returns not_found, required, too_long and
// taken.
func (a *App) EditMatter(id, reference, title, kind string) error {
	return do(a, portalapi.EditMatter, &portalapi.EditMatterInput{
		Matter: id, Body: portalapi.MatterBody{Reference: reference, Title: title, Type: kind},
	})
}

// CloseMatter closes a matter, in which nothing can be written then, or opens it again. What was sent before is
// sent. It returns not_found.
func (a *App) CloseMatter(id string, closed bool) error {
	if closed {
		a.letGo()
	}
	in := &portalapi.CloseInput{Matter: id}
	in.Body.Closed = closed
	return do(a, portalapi.CloseMatter, in)
}

// SetTeam says which other users may open a matter. It returns not_found.
func (a *App) SetTeam(matter string, users []string) error {
	in := &portalapi.TeamInput{Matter: matter}
	in.Body.Users = list(users)
	return do(a, portalapi.SetTeam, in)
}

// AddParticipant puts a person on a matter's portal and returns the participant's id. It returns not_found,
// required and too_long.
func (a *App) AddParticipant(matter, name, role string, otherSide bool) (string, error) {
	return idOf(ask(a, portalapi.AddParticipant, &portalapi.AddParticipantInput{
		Matter: matter, Body: portalapi.ParticipantBody{Name: name, Role: role, OtherSide: otherSide},
	}))
}

// EditParticipant changes a participant's name, role and side. It returns not_found, required and too_long.
func (a *App) EditParticipant(id, name, role string, otherSide bool) error {
	return do(a, portalapi.EditParticipant, &portalapi.EditParticipantInput{
		Participant: id, Body: portalapi.ParticipantBody{Name: name, Role: role, OtherSide: otherSide},
	})
}

// RemoveParticipant ends a participant's access at once; their chat stays. It returns not_found.
func (a *App) RemoveParticipant(id string) error {
	return do(a, portalapi.RemoveParticipant, &portalapi.ParticipantInput{Participant: id})
}

// Invitation is the link by which a participant comes in.
type Invitation struct {
	Link      string `json:"link"`
	ExpiresAt int64  `json:"expires_at"`
}

// Invite makes a participant's link; an earlier one stops working. It returns not_found, matter_closed,
// removed, and taken for who has joined.
func (a *App) Invite(participant string) (Invitation, error) {
	s, err := a.current()
	if err != nil {
		return Invitation{}, err
	}
	out, err := ask(a, portalapi.Invite, &portalapi.ParticipantInput{Participant: participant})
	if err != nil {
		return Invitation{}, err
	}
	return Invitation{Link: s.account.Portal + out.Body.Path, ExpiresAt: out.Body.ExpiresAt}, nil
}

// RevokeInvitation makes a participant's link stop working. It returns not_found when there is none.
func (a *App) RevokeInvitation(participant string) error {
	return do(a, portalapi.RevokeInvitation, &portalapi.ParticipantInput{Participant: participant})
}

// rolesFrom is how many matters Roles looks into, those with the newest activity.
const rolesFrom = 50

// Roles are the roles that participants have in the newest matters, the most used first.
func (a *App) Roles() ([]string, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	rows, err := s.replica.Matters(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]int{}
	for _, row := range rows[:min(len(rows), rolesFrom)] {
		m, err := s.replica.Matter(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range m.Participants {
			used[p.Role]++
		}
	}
	return list(slices.SortedFunc(maps.Keys(used), func(x, y string) int {
		return cmp.Or(used[y]-used[x], cmp.Compare(x, y))
	})), nil
}
