package desktop

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Covers returns who covers for the user, and for whom they cover, as the portal last said.
func (a *App) Covers() ([]chat.Cover, error) {
	return with(a, func(_ context.Context, s *session.Session) ([]chat.Cover, error) { return list(s.Covers()), nil })
}

// ReadCovers asks the portal who covers for whom. Admins get the covers of all users.
func (a *App) ReadCovers() ([]chat.Cover, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]chat.Cover, error) {
		covers, err := s.ReadCovers(ctx)
		return list(covers), err
	})
}

// SetCover sets which colleague gets a user's alerts from one time until another, in milliseconds: the user's own or, for
// admins, anyone's. It returns malformed, not_found and not_allowed.
func (a *App) SetCover(account, by string, from, until int64, alone bool) error {
	in := &portalapi.CoverInput{Account: account}
	in.Body.By, in.Body.From, in.Body.Until, in.Body.Alone = by, from, until, alone
	return changeSelf(a, portalapi.SetCover, in)
}

// EndCover ends a user's cover now. It returns not_found and not_allowed.
func (a *App) EndCover(account string) error {
	return changeSelf(a, portalapi.EndCover, &portalapi.AccountInput{Account: account})
}
