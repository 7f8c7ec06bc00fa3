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
	s, err := c.app.sessionFor(n)
	if err == nil {
		err = markShown(context.Background(), s, n)
		s.ReportError(err)
	}
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
	ctx := context.Background()
	s, err := c.app.sessionFor(n)
	if err == nil {
		_, err = s.Send(ctx, "", []string{n.Participant}, text, false)
		s.ReportError(err)
	}
	if err == nil {
		err = markShown(ctx, s, n)
		s.ReportError(err)
		if err != nil {
			c.app.log.Error("mark as read after a reply", "error", c.app.describeError(err))
		}
		return
	}
	body := c.app.describeError(err).Message
	if s != nil && s.Replica().AddToDraft(ctx, n.Participant, text) == nil {
		body += " It's in the chat's message box."
	}
	c.app.notifications.Show(alert.Notification{
		Title: "Your reply wasn't sent", Body: body, Account: n.Account, Topic: alert.ProblemTopic, Matter: n.Matter, Participant: n.Participant,
	})
}

func markShown(ctx context.Context, s *session.Session, n alert.Notification) error {
	return s.Change(func(r *replica.Replica) error { return r.MarkReadUpTo(ctx, n.Participant, n.Message, n.Version) })
}

// sessionFor returns the session of a notification's account. It returns signed_out if there is none. If the copy is
// locked, it returns the session with copy_locked.
func (a *App) sessionFor(n alert.Notification) (*session.Session, error) {
	s, err := a.sessionOf(n.Account)
	if err != nil {
		return nil, err
	}
	return s, s.Locked()
}
