package chat

import "time"

// A device's claim of when a message was written counts if it is at most this much earlier or later than the portal's
// clock when the message was sent. A device can be offline for months. No clock set to the wrong time zone is a day ahead.
const (
	maxEarlier = 366 * 24 * time.Hour
	maxLater   = 24 * time.Hour
)

// WrittenAt returns when a message was written: the device's claim, or sentAt if the claim isn't plausible.
func WrittenAt(claimed, sentAt int64) int64 {
	if claimed == 0 || claimed < sentAt-maxEarlier.Milliseconds() || claimed > sentAt+maxLater.Milliseconds() {
		return sentAt
	}
	return claimed
}
