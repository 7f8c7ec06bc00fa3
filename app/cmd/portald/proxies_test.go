package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// originOf returns a request's address, and whether it used TLS, after it passed the trusted proxies.
func originOf(t *testing.T, peer string, header http.Header) (from string, secure bool) {
	t.Helper()
	f := &front{log: slog.New(slog.DiscardHandler)}
	check(t, f.trusted.UnmarshalText([]byte("10.0.0.0/8, 192.0.2.1, ::ffff:192.0.2.2")))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr, r.Header = peer, header
	f.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		from, secure = r.RemoteAddr, r.TLS != nil
	})).ServeHTTP(httptest.NewRecorder(), r)
	return from, secure
}

func TestTrustedProxies(t *testing.T) {
	for name, tt := range map[string]struct {
		peer, forwarded, proto string
		from                   string
		secure                 bool
	}{
		"NoProxy":             {"203.0.113.9:1", "", "", "203.0.113.9:1", false},
		"Proxy":               {"10.0.0.1:1", "203.0.113.9", "https", "203.0.113.9:0", true},
		"MappedPeer":          {"[::ffff:10.0.0.1]:1", "203.0.113.9", "https", "203.0.113.9:0", true},
		"MappedProxy":         {"192.0.2.2:1", "203.0.113.9", "https", "203.0.113.9:0", true},
		"MappedClient":        {"10.0.0.1:1", "::ffff:203.0.113.9", "https", "203.0.113.9:0", true},
		"ProxyWithoutTLS":     {"10.0.0.1:1", "203.0.113.9", "http", "203.0.113.9:0", false},
		"TwoProxies":          {"192.0.2.1:1", "203.0.113.9, 10.0.0.1", "https", "203.0.113.9:0", true},
		"IPv6":                {"10.0.0.1:1", "2001:db8::1", "https", "[2001:db8::1]:0", true},
		"IPv6WithZone":        {"10.0.0.1:1", "fe80::1%eth0", "https", "[fe80::1]:0", true},
		"Port":                {"10.0.0.1:1", "203.0.113.9:51234", "https", "203.0.113.9:0", true},
		"IPv6AndPort":         {"10.0.0.1:1", "[2001:db8::1]:443", "https", "[2001:db8::1]:0", true},
		"IPv6InBrackets":      {"10.0.0.1:1", "[2001:db8::1]", "https", "[2001:db8::1]:0", true},
		"PortsOfAllHops":      {"10.0.0.1:1", "198.51.100.1:9, 203.0.113.9:51234, 10.0.0.2:443", "https", "203.0.113.9:0", true},
		"EmptyItems":          {"10.0.0.1:1", ", 203.0.113.9, ,", "https", "203.0.113.9:0", true},
		"OnlyProxies":         {"10.0.0.1:1", "10.0.0.3, 10.0.0.2", "https", "10.0.0.3:0", true},
		"ForgedByClient":      {"10.0.0.1:1", "198.51.100.1, 203.0.113.9", "https", "203.0.113.9:0", true},
		"NotTrusted":          {"203.0.113.9:1", "198.51.100.1", "https", "203.0.113.9:1", false},
		"Nonsense":            {"10.0.0.1:1", "unknown", "https", "10.0.0.1:1", true},
		"OpenBracket":         {"10.0.0.1:1", "[2001:db8::1", "https", "10.0.0.1:1", true},
		"NonsenseInTheMiddle": {"10.0.0.1:1", "203.0.113.9, <script>, 10.0.0.2", "https", "10.0.0.2:0", true},
		"ProtoOfEachHop":      {"10.0.0.1:1", "203.0.113.9, 10.0.0.2", "https, http", "203.0.113.9:0", true},
		"ForgedProto":         {"10.0.0.1:1", "203.0.113.9", "https, http", "203.0.113.9:0", false},
		"TooLong":             {"10.0.0.1:1", strings.Repeat("10.0.0.2,", maxForwarded/8) + "203.0.113.9", "https", "10.0.0.1:1", true},
	} {
		t.Run(name, func(t *testing.T) {
			from, secure := originOf(t, tt.peer, http.Header{"X-Forwarded-For": {tt.forwarded}, "X-Forwarded-Proto": {tt.proto}})
			if from != tt.from || secure != tt.secure {
				t.Errorf("from %s, secure %v", from, secure)
			}
		})
	}
}

