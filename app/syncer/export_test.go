package syncer

import "time"

// NeverRetry makes the syncer wait for Retry before it polls or tries a live stream again. Call it before Run.
func (s *Syncer) NeverRetry() {
	s.pace.poll, s.pace.silence, s.pace.firstStream, s.pace.lastStream = time.Hour, time.Hour, time.Hour, time.Hour
}

// Hurry shortens every wait. Call it before Run.
func (s *Syncer) Hurry() {
	s.pace = pace{
		firstRetry: time.Millisecond, lastRetry: 20 * time.Millisecond,
		poll: 5 * time.Millisecond, silence: 200 * time.Millisecond, firstStream: 50 * time.Millisecond, lastStream: 50 * time.Millisecond,
		signedOut: time.Hour,
	}
}

// HurryPolls shortens the waits before polls, and no others. Call it before Run.
func (s *Syncer) HurryPolls() {
	s.pace = defaultPace
	s.pace.poll, s.pace.silence = 5*time.Millisecond, 100*time.Millisecond
}

// SignedOutPace is the longest wait between requests after the session has ended.
const SignedOutPace = signedOutPace

// HurrySignedOut shortens the waits after the session has ended. Call it before Run.
func (s *Syncer) HurrySignedOut() { s.pace.signedOut = time.Millisecond }

// NetworkIs replaces what describes the network of this computer. NeverRetryFirst makes only a change of it, and Retry, try
// again a portal that couldn't be reached. Call them before Run.
func (s *Syncer) NetworkIs(now func() string) { s.watcher = &watcher{network: now} }
func (s *Syncer) NeverRetryFirst()            { s.pace.firstRetry, s.pace.lastRetry = time.Hour, time.Hour }
