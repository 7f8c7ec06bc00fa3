package desktop

import (
	"context"
	"strings"

	"matterline/app/alert"
	"matterline/app/replica"
	"matterline/app/session"
)

// MarkRead marks a chat as read up to the message that a notification shows.
func (c *Controls) MarkRead(n alert.Notification) {
	err := c.app.changeIn(n.Account, func(ctx context.Context, r *replica.Replica) error {
		return r.MarkReadUpTo(ctx, n.Participant, n.Message, n.Version)
	})
	if err != nil {
		c.app.log.Error("mark as read in a notification", "error", c.app.describeError(err))
	}
}

// Reply sends what the user typed in a chat's notification, and marks the chat as read up to the message that the
// notification shows. What can't be sent is kept in the chat's draft, and a notification says why.
func (c *Controls) Reply(n alert.Notification, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	a := c.app
	_, err := inAccount(a, n.Account, nothing(func(ctx context.Context, s *session.Session) error {
		_, err := s.Send(ctx, "", []string{n.Participant}, text, false)
		return err
	}))
	if err == nil {
		c.MarkRead(n)
		return
	}
	body := a.describeError(err).Message
	if s, gone := a.sessionOf(n.Account); gone == nil && s.Replica().AddToDraft(context.Background(), n.Participant, text) == nil {
		body += " It's in the chat's message box."
	}
	a.notifications.Show(alert.Notification{
		Title: "Your reply wasn't sent", Body: body, Account: n.Account, Topic: alert.ProblemTopic, Matter: n.Matter, Participant: n.Participant,
	})
}
