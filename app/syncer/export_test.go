package syncer

import "time"

// NeverRetry makes the syncer wait for Retry before it tries a live stream again. Call it before Run.
func (s *Syncer) NeverRetry() {
	s.pace.poll, s.pace.firstStream, s.pace.lastStream = time.Hour, time.Hour, time.Hour
}

// Hurry shortens every wait. Call it before Run.
func (s *Syncer) Hurry() {
	s.pace = pace{
		firstRetry: time.Millisecond, lastRetry: 20 * time.Millisecond,
		firstEvent: 200 * time.Millisecond, poll: 5 * time.Millisecond, firstStream: 50 * time.Millisecond, lastStream: 50 * time.Millisecond,
	}
}
