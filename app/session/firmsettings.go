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
	settings, err := s.ReadFirmSettings(ctx)
	if err != nil && last != nil {
		return *last, nil
	}
	return settings, err
}

// ReadFirmSettings asks the portal what the firm has decided.
func (s *Session) ReadFirmSettings(ctx context.Context) (chat.FirmSettings, error) {
	out, err := Call(ctx, s, portalapi.FirmSettings, &portalapi.Nothing{})
	if err != nil {
		return chat.FirmSettings{}, err
	}
	return out.Body, s.keepOfFirm(ctx, firmSettingsSetting, out.Body)
}

// keepOfFirm stores what the portal says about the firm, and calls the listener if it said something else before.
func (s *Session) keepOfFirm(ctx context.Context, name string, v any) error {
	changed, err := s.SetSetting(ctx, name, v)
	if changed {
		s.options.Listener.FirmChanged(s)
	}
	return err
}
