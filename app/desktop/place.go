package desktop

import (
	"context"
	"encoding/json"
)

const placeSetting = "place"

// Place is where the user last was in this account's window; empty if nowhere.
func (a *App) Place() (at ChatAddress, err error) {
	s, err := a.current()
	if err != nil {
		return at, err
	}
	text, err := s.replica.Setting(context.Background(), placeSetting)
	if err != nil || text == "" {
		return at, err
	}
	return at, json.Unmarshal([]byte(text), &at)
}

// KeepPlace keeps where the user is.
func (a *App) KeepPlace(matter, participant string) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	text, err := json.Marshal(ChatAddress{Matter: matter, Participant: participant})
	if err != nil {
		return err
	}
	return s.replica.Set(context.Background(), placeSetting, string(text))
}
