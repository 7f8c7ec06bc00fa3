package portal

import "time"

// SetSendTimeout lets tests shorten the timeout.
func SetSendTimeout(timeout time.Duration) (before time.Duration) {
	before, sendTimeout = sendTimeout, timeout
	return before
}
