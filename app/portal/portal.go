// Package portal serves the firm's store of record over HTTP: the contract of portalapi (contract.go), the
// live stream (live.go), the contract's documents (docs.go) and the client pages (pages.go).
//
// Who asks is found once, before any operation (caller.go): a user of the firm by the token of their
// desktop app, a participant by the cookie of their browser. What they may see is for the store to say.
package portal

import (
	"compress/gzip"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// maxBody bounds what a request may carry: a hundred of the longest messages.
const maxBody = 8 << 20

type portal struct {
	store *records.Store
	log   *slog.Logger
	// signIns bounds the guessing of passwords, streams what one account holds open.
	signIns *limiter
	streams *gauge
}

// New is the portal as a handler. pages are the files of the client pages.
func New(store *records.Store, pages fs.FS, log *slog.Logger) http.Handler {
	p := &portal{store: store, log: log, signIns: newLimiter(), streams: newGauge()}
	mux := http.NewServeMux()
	api := newAPI(mux)
	p.serveContract(api)
	mux.HandleFunc("GET "+portalapi.Prefix+portalapi.Live.Path, p.live)
	serveDocs(mux, api.OpenAPI())
	mux.HandleFunc(portalapi.Prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, chat.ErrNotFound)
	})
	mux.Handle("/", servePages(pages))

	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, chat.Errorf(chat.NotAllowed, "", "This was asked by a page of another site."))
	}))
	return crossOrigin.Handler(withCaller(store, boundedBody(safeHeaders(compressed(described(mux))))))
}

// compressed compresses what is worth it. The live stream goes as it is: each event is to leave at once.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1<<10), gzhttp.CompressionLevel(gzip.BestSpeed))
	if err != nil {
		panic(err) // the options are constants
	}
	shorter := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == portalapi.Prefix+portalapi.Live.Path {
			next.ServeHTTP(w, r)
			return
		}
		shorter.ServeHTTP(w, r)
	})
}

func newAPI(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Matterline portal", "1")
	config.Info.Description = "What a law firm's desktop apps and its clients' browsers say to the firm's portal. Users of the firm and participants use the same operations and see different things."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema links in bodies
	config.Servers = []*huma.Server{{URL: portalapi.Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":  {Type: "http", Scheme: "bearer"},
		"cookie": {Type: "apiKey", In: "cookie", Name: portalapi.SessionCookie},
	}
	return humago.NewWithPrefix(mux, portalapi.Prefix, config)
}

// huma makes its errors through this one variable of its package.
func init() { huma.NewError = newProblem }

// newProblem turns what huma found wrong with a request into a problem that names the field and the rule.
// What people typed is not repeated.
func newProblem(status int, message string, details ...error) huma.StatusError {
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
		message = "The request is not what the portal understands: " + message + "."
	}
	return &portalapi.Problem{Title: http.StatusText(status), Status: status, Detail: message, Code: code, Field: field}
}

func boundedBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

func safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
