package portalapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"matterline/app/chat"
)

// MessageErrors are the codes with which a portal rejects a single message.
var MessageErrors = []chat.Code{
	chat.TextRequired, chat.TextTooLong, chat.TextInvalid, chat.Malformed, chat.NotFound, chat.IDTaken, chat.Removed, chat.MatterClosed,
}

// Rejection returns the error with which the operation rejected a request for good: one that it declares. With any
// other error the operation may not have run, so the same request can still succeed.
func (op Op[I, O]) Rejection(err error) (why *chat.Error, rejected bool) {
	why, _ = errors.AsType[*chat.Error](err)
	return why, why != nil && slices.Contains(op.Errors, why.Code) && why.Code != chat.TooMany && why.Code != chat.Busy
}

// Rejection returns the error with which the portal rejected a message for good.
func (r Result) Rejection() (why *chat.Error, rejected bool) {
	if r.Error == nil || !slices.Contains(MessageErrors, r.Error.Code) {
		return nil, false
	}
	return r.Error.AsError(), true
}

// maxRetryAfter bounds how long a server can make a client wait.
const maxRetryAfter = 5 * time.Minute

// RetryAfter returns how long to wait after an error because the server asks for it, or 0.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return min(max(e.RetryAfter, 0), maxRetryAfter)
	}
	return 0
}

// retryAfter reads how long a server asks to wait, in seconds or until a date.
func retryAfter(header http.Header) time.Duration {
	asked := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(asked, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(asked)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date")) // the server's clock and ours may differ
	if err != nil {
		now = time.Now()
	}
	return until.Sub(now)
}
