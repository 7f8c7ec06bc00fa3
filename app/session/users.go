package session

import (
	"context"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// usersSetting is the setting in the replica with the firm's users as the portal last listed them.
const usersSetting = "users"

// usersTimeout limits how long Users waits for the portal.
const usersTimeout = 10 * time.Second

// Users returns the firm's users by name. While the portal is away, it returns the users that the portal last listed,
// or unreachable if there are none.
func (s *Session) Users(ctx context.Context) ([]chat.UserAccount, error) {
	ctx, cancel := context.WithTimeout(ctx, usersTimeout)
	defer cancel()
	var last []chat.UserAccount
	if err := s.Setting(ctx, usersSetting, &last); err != nil {
		return nil, err
	}
	if connected := (Freshness{Freshness: s.syncer.Freshness()}).Connected(); len(last) > 0 && !connected {
		return last, nil
	}
	out, err := Call(ctx, s, portalapi.Users, &portalapi.Nothing{})
	if err != nil {
		if len(last) > 0 {
			return last, nil
		}
		return nil, err
	}
	return out.Body.Users, s.keepOfFirm(ctx, usersSetting, out.Body.Users)
}
