//go:build !linux

package notification

import (
	"errors"

	"matterline/app/alert"
)

// service isn't implemented on this system yet, so beeep shows all notifications and reports no clicks.
type service struct{ onClick func(alert.Notification) }

func (*service) show(alert.Notification, []byte) error { return errors.ErrUnsupported }

func (*service) withdraw(func(alert.Notification) bool) {}
