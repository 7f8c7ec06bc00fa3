package session

import (
	"context"
	"encoding/json"
	"fmt"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// repliesSetting is the setting in the replica with the saved replies, so that they can be inserted without the portal.
const repliesSetting = "replies"

// Replies returns the saved replies of the firm and of the user, as this computer has them.
func (s *Session) Replies(ctx context.Context) ([]chat.Reply, error) {
	replies := []chat.Reply{}
	text, err := s.replica.Setting(ctx, repliesSetting)
	if err != nil || text == "" {
		return replies, err
	}
	return replies, json.Unmarshal([]byte(text), &replies)
}

// FetchReplies has the saved replies fetched from the portal. The Listener is called if they are different.
func (s *Session) FetchReplies() {
	select {
	case s.replies <- struct{}{}:
	default:
	}
}

func (s *Session) forgetReplies(ctx context.Context) error {
	return s.replica.Set(ctx, repliesSetting, "")
}

// keepReplies fetches the saved replies whenever FetchReplies asks for it, until ctx ends.
func (s *Session) keepReplies(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.replies:
			if err := s.updateReplies(ctx); err != nil && ctx.Err() == nil {
				s.options.Log.Info("fetch saved replies", "error", err)
			}
		}
	}
}

func (s *Session) updateReplies(ctx context.Context) error {
	out, err := Call(ctx, s, portalapi.Replies, &portalapi.Nothing{})
	if err != nil {
		return err
	}
	text, err := json.Marshal(append([]chat.Reply{}, out.Body.Replies...)) // [] and not null
	if err != nil {
		return fmt.Errorf("keep saved replies: %w", err)
	}
	before, err := s.replica.Setting(ctx, repliesSetting)
	if err != nil || before == string(text) {
		return err
	}
	if err := s.replica.Set(ctx, repliesSetting, string(text)); err != nil {
		return err
	}
	s.options.Listener.RepliesChanged(s)
	return nil
}
