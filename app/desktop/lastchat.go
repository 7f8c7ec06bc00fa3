package desktop

import (
	"context"

	"matterline/app/session"
)

// lastChatSetting keeps an older name, which users' replicas have.
const lastChatSetting = "place"

// LastChat returns the chat that the user last had open in this account, or an empty address.
func (a *App) LastChat() (ChatAddress, error) {
	return with(a, func(ctx context.Context, s *session.Session) (ChatAddress, error) {
		var at ChatAddress
		err := s.Setting(ctx, lastChatSetting, &at)
		return at, err
	})
}

// SaveLastChat remembers the chat that is open.
func (a *App) SaveLastChat(matter, participant string) error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		_, err := s.SetSetting(ctx, lastChatSetting, ChatAddress{Matter: matter, Participant: participant})
		return err
	})
}
