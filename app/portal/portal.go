// Package portal serves the store of record over HTTP: the operations of portalapi, the live stream, the API's
// documentation and the client pages.
//
// Each request's caller is looked up once, before any operation: a user by the token of their desktop app, a
// participant by the cookie of their browser. The store decides what the caller may see.
package portal

import (
	"compress/gzip"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sso"
)

type portal struct {
	store   *records.Store
	log     *slog.Logger
	signIns *limiter     // slows down password guessing
	streams *inUse       // bounds the live streams of an account
	uploads *inUse       // bounds the large bodies of an account
	sending *sendLimit   // slows down an account that floods chats
	taken   *takenEmails // of users who change theirs
	joining *takenEmails // of invitations
	// provider is nil if users can't sign in with the firm's own accounts.
	provider *sso.Provider
}

// New returns the portal's handler. pages holds the files of the client pages.
func New(store *records.Store, pages fs.FS, log *slog.Logger, options ...Option) http.Handler {
	p := &portal{
		store: store, log: log, signIns: newLimiter(), streams: newInUse(), uploads: newInUse(), sending: newSendLimit(),
		taken:   newTakenEmails(takenEmailRate, "an admin", chat.Taken),
		joining: newTakenEmails(joinEmailRate, "the firm", chat.Taken, chat.WrongPassword),
	}
	for _, option := range options {
		option(p)
	}
	mux := http.NewServeMux()
	api := newAPI(mux)
	p.serveContract(api)
	mux.HandleFunc("GET "+portalapi.Prefix+portalapi.Live.Path, p.live)
	serveDocs(mux, api.OpenAPI())
	mux.HandleFunc(portalapi.Prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, chat.Errorf(chat.NoOperation, "", "The portal has no such operation."))
	})
	servePages(mux, pages)

	return p.refuseOtherSites(withCaller(store, withSecurityHeaders(checkAddress(compress(describeRequests(mux))))))
}

// compress compresses larger answers. It skips the live stream, whose events must leave at once.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1<<10), gzhttp.CompressionLevel(gzip.BestSpeed))
	if err != nil {
		panic(err) // the options are constants
	}
	compressed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == portalapi.Prefix+portalapi.Live.Path {
			next.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	})
}

func newAPI(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Matterline portal", "1")
	config.Info.Description = "The API between a law firm's portal, its desktop apps and its clients' browsers. Users of the firm and participants call the same operations and see different data."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema links in bodies
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	config.Servers = []*huma.Server{{URL: portalapi.Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":  {Type: "http", Scheme: "bearer"},
		"cookie": {Type: "apiKey", In: "cookie", Name: portalapi.SessionCookie},
	}
	return humago.NewWithPrefix(mux, portalapi.Prefix, config)
}

// huma makes all its errors with this package variable.
func init() { huma.NewError = newProblem }

// newProblem turns a validation error of huma's into a problem that names the field and the rule. It doesn't
// repeat what people typed. An error of ours, such as a body that is too large, keeps its code.
func newProblem(status int, message string, details ...error) huma.StatusError {
	known, ok := errors.AsType[*chat.Error](errors.Join(details...))
	switch {
	case ok:
		return portalapi.AsProblem(known)
	case status == http.StatusRequestTimeout:
		return portalapi.AsProblem(chat.Errorf(chat.Slow, "", "The request arrived too slowly. Try again, or use another network."))
	case status >= 500: // the request broke off
		return portalapi.AsProblem(errors.New(message))
	}
	code, field := chat.Malformed, ""
	switch status {
	case http.StatusNotFound:
		code = chat.NotFound
	case http.StatusRequestEntityTooLarge:
		code = chat.TooLarge
	}
	for _, d := range details {
		var detail huma.ErrorDetailer
		if errors.As(d, &detail) {
			field, message = detail.ErrorDetail().Location, detail.ErrorDetail().Message
			break
		}
	}
	if code == chat.Malformed {
		message = "The portal doesn't understand this request: " + message + "."
	}
	return &portalapi.Problem{Title: http.StatusText(status), Status: status, Detail: message, Code: code, Field: field}
}

// checkAddress answers not_found for an address with text that isn't UTF-8 or has a null character, which PostgreSQL
// can't compare with anything.
func checkAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if text := r.URL.Path + query; err != nil || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			writeProblem(w, chat.ErrNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
