package syncer

import "time"

// Hurry has the syncer wait for next to nothing. Call it before Run.
func (s *Syncer) Hurry() {
	s.pace = pace{
		first: time.Millisecond, longest: 20 * time.Millisecond,
		word: 200 * time.Millisecond, poll: 5 * time.Millisecond, again: 50 * time.Millisecond, rarely: 50 * time.Millisecond,
	}
}
