package desktop

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Replies returns the saved replies of the firm and of the user, as this computer has them. It also asks the portal: if
// that has newer ones, EventReplies follows.
func (a *App) Replies() ([]chat.Reply, error) {
	return with(a, func(ctx context.Context, s *session.Session) ([]chat.Reply, error) {
		s.FetchReplies()
		return s.Replies(ctx)
	})
}

// SaveReply adds or changes a saved reply at the portal, under an id that the window made. It returns not_found,
// not_allowed for a reply of the firm's if the user isn't an admin, malformed, required, too_long, too_many,
// text_required, text_too_long and text_invalid.
func (a *App) SaveReply(r chat.Reply) error {
	in := &portalapi.SaveReplyInput{Reply: r.ID}
	in.Body.Title, in.Body.Text, in.Body.Firm = r.Title, r.Text, r.Firm
	return changeReplies(a, portalapi.SaveReply, in)
}

// RemoveReply removes a saved reply at the portal. It returns not_found and not_allowed.
func (a *App) RemoveReply(id string, firm bool) error {
	return changeReplies(a, portalapi.RemoveReply, &portalapi.RemoveReplyInput{Reply: id, Firm: firm})
}

// changeReplies fetches the replies also after a change that failed, because then the ones on screen may be out of
// date.
func changeReplies[I any](a *App, op portalapi.Op[I, portalapi.Nothing], in *I) error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		defer s.FetchReplies()
		_, err := session.Call(ctx, s, op, in)
		return err
	})
}
