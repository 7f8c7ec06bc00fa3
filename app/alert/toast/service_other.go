//go:build !linux

package toast

import (
	"errors"

	"matterline/app/alert"
)

// service is no more than beeep yet, which hears no clicks.
type service struct{ clicked func(alert.Toast) }

func (*service) show(alert.Toast, []byte) error { return errors.ErrUnsupported }

func (*service) keep([]string) {}
