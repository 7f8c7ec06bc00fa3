package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newFront makes a front that trusts 10.0.0.0/8, and the log it writes.
func newFront(t *testing.T, public string) (*front, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	f := &front{log: slog.New(slog.NewTextHandler(log, nil))}
	check(t, f.trusted.UnmarshalText([]byte("10.0.0.0/8")))
	if public != "" {
		check(t, f.public.UnmarshalText([]byte(public)))
	}
	return f, log
}

// pass returns what a request is after it passed the front, or its answer if the front gives one.
func pass(f *front, peer, target string, header http.Header) (passed *http.Request, answer *http.Response) {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr, r.Header = peer, header
	recorder := httptest.NewRecorder()
	f.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed = r })).ServeHTTP(recorder, r)
	return passed, recorder.Result()
}

func TestHostBehindAProxy(t *testing.T) {
	for name, tt := range map[string]struct {
		peer, public string
		header       http.Header
		host         string
		secure       bool
	}{
		"NoProxy":        {"203.0.113.9:1", "", nil, "internal:8470", false},
		"ForwardedHost":  {"10.0.0.1:1", "", http.Header{"X-Forwarded-Host": {"Portal.Example"}}, "portal.example", false},
		"DefaultPort":    {"10.0.0.1:1", "", http.Header{"X-Forwarded-Host": {"portal.example:443"}, "X-Forwarded-Proto": {"https"}}, "portal.example", true},
		"OtherPort":      {"10.0.0.1:1", "", http.Header{"X-Forwarded-Host": {"portal.example:8443"}, "X-Forwarded-Proto": {"https"}}, "portal.example:8443", true},
		"Forwarded":      {"10.0.0.1:1", "", http.Header{"Forwarded": {`for=203.0.113.9;host="portal.example:8443";proto=https`}}, "portal.example:8443", true},
		"NotTrusted":     {"203.0.113.9:1", "", http.Header{"X-Forwarded-Host": {"portal.example"}}, "internal:8470", false},
		"PublicURL":      {"203.0.113.9:1", "https://Portal.Example:443", http.Header{"Origin": {"https://portal.example"}}, "portal.example", true},
		"PublicURLOther": {"203.0.113.9:1", "https://portal.example", http.Header{"Origin": {"https://evil.example"}}, "internal:8470", true},
		"PublicURLPlain": {"203.0.113.9:1", "http://portal.example", http.Header{"Origin": {"https://portal.example"}}, "internal:8470", false},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFront(t, tt.public)
			r, answer := pass(f, tt.peer, "http://internal:8470/", tt.header)
			if got := answer.Header.Get("Strict-Transport-Security"); (got != "") != tt.secure {
				t.Errorf("HSTS %q", got)
			}
			if r.Host != tt.host || (r.TLS != nil) != tt.secure {
				t.Errorf("host %s, secure %v", r.Host, r.TLS != nil)
			}
		})
	}
}

// Browsers keep using TLS after any answer that they get through a trusted proxy with TLS.
func TestHSTSBehindAProxy(t *testing.T) {
	g := startTarget(t)
	for _, path := range []string{"/healthz", "/readyz", "/", "/nothing", "/robots.txt", "/api/v1/firm", "/api/v1/nothing"} {
		for proto, want := range map[string]string{"https": "max-age=31536000", "http": "", "": ""} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+g.address+path, nil)
			check(t, err)
			req.Header.Set("X-Forwarded-Proto", proto)
			res, err := http.DefaultTransport.RoundTrip(req)
			check(t, err)
			res.Body.Close()
			if got := res.Header.Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s by %q: %q", path, proto, got)
			}
		}
	}
}

