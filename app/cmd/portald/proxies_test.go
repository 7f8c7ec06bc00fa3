package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTrustedProxies(t *testing.T) {
	var trusted proxies
	if err := trusted.UnmarshalText([]byte("10.0.0.0/8, 192.0.2.1")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		peer, forwarded, proto string
		from                   string
		secure                 bool
	}{
		"NoProxy":             {"203.0.113.9:1", "", "", "203.0.113.9:1", false},
		"Proxy":               {"10.0.0.1:1", "203.0.113.9", "https", "203.0.113.9:0", true},
		"ProxyWithoutTLS":     {"10.0.0.1:1", "203.0.113.9", "http", "203.0.113.9:0", false},
		"TwoProxies":          {"192.0.2.1:1", "203.0.113.9, 10.0.0.1", "https", "203.0.113.9:0", true},
		"IPv6":                {"10.0.0.1:1", "2001:db8::1", "https", "[2001:db8::1]:0", true},
		"ForgedByClient":      {"10.0.0.1:1", "198.51.100.1, 203.0.113.9", "https", "203.0.113.9:0", true},
		"NotTrusted":          {"203.0.113.9:1", "198.51.100.1", "https", "203.0.113.9:1", false},
		"Nonsense":            {"10.0.0.1:1", "unknown", "https", "10.0.0.1:1", true},
		"NonsenseInTheMiddle": {"10.0.0.1:1", "203.0.113.9, <script>, 10.0.0.2", "https", "10.0.0.2:0", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			r.Header.Set("X-Forwarded-For", tt.forwarded)
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			trusted.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.RemoteAddr != tt.from || (r.TLS != nil) != tt.secure {
					t.Errorf("from %s, secure %v", r.RemoteAddr, r.TLS != nil)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}
