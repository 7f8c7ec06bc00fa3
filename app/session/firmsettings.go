package session

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// firmSettingsSetting is the setting in the replica with the firm's settings as the portal last gave them.
const firmSettingsSetting = "firm_settings"

// FirmSettings returns what the firm has decided. While the portal is away, it returns what the portal last said, or
// unreachable if it never did.
func (s *Session) FirmSettings(ctx context.Context) (chat.FirmSettings, error) {
	ctx, cancel := context.WithTimeout(ctx, usersTimeout)
	defer cancel()
	var last *chat.FirmSettings
	if err := s.Setting(ctx, firmSettingsSetting, &last); err != nil {
		return chat.FirmSettings{}, err
	}
	if connected := (Freshness{Freshness: s.syncer.Freshness()}).Connected(); last != nil && !connected {
		return *last, nil
	}
	out, err := Call(ctx, s, portalapi.FirmSettings, &portalapi.Nothing{})
	if err != nil {
		if last != nil {
			return *last, nil
		}
		return chat.FirmSettings{}, err
	}
	_, err = s.SetSetting(ctx, firmSettingsSetting, out.Body)
	return out.Body, err
}
