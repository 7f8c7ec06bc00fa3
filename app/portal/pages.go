package portal

import (
	"bytes"
	_ "embed"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed favicon.ico
var favicon []byte

// robots keeps a firm's portal out of search engines.
const robots = "User-agent: *\nDisallow: /\n"

// pagePaths are the paths of the client pages, which are a single file.
var pagePaths = []string{"", "join", "invited", "reset", passkeyPage}

// servePages serves the client pages and their files. Anything else is not found: a missing script must not be a page.
func servePages(mux *http.ServeMux, files fs.FS) {
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		http.ServeContent(w, r, "favicon.ico", time.Time{}, bytes.NewReader(favicon))
	})
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "robots.txt", time.Time{}, strings.NewReader(robots))
	})
	server := http.FileServerFS(files)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		info, err := fs.Stat(files, name)
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Nothing can be sent to this page.", http.StatusMethodNotAllowed)
		case slices.Contains(pagePaths, name):
			http.ServeFileFS(w, r, files, "index.html")
		case err == nil && !info.IsDir():
			if strings.HasPrefix(name, "assets/") { // their names contain a hash of their content
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			server.ServeHTTP(w, r)
		default:
			http.Error(w, "This page doesn't exist. Open the link you got from your law firm again.", http.StatusNotFound)
		}
	})
}
