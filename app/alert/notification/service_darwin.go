package notification

import (
	"github.com/gen2brain/beeep"

	"matterline/app/alert"
)

// service shows notifications with beeep, which reports no clicks, has no actions and withdraws nothing. It starts terminal-notifier with
// the text as arguments, or osascript with a script that has the text in quotes.
type service struct {
	icon    []byte
	respond func(alert.Response)
}

func newService(icon []byte) *service { return &service{icon: icon} }

func (s *service) show(_ topic, n alert.Notification) error {
	beeep.AppName = "Matterline"
	return beeep.Notify(argument(n.Title), argument(n.Body), s.icon)
}

func (*service) withdraw(topic) {}
