package desktop

import (
	"context"
	"encoding/json"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/syncer"
)

// usersSetting is by which name the replica keeps the users as the portal told them last.
const usersSetting = "users"

// Users are the firm's users, by name; while the portal cannot be asked, those of the last time.
func (a *App) Users() ([]chat.UserAccount, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	text, err := s.replica.Setting(ctx, usersSetting)
	if err != nil {
		return nil, err
	}
	var kept []chat.UserAccount
	if text != "" {
		if err := json.Unmarshal([]byte(text), &kept); err != nil {
			return nil, err
		}
	}
	state := s.syncer.Freshness().State
	if hears := state == syncer.Current || state == syncer.CatchingUp; len(kept) > 0 && !hears {
		return kept, nil
	}
	out, err := portalapi.Call(ctx, s.client, portalapi.Users, &portalapi.Nothing{})
	if err != nil {
		if len(kept) > 0 {
			return kept, nil
		}
		return nil, err
	}
	now, err := json.Marshal(out.Body.Users)
	if err == nil && string(now) != text {
		err = s.replica.Set(ctx, usersSetting, string(now))
	}
	return list(out.Body.Users), err
}

// forgetUsers leaves nobody's name behind.
func forgetUsers(s *session) error { return s.replica.Set(context.Background(), usersSetting, "") }
