// Package notification shows alerts as notifications of the operating system. Where the desktop's notification
// service reports clicks (Linux), a chat's next notification replaces its last, and notifications can be withdrawn.
// Everywhere else beeep shows them.
package notification

import (
	"html"
	"runtime"
	"slices"

	"github.com/gen2brain/beeep"

	"matterline/app/alert"
)

// Notifications are the notifications on screen.
type Notifications struct {
	icon    []byte
	service service
}

// New shows notifications with an icon, a PNG.
func New(icon []byte) *Notifications { return &Notifications{icon: icon} }

// OnClick sets a function that is called with the notification the user clicked. Call it before the first Show.
func (n *Notifications) OnClick(f func(alert.Notification)) { n.service.onClick = f }

// Show shows a notification, in place of the chat's last one if it can. It may block for a moment.
func (n *Notifications) Show(note alert.Notification) error {
	if n.service.show(note, n.icon) == nil {
		return nil
	}
	beeep.AppName = "Matterline"
	return beeep.Notify(note.Title, escape(note.Body), n.icon)
}

// KeepOnly withdraws an account's notifications of all chats but those with these participants. Summaries stay. It
// may block for a moment.
func (n *Notifications) KeepOnly(account string, participants ...string) {
	n.service.withdraw(func(note alert.Notification) bool {
		return note.Account == account && note.Participant != "" && !slices.Contains(participants, note.Participant)
	})
}

// escape keeps people's text from being read as markup, which services on Linux render in the body.
func escape(body string) string {
	if runtime.GOOS == "linux" {
		return html.EscapeString(body)
	}
	return body
}
