package desktop

import (
	"context"
	"encoding/json"

	"matterline/app/session"
)

// lastChatSetting is the setting in the replica with the chat that was open last.
const lastChatSetting = "place"

// LastChat returns the chat that the user last had open in this account, or an empty address.
func (a *App) LastChat() (ChatAddress, error) {
	return with(a, func(ctx context.Context, s *session.Session) (at ChatAddress, err error) {
		text, err := s.Replica().Setting(ctx, lastChatSetting)
		if err != nil || text == "" {
			return at, err
		}
		return at, json.Unmarshal([]byte(text), &at)
	})
}

// SaveLastChat remembers the chat that is open.
func (a *App) SaveLastChat(matter, participant string) error {
	text, err := json.Marshal(ChatAddress{Matter: matter, Participant: participant})
	if err != nil {
		return err
	}
	return a.do(func(ctx context.Context, s *session.Session) error {
		return s.Replica().Set(ctx, lastChatSetting, string(text))
	})
}
