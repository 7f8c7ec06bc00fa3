package portal

import (
	"io"
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
	return newBody(httptest.NewRecorder(), io.NopCloser(r), 1<<30, values, time.Minute, time.Minute)
}
