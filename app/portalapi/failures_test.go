package portalapi

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
)

// certificate makes a certificate for a host, valid between two times, and a pool that trusts it.
func certificate(t *testing.T, host string, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// serve runs a server until the test ends, with TLS if there is a certificate.
func serve(t *testing.T, handler http.HandlerFunc, certificates ...tls.Certificate) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that don't trust it cause errors
	if len(certificates) > 0 {
		s.TLS = &tls.Config{Certificates: certificates}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// client is a client that trusts the pool and uses the proxy, if given.
func client(address string, pool *x509.CertPool, proxy string) *Client {
	c := NewClient(address, "token")
	t := newTransport()
	t.DisableKeepAlives = true
	t.TLSClientConfig = &tls.Config{RootCAs: pool}
	if proxy != "" {
		u, _ := url.Parse(proxy)
		t.Proxy = http.ProxyURL(u)
	}
	c.http.Transport = t
	return c
}

func answer(status int, kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

// deadAddress is an address without a listener: the system never assigns a port this low.
const deadAddress = "127.0.0.1:1"

// The client tells apart, over real connections, why it can't use its portal.
func TestFailures(t *testing.T) {
	now := time.Now()
	me := answer(http.StatusOK, "application/json", `{"name":"Maya"}`)
	good, trusted := certificate(t, "127.0.0.1", now.Add(-time.Hour), now.Add(time.Hour))
	expired, trustedExpired := certificate(t, "127.0.0.1", now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1))
	early, trustedEarly := certificate(t, "127.0.0.1", now.AddDate(1, 0, 0), now.AddDate(2, 0, 0))
	elsewhere, trustedElsewhere := certificate(t, "portal.example", now.Add(-time.Hour), now.Add(time.Hour))
	secure := serve(t, me, good)
	notSecure := serve(t, me).Listener.Addr().String()
	toNotSecure := func(w http.ResponseWriter, r *http.Request) {
		r.Host = notSecure
		tunnel(w, r)
	}
	plain := func(handler http.HandlerFunc) *Client { return client(serve(t, handler).URL, nil, "") }
	signedOut := func(handler http.HandlerFunc) *Client {
		c := plain(handler)
		c.SetToken("")
		return c
	}
	by := func(proxy http.HandlerFunc) *Client { return client(secure.URL, trusted, serve(t, proxy).URL) }
	status := func(status int) http.HandlerFunc { return answer(status, "text/html", "<h1>no</h1>") }

	for _, tt := range []struct {
		name   string
		client *Client
		code   chat.Code // empty: the call succeeds
		text   string
	}{
		{"OK", client(secure.URL, trusted, ""), "", ""},
		{"OKByProxy", by(tunnel), "", ""},
		{"Refused", client("http://"+deadAddress, nil, ""), chat.Unreachable, "reach the portal"},
		{"NoSuchName", client("https://nowhere.invalid", nil, ""), chat.Unreachable, "reach the portal"},
		{"Maintenance", plain(status(http.StatusServiceUnavailable)), Unavailable, "busy or restarting"},
		{"BadGateway", plain(status(http.StatusBadGateway)), Unavailable, "busy or restarting"},
		{"CutShort", plain(answer(http.StatusOK, "application/json", `{"name":`)), chat.Unreachable, "reach the portal"},
		{"HungUp", plain(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), chat.Unreachable, "reach the portal"},

		{"Page", signedOut(answer(http.StatusOK, "text/html", "<h1>Welcome</h1>")), WrongAddress, "no Matterline portal"},
		{"OtherProgram", signedOut(answer(http.StatusNotFound, "text/plain", "404 page not found")), WrongAddress, "no Matterline portal"},
		{"CaptiveAtSignIn", signedOut(http.RedirectHandler("/sign-in", http.StatusFound).ServeHTTP), WrongAddress, "sign in to the network first"},
		{"Captive", plain(http.RedirectHandler("/sign-in", http.StatusFound).ServeHTTP), Intercepted, "answered instead of the portal"},
		{"NotModified", plain(status(http.StatusNotModified)), Intercepted, "answered instead of the portal"},
		{"NotSecure", client("https://portal.example", nil, serve(t, toNotSecure).URL), WrongAddress, "won't connect"},
		{"NotSecureHere", client("https://"+notSecure, nil, ""), WrongAddress, "Use http://" + notSecure},
		{"Network", plain(status(http.StatusNetworkAuthenticationRequired)), Proxy, "requires you to sign in"},

		{"Expired", client(serve(t, me, expired).URL, trustedExpired, ""), Untrusted, "only valid from"},
		{"NotYet", client(serve(t, me, early).URL, trustedEarly, ""), Untrusted, "only valid from"},
		{"OtherHost", client(serve(t, me, elsewhere).URL, trustedElsewhere, ""), Untrusted, "belongs to another address"},
		{"UnknownAuthority", client(secure.URL, x509.NewCertPool(), ""), Untrusted, "doesn't trust the security certificate"},

		{"ProxyAsks", by(status(http.StatusProxyAuthRequired)), Proxy, "requires a name and password"},
		{"ProxyForbids", by(status(http.StatusForbidden)), Proxy, "blocks the connection"},
		{"ProxyFindsNobody", by(status(http.StatusBadGateway)), chat.Unreachable, "reach the portal"},
		{"ProxyAway", client(secure.URL, trusted, "http://"+deadAddress), Proxy, "this computer's proxy server"},
		{"PlainProxyAsks", client("http://portal.example", nil, serve(t, status(http.StatusProxyAuthRequired)).URL), Proxy, "requires a name and password"},

		{"SignedOut", plain(answer(http.StatusUnauthorized, "application/problem+json", `{"code":"signed_out","detail":"You are signed out."}`)), chat.SignedOut, "signed out"},
		{"TooLargeInFront", plain(status(http.StatusRequestEntityTooLarge)), Intercepted, "as much text at once"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Call(t.Context(), tt.client, Me, &Nothing{})
			if tt.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if chat.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("%s: %v", chat.CodeOf(err), err)
			}
			if err := tt.client.Follow(t.Context(), func(Event) error { return nil }); tt.name != "CutShort" && chat.CodeOf(err) != tt.code {
				t.Fatalf("following: %s: %v", chat.CodeOf(err), err)
			}
		})
	}
}

