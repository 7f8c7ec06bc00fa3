package portal

import (
	"context"
	"net/http"
	"strings"
)

// Request is what one request turned out to be, for the logs and metrics of whoever serves the portal. It
// holds nothing that people wrote or that lets anybody in.
type Request struct {
	Route  string // the pattern of the address that it matched
	Caller string // user, participant or nobody
	Sent   int    // how many messages it sent
}

type requestKey struct{}

// Describe has the portal describe the request that has this context.
func Describe(ctx context.Context, request *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// requestOf is where to describe the request, whether anybody asked for it or not.
func requestOf(ctx context.Context) *Request {
	if request, ok := ctx.Value(requestKey{}).(*Request); ok {
		return request
	}
	return new(Request)
}

func described(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := requestOf(r.Context())
		switch who, err := callerOf(r.Context()); {
		case err != nil:
			request.Caller = "nobody"
		case who.User:
			request.Caller = "user"
		default:
			request.Caller = "participant"
		}
		mux.ServeHTTP(w, r)
		request.Route = r.Pattern[strings.Index(r.Pattern, " ")+1:] // without the method
	})
}
