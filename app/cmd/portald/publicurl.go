package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// publicURL is the portal's address as people type it, such as https://firm.example/portal/. The zero value stands for
// an address that isn't known.
type publicURL struct {
	scheme, host string
	base         string // the path without a slash at its end: /portal, or empty
}

// UnmarshalText reads an address.
func (p *publicURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is not an address such as https://portal.firm.example or https://firm.example/portal/", text)
	}
	base, ok := basePath(u.Path)
	if !ok {
		return fmt.Errorf("%q must have only letters, digits, dots, hyphens and underscores in its path", text)
	}
	*p = publicURL{scheme: u.Scheme, host: withoutDefaultPort(strings.ToLower(u.Host), u.Scheme), base: base}
	return nil
}

func (p publicURL) known() bool { return p.host != "" }

// String returns the address without a slash at its end, or an empty text.
func (p publicURL) String() string {
	if !p.known() {
		return ""
	}
	return p.origin() + p.base
}

// origin is what a browser sends as the Origin of the portal's pages.
func (p publicURL) origin() string { return p.scheme + "://" + p.host }

// maxBase bounds a path in front of the portal's own paths, in bytes.
const maxBase = 200

// basePath returns a path without a slash at its end. It reports false if the path can't be in a cookie's path as it is.
func basePath(typed string) (base string, ok bool) {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/.-_~", r)
	}
	if len(typed) > maxBase || strings.ContainsFunc(typed, func(r rune) bool { return !plain(r) }) {
		return "", false
	}
	return strings.TrimSuffix(path.Clean("/"+typed), "/"), true
}

// withoutBase serves the request for a path below base as one for the path after it. Some proxies remove the base
// themselves, so a path that isn't below it stays. The page's own links need the slash at the end of the base.
func withoutBase(base string, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if base != "" && r.URL.Path == base && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		to := url.URL{Path: base + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
		return
	}
	if base != "" && strings.HasPrefix(r.URL.Path, base+"/") {
		http.StripPrefix(base, next).ServeHTTP(w, r)
		return
	}
	next.ServeHTTP(w, r)
}

func withoutDefaultPort(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
