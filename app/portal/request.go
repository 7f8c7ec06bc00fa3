package portal

import (
	"context"
	"net/http"
	"strings"
)

// Request describes a request for logs and metrics. It holds no text that people wrote, and no secrets.
type Request struct {
	Route  string // the pattern that matched the path
	Caller string // user, participant or nobody
	Sent   int    // the number of messages it sent
}

type requestKey struct{}

// Describe returns a context for a request. The portal describes the request in request while it handles it.
func Describe(ctx context.Context, request *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// requestOf returns where to describe a request. It is never nil.
func requestOf(ctx context.Context) *Request {
	if request, ok := ctx.Value(requestKey{}).(*Request); ok {
		return request
	}
	return new(Request)
}

func describeRequests(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := requestOf(r.Context())
		switch c, err := callerOf(r.Context()); {
		case err != nil:
			request.Caller = "nobody"
		case c.User:
			request.Caller = "user"
		default:
			request.Caller = "participant"
		}
		mux.ServeHTTP(w, r)
		request.Route = r.Pattern[strings.Index(r.Pattern, " ")+1:] // without the method
	})
}