// tunnel is a working proxy.
func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	// Hijack before answering, so that the server doesn't read what the client sends after the answer.
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(there, here)
		there.Close()
	}()
	io.Copy(here, there)
}

// A network's page never passes for the answer to a call without an output: the client would believe that the portal
// had done what was asked.
func TestRedirectIsNoAnswer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /", http.RedirectHandler("/welcome", http.StatusFound).ServeHTTP)
	mux.HandleFunc("GET /welcome", answer(http.StatusOK, "text/html", "<h1>Welcome</h1>"))
	for _, handler := range []http.HandlerFunc{mux.ServeHTTP, answer(http.StatusOK, "text/html", "<h1>Welcome</h1>")} {
		in := &ReadsInput{}
		in.Body.Reads = []ReadMark{{Participant: "ana", Upto: 1}}
		if _, err := Call(t.Context(), client(serve(t, handler).URL, nil, ""), MarkRead, in); chat.CodeOf(err) != Intercepted {
			t.Fatal(err)
		}
	}
}

func TestClockAhead(t *testing.T) {
	c := client(serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		answer(http.StatusOK, "application/json", `{}`)(w, r)
	}).URL, nil, "")
	if _, err := Call(context.Background(), c, Me, &Nothing{}); err != nil {
		t.Fatal(err)
	}
	if ahead := c.ClockAhead().Round(time.Minute); ahead != time.Hour {
		t.Fatal(ahead)
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		level, needs int
		code         chat.Code
	}{{Level, Needs, chat.Internal}, {Level + 1, Level, chat.Internal}, {0, 0, TooOld}, {Needs - 1, 0, TooOld}, {Level + 9, Level + 1, TooNew}} {
		if err := (Heads{Level: tt.level, Needs: tt.needs}).Fits(); chat.CodeOf(err) != tt.code || (err == nil) != (tt.code == chat.Internal) {
			t.Errorf("level %d, needs %d: %v", tt.level, tt.needs, err)
		}
	}
}
