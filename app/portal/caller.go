package portal

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"strings"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

type callerKey struct{}

// caller is who sent a request, and how. Its Origin is known even if there is no account.
type caller struct {
	chat.Caller
	token  string
	device string // the device secret of a browser
	secure bool   // whether the request used TLS
	origin string // of the portal's pages
	base   string // the path in front of the portal's paths, as the client sees them
	err    error  // why there is no account, if there is none
}

// withCaller looks up a request's caller once, for all handlers. They get it with callerOf.
func withCaller(store *records.Store, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{token: tokenOf(r), device: cookieOf(r, portalapi.DeviceCookie), secure: r.TLS != nil, base: placeOf(r.Context()).Base, err: chat.ErrSignedOut}
		if c.token != "" {
			c.Caller, c.err = store.CallerFrom(r.Context(), c.token, addressOf(r))
		}
		c.Address = addressOf(r)
		c.origin = originOf(placeOf(r.Context()), r.Host, c.secure)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

func tokenOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return cookieOf(r, portalapi.SessionCookie)
}

// cookieOf returns a cookie's value, or an empty text.
func cookieOf(r *http.Request, name string) string {
	if cookie, err := r.Cookie(name); err == nil {
		return cookie.Value
	}
	return ""
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// callerOf returns the caller of a request. It returns signed_out.
func callerOf(ctx context.Context) (caller, error) {
	c, ok := ctx.Value(callerKey{}).(caller)
	if !ok {
		return c, errors.New("request without withCaller")
	}
	return c, c.err
}

// writeProblem writes an error as a problem, for handlers that don't use huma.
func writeProblem(w http.ResponseWriter, err error) {
	p := portalapi.AsProblem(err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
