package postgres

import "time"

// SetIdleTimeout lets tests shorten the timeout.
func SetIdleTimeout(timeout time.Duration) (reset func()) { return set(&idleTimeout, timeout) }

// SetTrustTime lets tests shorten the time.
func SetTrustTime(trusted time.Duration) (reset func()) { return set(&trustTime, trusted) }

func set(to *time.Duration, value time.Duration) (reset func()) {
	before := *to
	*to = value
	return func() { *to = before }
}
