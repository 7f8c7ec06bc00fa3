package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxForwarded bounds the length of each forwarding header, in bytes. Longer ones are ignored.
const maxForwarded = 8 << 10

// hop is one step on a request's way: who sent it to a proxy, and how. A field is empty if the proxy doesn't say.
type hop struct {
	from        string // an address, or hidden
	proto, host string
}

// hidden stands for a sender whose address a proxy hides or doesn't know, or that can't be parsed.
const hidden = "unknown"

// client says how a request reached the outermost trusted proxy, by the headers that proxies add. A client can send
// the same headers with any content. Each proxy appends a hop, so only the hops behind the last untrusted sender count.
//
// A proxy sets X-Forwarded-For or Forwarded, and may pass on the other one as the client sent it. If they disagree, one
// is forged, and neither counts.
func (p proxies) client(header http.Header) hop {
	a, b := p.outermost(xForwardedHops(header)), p.outermost(forwardedHops(header))
	return hop{from: agreed(a.from, b.from), proto: agreed(a.proto, b.proto), host: agreed(a.host, b.host)}
}

func agreed(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return ""
}

// outermost returns the last hop from an untrusted sender, or the first one if proxies sent all. A request whose sender
// is hidden counts as the request of the proxy that hides it.
func (p proxies) outermost(hops []hop) (found hop) {
	for i, h := range slices.Backward(hops) {
		address, err := netip.ParseAddr(h.from)
		if err != nil && i < len(hops)-1 {
			break
		}
		found = h
		if err != nil || !p.include(address) {
			break
		}
	}
	return found
}

// xForwardedHops reads X-Forwarded-For, with the protocols and hosts of the hops. Some proxies append these two as
// well, others replace them.
func xForwardedHops(header http.Header) []hop {
	senders, protos, hosts := listOf(header, "X-Forwarded-For"), listOf(header, "X-Forwarded-Proto"), listOf(header, "X-Forwarded-Host")
	hops := make([]hop, max(1, len(senders)))
	of := func(list []string, i int) string {
		switch len(list) {
		case 0:
			return ""
		case len(hops):
			return strings.ToLower(list[i])
		}
		return strings.ToLower(list[len(list)-1])
	}
	for i := range hops {
		hops[i] = hop{proto: of(protos, i), host: of(hosts, i)}
	}
	for i, sender := range senders {
		hops[i].from = addressIn(sender)
	}
	return hops
}

// listOf returns the items of a header's lines, or hidden if they are too long.
func listOf(header http.Header, name string) (items []string) {
	list := strings.Join(header.Values(name), ",")
	if len(list) > maxForwarded {
		return []string{hidden}
	}
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// forwardedHops reads Forwarded (RFC 7239). Each line is parsed alone: a client's broken line must not swallow the next
// one, from a proxy.
func forwardedHops(header http.Header) (hops []hop) {
	for _, line := range header.Values("Forwarded") {
		elements, ok := splitUnquoted(line, ',')
		if !ok || len(line) > maxForwarded {
			hops = append(hops, hop{from: hidden})
			continue
		}
		for _, element := range elements {
			if strings.TrimSpace(element) != "" {
				hops = append(hops, parseElement(element))
			}
		}
	}
	return hops
}

// parseElement reads one hop, such as for="[2001:db8::1]:443";proto=https.
func parseElement(element string) (h hop) {
	pairs, _ := splitUnquoted(element, ';')
	for _, pair := range pairs {
		name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
		value, ok := unquote(value)
		switch {
		case pair == "":
		case !found || !ok:
			return hop{from: hidden}
		case strings.EqualFold(name, "for"):
			h.from = addressIn(value)
		case strings.EqualFold(name, "proto"):
			h.proto = strings.ToLower(value)
		case strings.EqualFold(name, "host"):
			h.host = strings.ToLower(value)
		}
	}
	return h
}

// splitUnquoted splits text at a separator outside quotes. It reports false if a quote stays open.
func splitUnquoted(text string, separator byte) (parts []string, ok bool) {
	quoted, start := false, 0
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:]), !quoted
}

// unquote returns the text of a value, which may be in quotes. It reports false if quotes are anywhere else.
func unquote(value string) (string, bool) {
	if !strings.HasPrefix(value, `"`) {
		return value, !strings.Contains(value, `"`)
	}
	var text strings.Builder
	for i := 1; i < len(value); i++ {
		switch {
		case value[i] == '"':
			return text.String(), i == len(value)-1
		case value[i] == '\\' && i+1 < len(value):
			i++
		}
		text.WriteByte(value[i])
	}
	return "", false
}

// addressIn returns the address in a sender, which may have a port: 203.0.113.7:51234, [2001:db8::1]:443. A sender may
// also be "unknown" or an identifier such as "_hidden".
func addressIn(sender string) string {
	host, _, hasPort := strings.Cut(sender, ":")
	if strings.HasPrefix(sender, "[") {
		host, _, hasPort = strings.Cut(sender[1:], "]")
	}
	if strings.Count(sender, ":") > 1 && sender[0] != '[' || !hasPort {
		host = sender // an IPv6 address without brackets has no port
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return hidden
	}
	return address.Unmap().WithZone("").String()
}
