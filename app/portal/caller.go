package portal

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

type callerKey struct{}

// whoAsks is what a request's token says.
type whoAsks struct {
	chat.Caller
	token   string
	address string // where the request came from
	secure  bool   // whether it came by TLS
	err     error
}

// withCaller looks up who asks. Operations that need a caller ask for one with callerOf.
func withCaller(store *records.Store, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := whoAsks{token: tokenOf(r), address: addressOf(r), secure: r.TLS != nil, err: chat.ErrSignedOut}
		if who.token != "" {
			who.Caller, who.err = store.Caller(r.Context(), who.token)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
}

func tokenOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	if cookie, err := r.Cookie(portalapi.SessionCookie); err == nil {
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

// callerOf is who asks. It returns signed_out.
func callerOf(ctx context.Context) (whoAsks, error) {
	who, ok := ctx.Value(callerKey{}).(whoAsks)
	if !ok {
		return who, errors.New("asked without withCaller")
	}
	return who, who.err
}

// writeProblem answers with a problem, for what is served without huma.
func writeProblem(w http.ResponseWriter, err error) {
	p := portalapi.AsProblem(err)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
