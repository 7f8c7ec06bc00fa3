package desktop

import (
	"context"

	"matterline/app/replica"
)

// Chat reads the newest page of a chat, or the page before a version. It returns not_found.
func (a *App) Chat(participant string, before int64) (replica.Chat, error) {
	s, err := a.current()
	if err != nil {
		return replica.Chat{}, err
	}
	c, err := s.replica.Chat(context.Background(), participant, before)
	c.Messages, c.Statuses = list(c.Messages), list(c.Statuses)
	return c, err
}

// Send writes a message, which is sent as soon as the portal can be reached. It returns text_required,
// text_too_long, text_invalid and not_found.
func (a *App) Send(participant, text string, setStatus bool) (replica.Message, error) {
	s, err := a.current()
	if err != nil {
		return replica.Message{}, err
	}
	m, err := s.replica.Send(context.Background(), participant, text, setStatus)
	s.syncer.Push()
	return m, err
}

// SaveDraft keeps what was typed in a chat.
func (a *App) SaveDraft(participant, text string, setStatus bool) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	return s.replica.SaveDraft(context.Background(), participant, replica.Draft{Text: text, SetStatus: setStatus})
}

// EditUnsent takes a message back into the chat's draft. It returns not_found for one that is on its way.
func (a *App) EditUnsent(id string) (replica.Draft, error) {
	s, err := a.current()
	if err != nil {
		return replica.Draft{}, err
	}
	return s.replica.Edit(context.Background(), id)
}

// RemoveUnsent drops a message that was not sent. It returns not_found for one that is on its way.
func (a *App) RemoveUnsent(id string) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	return s.replica.Remove(context.Background(), id)
}

// MarkRead says that the user has seen a chat up to a version. It returns not_found.
func (a *App) MarkRead(participant string, version int64) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	if err := s.replica.MarkRead(context.Background(), participant, version); err != nil {
		return err
	}
	s.syncer.Push()
	return nil
}

// InSight says which chat is on screen in the focused window, or "" for none: it raises no toast.
func (a *App) InSight(participant string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inSight = participant
}

func (a *App) chatInSight() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inSight
}