func TestForwardedHeader(t *testing.T) {
	for name, tt := range map[string]struct {
		lines  []string
		from   string
		secure bool
	}{
		"Plain":            {[]string{"for=203.0.113.9;proto=https"}, "203.0.113.9:0", true},
		"Cases":            {[]string{"For=203.0.113.9; PROTO=HTTPS"}, "203.0.113.9:0", true},
		"Quoted":           {[]string{`for="[2001:db8:cafe::17]:4711";proto="https";by="10.0.0.1:80"`}, "[2001:db8:cafe::17]:0", true},
		"Escaped":          {[]string{`for="203\.0.113.9:80"`}, "203.0.113.9:0", false},
		"PortUnquoted":     {[]string{"for=203.0.113.9:51234"}, "203.0.113.9:0", false},
		"TwoProxies":       {[]string{"for=203.0.113.9;proto=https, for=10.0.0.2;proto=http"}, "203.0.113.9:0", true},
		"Lines":            {[]string{"for=198.51.100.1", "for=203.0.113.9;proto=https", "for=10.0.0.2"}, "203.0.113.9:0", true},
		"ForgedByClient":   {[]string{"for=198.51.100.1;proto=https, for=203.0.113.9;proto=http"}, "203.0.113.9:0", false},
		"Unknown":          {[]string{"for=198.51.100.1, for=unknown"}, "10.0.0.1:1", false},
		"Obfuscated":       {[]string{`for=198.51.100.1, for="_gazonk:_port"`}, "10.0.0.1:1", false},
		"HiddenByTheFirst": {[]string{"for=_mdn, for=10.0.0.2;proto=https"}, "10.0.0.2:0", true},
		"NoSender":         {[]string{"proto=https"}, "10.0.0.1:1", true},
		// A client's open quote must not hide what a proxy adds on the same line.
		"OpenQuote":         {[]string{`for="198.51.100.1, for=203.0.113.9`}, "10.0.0.1:1", false},
		"OpenQuoteClosed":   {[]string{`for="198.51.100.1, for="[2001:db8::1]:443"`}, "10.0.0.1:1", false},
		"OpenQuoteLine":     {[]string{`for="198.51.100.1`, `for=203.0.113.9`}, "203.0.113.9:0", false},
		"Nonsense":          {[]string{"<script>"}, "10.0.0.1:1", false},
		"NonsenseOnTheLeft": {[]string{"<script>, for=203.0.113.9"}, "203.0.113.9:0", false},
		"TooLong":           {[]string{strings.Repeat("for=10.0.0.2,", maxForwarded/8) + "for=203.0.113.9"}, "10.0.0.1:1", false},
	} {
		t.Run(name, func(t *testing.T) {
			from, secure := originOf(t, "10.0.0.1:1", http.Header{"Forwarded": tt.lines})
			if from != tt.from || secure != tt.secure {
				t.Errorf("from %s, secure %v", from, secure)
			}
		})
	}
}

// A proxy that sets one kind of header passes on the other kind as the client sent it.
func TestForgedHeaderOfTheOtherKindIsNoWayAroundTheLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		header http.Header
		from   string
		secure bool
	}{
		"Same": {http.Header{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=203.0.113.9;proto=https"}}, "203.0.113.9:0", true},
		"OneSaysMore": {http.Header{"X-Forwarded-For": {"203.0.113.9, 10.0.0.2"}, "X-Forwarded-Proto": {"https"},
			"Forwarded": {"for=203.0.113.9"}}, "203.0.113.9:0", true},
		"Addresses": {http.Header{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {"for=198.51.100.1"}}, "10.0.0.1:1", false},
		"Hidden":    {http.Header{"X-Forwarded-For": {"198.51.100.1"}, "Forwarded": {"for=_hidden"}}, "10.0.0.1:1", false},
		"Protocols": {http.Header{"X-Forwarded-Proto": {"http"}, "Forwarded": {"proto=https"}}, "10.0.0.1:1", false},
	} {
		t.Run(name, func(t *testing.T) {
			from, secure := originOf(t, "10.0.0.1:1", tt.header)
			if from != tt.from || secure != tt.secure {
				t.Errorf("from %s, secure %v", from, secure)
			}
		})
	}
}

func FuzzForwardedHeaders(f *testing.F) {
	f.Add("198.51.100.1", `for="[2001:db8::1]:443";proto=https, for=_x`)
	f.Fuzz(func(t *testing.T, forged, forwarded string) {
		// Whatever the client sends in front, the address that the proxy appended counts, or else the proxy's own.
		for _, header := range []http.Header{
			{"X-Forwarded-For": {forged, "203.0.113.9"}},
			{"X-Forwarded-For": {forged + ", 203.0.113.9"}},
			{"X-Forwarded-For": {"203.0.113.9"}, "Forwarded": {forwarded}},
			{"Forwarded": {forwarded, "for=203.0.113.9"}},
			{"Forwarded": {forwarded + ", for=203.0.113.9"}},
			{"Forwarded": {forwarded + `, for="203.0.113.9:80"`}},
		} {
			if from, _ := originOf(t, "10.0.0.1:1", header); from != "203.0.113.9:0" && from != "10.0.0.1:1" {
				t.Errorf("%v comes from %s", header, from)
			}
		}
	})
}
