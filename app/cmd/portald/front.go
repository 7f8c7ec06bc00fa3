package main

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"matterline/app/portal"
)

// front is what stands in front of the portal: proxies, and an address that isn't the one where the portal listens.
type front struct {
	trusted proxies
	public  publicURL
	log     *slog.Logger

	mu        sync.Mutex
	untrusted []netip.Addr // peers that seem to be proxies and aren't trusted
}

// maxUntrusted bounds how many untrusted peers are warned about. A client can send forwarding headers, too.
const maxUntrusted = 5

// handler gives each request the address, host and scheme of the client's own request, and removes the path in front of
// the portal's paths. Behind TLS, it tells browsers to keep using it.
func (f *front) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context()) // a copy
		base := f.public.base
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && f.trusted.include(peer.Addr()) {
			client := f.trusted.client(r.Header)
			if address, err := netip.ParseAddr(client.from); err == nil {
				r.RemoteAddr = netip.AddrPortFrom(address, 0).String()
			}
			if client.host != "" {
				r.Host = withoutDefaultPort(client.host, client.proto)
			}
			if client.proto == "https" {
				markTLS(r)
			}
			if prefixes := listOf(r.Header, "X-Forwarded-Prefix"); base == "" && len(prefixes) > 0 {
				base, _ = basePath(prefixes[len(prefixes)-1])
			}
		} else if err == nil {
			f.check(peer.Addr(), r)
		}
		if f.public.scheme == "https" {
			markTLS(r)
		}
		if r.TLS != nil { // the portal's own, or a proxy's
			w.Header().Set("Strict-Transport-Security", "max-age=31536000") // a year; other hosts of the domain aren't ours to decide about
		}
		if f.public.known() && strings.EqualFold(r.Header.Get("Origin"), f.public.origin()) {
			r.Host = f.public.host // many proxies replace it with the portal's internal one
		}
		withoutBase(base, w, r.WithContext(portal.At(r.Context(), portal.Place{Base: base, Public: f.public.String()})), next)
	})
}

// markTLS marks a request as one that the client sent over TLS.
func markTLS(r *http.Request) {
	if r.TLS == nil {
		r.TLS = &tls.ConnectionState{}
	}
}

// check warns once about each untrusted peer that seems to be a proxy: all its clients share one address, and with it
// the limit for wrong passwords.
func (f *front) check(peer netip.Addr, r *http.Request) {
	peer = peer.Unmap().WithZone("")
	if !fromProxy(r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.untrusted) < maxUntrusted && !slices.Contains(f.untrusted, peer) {
		f.untrusted = append(f.untrusted, peer)
		f.log.Warn("requests come from a proxy that isn't trusted, so all its clients share one limit for wrong passwords; if it is yours, name it with --trusted-proxies and let it send X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host", "peer", peer)
	}
}

// warning describes what is wrong in front of the portal, or returns an empty text. It names no addresses, because
// everyone can read it.
func (f *front) warning() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.untrusted) == 0 {
		return ""
	}
	return "requests come from a proxy that isn't trusted; see the log and --trusted-proxies"
}

var forwardingHeaders = []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Real-Ip", "Forwarded"}

// fromProxy reports whether a request seems to come through a proxy: by its headers, or because the browser names
// another host than the request.
func fromProxy(r *http.Request) bool {
	if slices.ContainsFunc(forwardingHeaders, func(name string) bool { return r.Header.Get(name) != "" }) {
		return true
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host != r.Host && r.Header.Get("Sec-Fetch-Site") == "same-origin"
}
