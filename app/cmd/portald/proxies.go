package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the networks of trusted proxies.
type proxies []netip.Prefix

// UnmarshalText reads addresses and networks, separated by commas.
func (p *proxies) UnmarshalText(list []byte) error {
	for item := range strings.FieldsFuncSeq(string(list), func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(item)
		if err != nil {
			address, err := netip.ParseAddr(item)
			if err != nil {
				return fmt.Errorf("%q is neither an address nor a network", item)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		*p = append(*p, network)
	}
	return nil
}

func (p proxies) include(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address.Unmap()) })
}

// handler takes a request's address, and whether it used TLS, from the headers of trusted proxies.
func (p proxies) handler(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && p.include(peer.Addr()) {
			r = r.WithContext(r.Context()) // a copy
			// Each proxy appends the address it got the request from. Addresses before the first untrusted one may be forged.
			addresses := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			for i := len(addresses) - 1; i >= 0; i-- {
				address, err := netip.ParseAddr(strings.TrimSpace(addresses[i]))
				if err != nil {
					break
				}
				r.RemoteAddr = netip.AddrPortFrom(address, 0).String()
				if !p.include(address) {
					break
				}
			}
			if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") == "https" {
				r.TLS = &tls.ConnectionState{}
			}
		}
		next.ServeHTTP(w, r)
	})
}
