package desktop

import (
	"context"
	"time"

	"matterline/app/replica"
)

// Chat reads the newest page of a chat, or the page before a version. It returns not_found.
func (a *App) Chat(participant string, before int64) (replica.Chat, error) {
	return a.chat(func(r *replica.Replica) (replica.Chat, error) {
		return r.Chat(context.Background(), participant, before)
	})
}

// ChatAround reads the page of a chat that has a version in its middle. It returns not_found.
func (a *App) ChatAround(participant string, version int64) (replica.Chat, error) {
	return a.chat(func(r *replica.Replica) (replica.Chat, error) {
		return r.ChatAround(context.Background(), participant, version)
	})
}

// ChatAfter reads the page of a chat after a version. It returns not_found.
func (a *App) ChatAfter(participant string, version int64) (replica.Chat, error) {
	return a.chat(func(r *replica.Replica) (replica.Chat, error) {
		return r.ChatAfter(context.Background(), participant, version)
	})
}

// ChatAt reads the page of a chat around the first message sent at a time or later. It returns not_found.
func (a *App) ChatAt(participant string, at int64) (replica.Chat, error) {
	return a.chat(func(r *replica.Replica) (replica.Chat, error) {
		return r.ChatAt(context.Background(), participant, at)
	})
}

func (a *App) chat(read func(*replica.Replica) (replica.Chat, error)) (replica.Chat, error) {
	s, err := a.current()
	if err != nil {
		return replica.Chat{}, err
	}
	c, err := read(s.replica)
	c.Messages, c.Statuses, c.Decisions = list(c.Messages), list(c.Statuses), list(c.Decisions)
	return c, err
}

// FindInChat finds the messages of a chat that have all that was typed. It returns not_found.
func (a *App) FindInChat(participant, text string) (replica.Spots, error) {
	s, err := a.current()
	if err != nil {
		return replica.Spots{}, err
	}
	spots, err := s.replica.Find(context.Background(), participant, text)
	spots.Found = list(spots.Found)
	return spots, err
}

// Send writes what was typed in a chat to participants of its matter, each in their own chat. For some seconds
// it can be undone; then it is sent as soon as the portal can be reached. It returns text_required,
// text_too_long, text_invalid and not_found.
func (a *App) Send(draft string, to []string, text string, setStatus bool) ([]replica.Message, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	said, err := s.replica.Say(context.Background(), replica.Saying{Draft: draft, To: to, Text: text, SetStatus: setStatus, Undo: a.undo})
	if err == nil {
		time.AfterFunc(a.undo, func() {
			s.syncer.Push()
			s.teller.tell() // it waits from now on
		})
	}
	return said, err
}

// SaveDraft keeps what was typed in a chat.
func (a *App) SaveDraft(participant, text string, setStatus bool) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	return s.replica.SaveDraft(context.Background(), participant, replica.Draft{Text: text, SetStatus: setStatus})
}

// Decide makes a message the current status of its chat, or with none takes the status down, as soon as the
// portal can be reached. It returns not_found.
func (a *App) Decide(participant, message string) error {
	return a.push(func(r *replica.Replica) error { return r.Decide(context.Background(), participant, message) })
}

// UseMine asks again for a status that somebody else's has superseded; RemoveUnsent keeps theirs. It returns
// not_found.
func (a *App) UseMine(id string) error {
	return a.push(func(r *replica.Replica) error { return r.UseMine(context.Background(), id) })
}

// push does what is to be told to the portal.
func (a *App) push(do func(*replica.Replica) error) error {
	s, err := a.current()
	if err != nil {
		return err
	}
	if err := do(s.replica); err != nil {
		return err
	}
	s.syncer.Push()
	return nil
}

// Outbox is everything that the portal has not confirmed, in the order of writing.
func (a *App) Outbox() ([]replica.Unsent, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	unsent, err := s.replica.Outbox(context.Background())
	return list(unsent), err
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
	return a.push(func(r *replica.Replica) error { return r.MarkRead(context.Background(), participant, version) })
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
