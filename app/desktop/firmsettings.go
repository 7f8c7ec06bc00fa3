package desktop

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// FirmSettings returns what the firm has decided. While the portal is away, it returns what the portal last said.
func (a *App) FirmSettings() (chat.FirmSettings, error) {
	return with(a, func(ctx context.Context, s *session.Session) (chat.FirmSettings, error) { return s.FirmSettings(ctx) })
}

// ReadFirmSettings reads from the portal what the firm has decided, for an admin who is about to change it. It returns
// unreachable.
func (a *App) ReadFirmSettings() (chat.FirmSettings, error) {
	return with(a, func(ctx context.Context, s *session.Session) (chat.FirmSettings, error) {
		return s.ReadFirmSettings(ctx)
	})
}

// SetFirmSettings changes what the firm has decided. It returns not_allowed, malformed and confirm_first.
func (a *App) SetFirmSettings(settings chat.FirmSettings) error {
	return callChange(a, portalapi.SetFirmSettings, &portalapi.FirmSettingsInput{Body: settings})
}
