package main

import (
	"fmt"
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
