// Package toast shows alerts as notifications of the operating system. Where the desktop's notification service
// tells of clicks (Linux), a click is heard, a chat's next toast takes the place of its last, and the toast of a
// chat that has been read goes. Everywhere else beeep shows them.
package toast

import (
	"html"
	"runtime"

	"github.com/gen2brain/beeep"

	"matterline/app/alert"
)

// Toasts are the toasts on screen.
type Toasts struct {
	icon    []byte
	service service
}

// New makes toasts with an icon, a PNG.
func New(icon []byte) *Toasts { return &Toasts{icon: icon} }

// OnClick sets who is told which toast was clicked. It is called before the first toast is shown.
func (t *Toasts) OnClick(clicked func(alert.Toast)) { t.service.clicked = clicked }

// Show shows a toast, if it can be in place of the chat's last. It may block for a moment.
func (t *Toasts) Show(toast alert.Toast) error {
	if t.service.show(toast, t.icon) == nil {
		return nil
	}
	beeep.AppName = "Matterline"
	return beeep.Notify(toast.Title, escape(toast.Body), t.icon)
}

// Keep takes away the toasts of all chats but those of these participants. It may block for a moment.
func (t *Toasts) Keep(participants ...string) { t.service.keep(participants) }

// escape keeps people's text from being read as markup, which servers on Linux render in the body.
func escape(body string) string {
	if runtime.GOOS == "linux" {
		return html.EscapeString(body)
	}
	return body
}
