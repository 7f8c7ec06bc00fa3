package session

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// repliesSetting is the setting in the replica with the saved replies, so that they can be inserted without the portal.
const repliesSetting = "replies"

// Replies returns the saved replies of the firm and of the user, as this computer has them.
func (s *Session) Replies(ctx context.Context) ([]chat.Reply, error) {
	replies := []chat.Reply{}
	err := s.Setting(ctx, repliesSetting, &replies)
	return replies, err
}

// FetchReplies starts to fetch the saved replies from the portal. If they have changed, RepliesChanged follows.
func (s *Session) FetchReplies() { signal(s.replies) }

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
	changed, err := s.SetSetting(ctx, repliesSetting, append([]chat.Reply{}, out.Body.Replies...)) // [] and not null
	if changed && err == nil {
		s.options.Listener.RepliesChanged(s)
	}
	return err
}
