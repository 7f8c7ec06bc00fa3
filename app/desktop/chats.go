package desktop

import (
	"context"

	"matterline/app/replica"
	"matterline/app/session"
)

// Chat returns the newest page of a chat, or the page before a version. It returns not_found.
func (a *App) Chat(participant string, before int64) (replica.Chat, error) {
	return a.readChat((*replica.Replica).Chat, participant, before)
}

// ChatAround returns the page of a chat around a version. It returns not_found.
func (a *App) ChatAround(participant string, version int64) (replica.Chat, error) {
	return a.readChat((*replica.Replica).ChatAround, participant, version)
}

// ChatAfter returns the page of a chat after a version. It returns not_found.
func (a *App) ChatAfter(participant string, version int64) (replica.Chat, error) {
	return a.readChat((*replica.Replica).ChatAfter, participant, version)
}

// ChatAt returns the page of a chat around the first message sent at or after a time. It returns not_found.
func (a *App) ChatAt(participant string, at int64) (replica.Chat, error) {
	return a.readChat((*replica.Replica).ChatAt, participant, at)
}

func (a *App) readChat(page func(*replica.Replica, context.Context, string, int64) (replica.Chat, error), participant string, at int64) (replica.Chat, error) {
	return with(a, func(ctx context.Context, s *session.Session) (replica.Chat, error) {
		return page(s.Replica(), ctx, participant, at)
	})
}

// FindInChat finds the messages of a chat that contain all the words. It returns not_found.
func (a *App) FindInChat(participant, text string) (replica.FoundMessages, error) {
	return with(a, func(ctx context.Context, s *session.Session) (replica.FoundMessages, error) {
		return s.Replica().Find(ctx, participant, text)
	})
}

// Send writes a text to participants of a matter, each in their own chat. draft is the participant of the chat it was
// typed in. It returns text_required, text_too_long, text_invalid and not_found.
func (a *App) Send(draft string, to []string, text string, setStatus bool) ([]replica.Message, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]replica.Message, error) {
		return s.Send(ctx, draft, to, text, setStatus)
	})
}

// SaveDraft keeps what was typed in a chat, also when the copy has just been locked.
func (a *App) SaveDraft(participant, text string, setStatus bool) error {
	return a.doAlsoLocked(func(ctx context.Context, s *session.Session) error {
		return s.Replica().SaveDraft(ctx, participant, replica.Draft{Text: text, SetStatus: setStatus})
	})
}

// Decide makes a message the current status of its chat once the portal can be reached, or with "" removes the status.
// It returns not_found.
func (a *App) Decide(participant, message string) error {
	return a.change(func(ctx context.Context, r *replica.Replica) error { return r.Decide(ctx, participant, message) })
}

// UseMine asks again for a status that was rejected because someone else had set another. It returns not_found.
func (a *App) UseMine(id string) error {
	return a.change(func(ctx context.Context, r *replica.Replica) error { return r.UseMine(ctx, id) })
}

// KeepTheirs keeps the status that someone else has set, and drops the user's. It returns not_found.
func (a *App) KeepTheirs(id string) error { return a.RemoveUnsent(id) }

// change makes a change in the replica, which the syncer sends to the portal.
func (a *App) change(do func(context.Context, *replica.Replica) error) error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		return s.Change(func(r *replica.Replica) error { return do(ctx, r) })
	})
}

// Outbox returns everything that the portal hasn't confirmed, in the order of writing.
func (a *App) Outbox() ([]replica.Unsent, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]replica.Unsent, error) {
		return s.Replica().Outbox(ctx)
	})
}

// EditUnsent takes a message back into the chat's draft. It returns not_found if it is being sent.
func (a *App) EditUnsent(id string) (replica.Draft, error) {
	return with(a, func(ctx context.Context, s *session.Session) (replica.Draft, error) { return s.Replica().Edit(ctx, id) })
}

// RemoveUnsent removes a message that wasn't sent. It returns not_found if it is being sent.
func (a *App) RemoveUnsent(id string) error {
	return a.do(func(ctx context.Context, s *session.Session) error { return s.Replica().Remove(ctx, id) })
}

// SetReminder makes a chat remind the user at a time, or with 0 ends its reminder. Until then the chat has no alert for
// messages up to a version. It returns not_found.
func (a *App) SetReminder(participant string, dueAt, version int64) error {
	return a.change(func(ctx context.Context, r *replica.Replica) error {
		return r.SetReminder(ctx, participant, dueAt, version)
	})
}

// MarkRead marks a chat as read up to a version. It returns not_found.
func (a *App) MarkRead(participant string, version int64) error {
	return a.change(func(ctx context.Context, r *replica.Replica) error { return r.MarkRead(ctx, participant, version) })
}
