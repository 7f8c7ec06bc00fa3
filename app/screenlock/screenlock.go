// Package screenlock says when the computer's screen is locked. Then its user can't see the window.
package screenlock

import "log/slog"

// Watch calls changed in the background whenever the screen is locked or unlocked, until stop is called. It returns at
// once. It does nothing where the system doesn't say.
func Watch(log *slog.Logger, changed func(locked bool)) (stop func()) { return watch(log, changed) }
