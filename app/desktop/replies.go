package desktop

import (
	"context"
	"encoding/json"
	"fmt"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// repliesSetting keeps the saved replies beside the copy, so that they can be inserted without the portal.
const repliesSetting = "replies"

// Replies are the saved replies, the firm's and the user's own. They are answered from this computer; what the
// portal has newer is fetched; EventReplies follows if that changes anything.
func (a *App) Replies() ([]chat.Reply, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	s.fetchReplies()
	return s.keptReplies(context.Background())
}

func (s *session) keptReplies(ctx context.Context) ([]chat.Reply, error) {
	replies := []chat.Reply{}
	text, err := s.replica.Setting(ctx, repliesSetting)
	if err != nil || text == "" {
		return replies, err
	}
	return replies, json.Unmarshal([]byte(text), &replies)
}

// SaveReply adds a saved reply, or changes it, under an id that the window made. It returns not_found,
// not_allowed for who saves one of the firm's and is no admin, malformed, required, too_long, too_many,
// text_required, text_too_long and text_invalid.
func (a *App) SaveReply(r chat.Reply) error {
	in := &portalapi.SaveReplyInput{Reply: r.ID}
	in.Body.Title, in.Body.Text, in.Body.Firm = r.Title, r.Text, r.Firm
	return a.changeReplies(do(a, portalapi.SaveReply, in))
}

// RemoveReply removes a saved reply. It returns not_found and not_allowed.
func (a *App) RemoveReply(id string, firm bool) error {
	return a.changeReplies(do(a, portalapi.RemoveReply, &portalapi.RemoveReplyInput{Reply: id, Firm: firm}))
}

// changeReplies fetches the replies after a change, also after one that failed: then they may be others than
// those on screen.
func (a *App) changeReplies(err error) error {
	if s, none := a.current(); none == nil {
		s.fetchReplies()
	}
	return err
}

// fetchReplies has the replies fetched from the portal soon.
func (s *session) fetchReplies() {
	select {
	case s.replies <- struct{}{}:
	default:
	}
}

// keepReplies fetches the replies whenever that is asked for, until ctx ends.
func (a *App) keepReplies(ctx context.Context, s *session) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.replies:
			if err := a.renewReplies(ctx, s); err != nil && ctx.Err() == nil {
				a.options.Log.Info("saved replies", "error", err)
			}
		}
	}
}

// renewReplies keeps the portal's replies, and tells of them if they are others than before.
func (a *App) renewReplies(ctx context.Context, s *session) error {
	out, err := portalapi.Call(ctx, s.client, portalapi.Replies, &portalapi.Nothing{})
	if err != nil {
		return err
	}
	replies := list(out.Body.Replies)
	text, err := json.Marshal(replies)
	if err != nil {
		return fmt.Errorf("keep replies: %w", err)
	}
	before, err := s.replica.Setting(ctx, repliesSetting)
	if err != nil || before == string(text) {
		return err
	}
	if err := s.replica.Set(ctx, repliesSetting, string(text)); err != nil {
		return err
	}
	a.emit(EventReplies)
	return nil
}