func TestPathInFrontOfThePortal(t *testing.T) {
	prefix := func(value string) http.Header { return http.Header{"X-Forwarded-Prefix": {value}} }
	for name, tt := range map[string]struct {
		peer, public string
		header       http.Header
		path, want   string // "" if the front answers
		location     string
	}{
		"None":             {"10.0.0.1:1", "", nil, "/portal/x", "/portal/x", ""},
		"Kept":             {"10.0.0.1:1", "", prefix("/portal"), "/portal/api/v1/firm?a=b", "/api/v1/firm", ""},
		"Removed":          {"10.0.0.1:1", "", prefix("/portal/"), "/api/v1/firm", "/api/v1/firm", ""},
		"Page":             {"10.0.0.1:1", "", prefix("/portal"), "/portal/", "/", ""},
		"NoSlash":          {"10.0.0.1:1", "", prefix("/portal"), "/portal?a=b", "", "/portal/?a=b"},
		"LikeIt":           {"10.0.0.1:1", "", prefix("/portal"), "/portals", "/portals", ""},
		"Deep":             {"10.0.0.1:1", "", prefix("/clients/Portal"), "/clients/Portal/join", "/join", ""},
		"OtherHost":        {"10.0.0.1:1", "", prefix("//evil.example"), "/evil.example", "", "/evil.example/"},
		"Unsafe":           {"10.0.0.1:1", "", prefix("/portal;Domain=evil.example"), "/portal/x", "/portal/x", ""},
		"NotTrusted":       {"203.0.113.9:1", "", prefix("/portal"), "/portal/x", "/portal/x", ""},
		"PublicURL":        {"203.0.113.9:1", "https://firm.example/portal/", nil, "/portal/x", "/x", ""},
		"PublicURLNoSlash": {"203.0.113.9:1", "https://firm.example/portal", nil, "/portal", "", "/portal/"},
		"PublicURLFirst":   {"10.0.0.1:1", "https://firm.example/portal", prefix("/other"), "/portal/x", "/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFront(t, tt.public)
			r, answer := pass(f, tt.peer, tt.path, tt.header)
			if got := answer.Header.Get("Location"); got != tt.location {
				t.Errorf("redirect to %q", got)
			}
			if tt.want != "" && (r == nil || r.URL.Path != tt.want) {
				t.Errorf("%v", r)
			}
		})
	}
}

func TestBadPublicURLIsRefused(t *testing.T) {
	for _, text := range []string{"portal.example", "ftp://portal.example", "https://", "https://a:b@portal.example", "https://portal.example/?a", "https://portal.example/#a", "https://portal.example/a%20b", "https://portal.example/a;b"} {
		if err := new(publicURL).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func TestUntrustedProxyIsWarnedAboutOnce(t *testing.T) {
	for name, header := range map[string]http.Header{
		"X-Forwarded-For": {"X-Forwarded-For": {"203.0.113.9"}},
		"Forwarded":       {"Forwarded": {"for=203.0.113.9"}},
		"X-Real-IP":       {"X-Real-Ip": {"203.0.113.9"}},
		"Host":            {"Origin": {"https://portal.example"}, "Sec-Fetch-Site": {"same-origin"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, log := newFront(t, "")
			pass(f, "10.0.0.1:1", "/", header)
			pass(f, "192.0.2.1:1", "/", http.Header{"Origin": {"https://evil.example"}})
			if log.Len() > 0 || f.warning() != "" {
				t.Fatalf("a warning without a reason: %s", log)
			}
			pass(f, "192.0.2.1:1", "/", header)
			pass(f, "[::ffff:192.0.2.1]:2", "/", header)
			if got := log.String(); strings.Count(got, "level=WARN") != 1 || !strings.Contains(got, "peer=192.0.2.1") || f.warning() == "" {
				t.Fatal(got)
			}
			for i := range 2 * maxUntrusted {
				pass(f, "192.0.2.1"+string(rune('0'+i))+":1", "/", header)
			}
			if got := strings.Count(log.String(), "level=WARN"); got != maxUntrusted {
				t.Fatalf("%d warnings", got)
			}
		})
	}
}
