//go:build !linux

package notification

import (
	"errors"

	"matterline/app/alert"
)

// service doesn't exist yet on this system: beeep shows everything, and reports no clicks.
type service struct{ onClick func(alert.Notification) }

func (*service) show(alert.Notification, []byte) error { return errors.ErrUnsupported }

func (*service) withdraw(func(alert.Notification) bool) {}
