package session

import (
	"context"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// usersSetting is the setting in the replica with the firm's users as the portal last listed them.
const usersSetting = "users"

// usersWithin limits how long Users waits for the portal.
const usersWithin = 10 * time.Second

// Users returns the firm's users by name. While the portal is away they are the ones it last listed; unreachable is
// returned when there are none.
func (s *Session) Users(ctx context.Context) ([]chat.UserAccount, error) {
	ctx, cancel := context.WithTimeout(ctx, usersWithin)
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
	_, err = s.SetSetting(ctx, usersSetting, out.Body.Users)
	return out.Body.Users, err
}
