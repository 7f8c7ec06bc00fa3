package syncer

import "time"

// NeverRetry makes the syncer wait for Retry before it tries a live stream again. Call it before Run.
func (s *Syncer) NeverRetry() {
	s.pace.poll, s.pace.again, s.pace.rarely = time.Hour, time.Hour, time.Hour
}

// Hurry has the syncer wait for next to nothing. Call it before Run.
func (s *Syncer) Hurry() {
	s.pace = pace{
		first: time.Millisecond, longest: 20 * time.Millisecond,
		word: 200 * time.Millisecond, poll: 5 * time.Millisecond, again: 50 * time.Millisecond, rarely: 50 * time.Millisecond,
	}
}
