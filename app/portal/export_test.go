package portal

import (
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// SetSendTimeout lets tests shorten the timeout.
func SetSendTimeout(timeout time.Duration) (before time.Duration) {
	before, sendTimeout = sendTimeout, timeout
	return before
}

// PlainBody reads a body the way huma reads it, with up to values JSON values.
func PlainBody(r io.Reader, values int) io.Reader {
	return newBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", r), 1<<30, values, time.Minute, time.Minute)
}

// SetSendRate lets tests change how many messages a participant may send in a period.
func SetSendRate(messages int, period time.Duration) (reset func()) {
	before := participantSendRate
	participantSendRate = rate{tries: messages, period: period}
	return func() { participantSendRate = before }
}

// RememberGuesses makes guesses count for days, so that a test may take its time.
func RememberGuesses() (reset func()) {
	rates := []*rate{&accountAndNetworkRate, &networkRate, &siteRate, &accountRate, &deviceRate}
	for _, r := range rates {
		r.period *= 1000
	}
	return func() {
		for _, r := range rates {
			r.period /= 1000
		}
	}
}

// SetAccountRate lets tests change how many guesses of an account's password are taken a day. It is for portals made later.
func SetAccountRate(tries int) (reset func()) {
	before := accountRate
	accountRate.tries = tries
	return func() { accountRate = before }
}

// SetPieceTimeout lets tests shorten the timeout.
func SetPieceTimeout(timeout time.Duration) (reset func()) {
	before := pieceTimeout
	pieceTimeout = timeout
	return func() { pieceTimeout = before }
}

// SetHeartbeat lets tests shorten the time between pings.
func SetHeartbeat(longest time.Duration) (reset func()) {
	before := heartbeat
	heartbeat = longest
	return func() { heartbeat = before }
}

// SetStreamTime lets tests shorten how long streams last.
func SetStreamTime(shortest, longest time.Duration) (reset func()) {
	beforeShortest, beforeLongest := shortestStream, longestStream
	shortestStream, longestStream = shortest, longest
	return func() { shortestStream, longestStream = beforeShortest, beforeLongest }
}
