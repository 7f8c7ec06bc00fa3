package desktop

import (
	"strings"
	"testing"

	"matterline/app/alert"
	"matterline/app/chat"
)

// notified waits for the notification with this body.
func (o *office) notified(text string) alert.Notification {
	o.t.Helper()
	for n := range o.notifications.shown {
		if n.Body == text {
			return n
		}
	}
	return alert.Notification{}
}

// Mark as read on a notification moves the mark to the message that it shows, and no further.
func TestMarkReadInANotification(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	first := o.notified("first")
	o.anaSends("second")
	o.untilAlerts(2)
	wrong := first
	wrong.Message = "another message"
	o.controls.MarkRead(wrong) // as after a restore: the version names another message
	o.controls.MarkRead(first)
	o.untilAlerts(1)
	alerts, err := o.Alerts()
	check(t, err)
	if alerts[0].Text != "second" {
		t.Fatalf("%+v", alerts)
	}
}

// A reply on a notification goes through the outbox into the notification's chat, and doesn't touch the draft.
func TestReplyInANotification(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	n := o.notified("first")
	o.goAway()
	check(t, o.SaveDraft(o.toAna, "draft", false))
	o.controls.Reply(n, " \n ")
	o.controls.Reply(n, "Yes, it does.")
	unsent, err := o.Outbox()
	check(t, err)
	if len(unsent) != 1 || unsent[0].Text != "Yes, it does." || unsent[0].Participant != o.toAna {
		t.Fatalf("%+v", unsent)
	}
	o.untilAlerts(0)
	o.comeBack()
	o.until("sent reply", func() bool {
		unsent, err := o.Outbox()
		check(t, err)
		return len(unsent) == 0
	})
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if got := c.Messages[len(c.Messages)-1]; got.Text != "Yes, it does." || !got.Mine || c.Draft.Text != "draft" {
		t.Fatalf("%+v", c)
	}
}

// A reply that can't be sent is kept, and a notification says why, without a name.
func TestReplyThatCannotBeSent(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	n := o.notified("first")
	long := strings.Repeat("x", chat.MaxText+1)
	o.controls.Reply(n, long)
	wrong := <-o.notifications.shown
	if wrong.Title != "Your reply wasn't sent" || wrong.Participant != o.toAna {
		t.Fatalf("%+v", wrong)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if c.Draft.Text != long {
		t.Fatalf("%.20q", c.Draft.Text)
	}
	o.untilAlerts(1)

	n.Account = "someone else's"
	o.controls.Reply(n, "No")
	if wrong := <-o.notifications.shown; wrong.Body != chat.ErrSignedOut.Message {
		t.Fatalf("%+v", wrong)
	}
}

// When previews are turned off, what is on the screen with names is withdrawn.
func TestPreviewsTurnedOff(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("first")
	if n := o.notified("first"); !n.CanReply {
		t.Fatalf("%+v", n)
	}
	settings := o.Settings().Settings
	settings.Preview = false
	check(t, o.ChangeSettings(settings))
	for kept := range o.notifications.kept {
		if len(kept) == 2 && kept[0] == alert.SummaryTopic && kept[1] == alert.ConnectionTopic {
			break
		}
	}
	o.anaSends("second")
	if n := <-o.notifications.shown; n.Body != "New message in 1" || n.CanReply || !n.MarksRead() {
		t.Fatalf("%+v", n)
	}
}
