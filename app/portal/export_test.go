package portal

import "time"

// SetSendWithin is for tests that do not wait as long as a portal does.
func SetSendWithin(within time.Duration) (before time.Duration) {
	before, sendWithin = sendWithin, within
	return before
}
