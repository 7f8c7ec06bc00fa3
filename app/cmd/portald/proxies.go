package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the networks of the proxies whose word is believed.
type proxies []netip.Prefix

// parseProxies reads addresses and networks, separated by commas.
func parseProxies(list string) (trusted proxies, err error) {
	for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(item)
		if err != nil {
			address, err := netip.ParseAddr(item)
			if err != nil {
				return nil, usageError{fmt.Errorf("--trusted-proxies: %q is neither an address nor a network", item)}
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		trusted = append(trusted, network)
	}
	return trusted, nil
}

func (trusted proxies) include(address netip.Addr) bool {
	for _, network := range trusted {
		if network.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// behind believes what trusted proxies say of a request: whom it is from, and that it came by TLS.
func behind(trusted proxies, next http.Handler) http.Handler {
	if len(trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err == nil && trusted.include(peer.Addr()) {
			r = r.WithContext(r.Context()) // a copy
			// Each proxy adds whom it heard it from; what stands before the first that is not ours, anybody may have written.
			said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
			for i := len(said) - 1; i >= 0; i-- {
				address, err := netip.ParseAddr(strings.TrimSpace(said[i]))
				if err != nil {
					break
				}
				r.RemoteAddr = netip.AddrPortFrom(address, 0).String()
				if !trusted.include(address) {
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
