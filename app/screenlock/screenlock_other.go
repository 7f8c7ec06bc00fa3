//go:build !linux

package screenlock

import "log/slog"

// watch does nothing. Windows and macOS take the focus from the window when they lock the screen.
func watch(*slog.Logger, func(bool)) (stop func()) { return func() {} }
