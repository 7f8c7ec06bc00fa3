package postgres

import "time"

// SetIdleTimeout lets tests shorten the timeout.
func SetIdleTimeout(timeout time.Duration) (reset func()) {
	before := idleTimeout
	idleTimeout = timeout
	return func() { idleTimeout = before }
}
