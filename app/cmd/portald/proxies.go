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
			network = netip.PrefixFrom(address.WithZone(""), address.BitLen())
		}
		if network.Addr().Is4In6() && network.Bits() >= 96 {
			network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
		}
		*p = append(*p, network)
	}
	return nil
}

func (p proxies) include(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// handler takes a request's address, and whether it used TLS, from the headers of trusted proxies.
func (p proxies) handler(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && p.include(peer.Addr()) {
			client := p.client(r.Header)
			r = r.WithContext(r.Context()) // a copy
			if address, err := netip.ParseAddr(client.from); err == nil {
				r.RemoteAddr = netip.AddrPortFrom(address, 0).String()
			}
			if r.TLS == nil && client.proto == "https" {
				r.TLS = &tls.ConnectionState{}
			}
		}
		next.ServeHTTP(w, r)
	})
}
