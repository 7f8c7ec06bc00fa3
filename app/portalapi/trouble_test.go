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

// certificate makes one for a host that its own pool trusts, valid between two times.
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

// serve serves until the test ends, with TLS if there is a certificate.
func serve(t *testing.T, handler http.HandlerFunc, certificates ...tls.Certificate) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	if len(certificates) > 0 {
		s.TLS = &tls.Config{Certificates: certificates}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// client is one whose transport trusts the pool and goes by the proxy, if there are any.
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

// nobody listens there: a port so low is given to nobody who asks for any.
const nobody = "127.0.0.1:1"

// What stands between a client and its portal is told apart, over real connections.
func TestTrouble(t *testing.T) {
	now := time.Now()
	me := answer(http.StatusOK, "application/json", `{"name":"Maya"}`)
	good, trusted := certificate(t, "127.0.0.1", now.Add(-time.Hour), now.Add(time.Hour))
	expired, trustedExpired := certificate(t, "127.0.0.1", now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1))
	early, trustedEarly := certificate(t, "127.0.0.1", now.AddDate(1, 0, 0), now.AddDate(2, 0, 0))
	elsewhere, trustedElsewhere := certificate(t, "portal.example", now.Add(-time.Hour), now.Add(time.Hour))
	secure := serve(t, me, good)
	plain := func(handler http.HandlerFunc) *Client { return client(serve(t, handler).URL, nil, "") }
	by := func(proxy http.HandlerFunc) *Client { return client(secure.URL, trusted, serve(t, proxy).URL) }
	status := func(status int) http.HandlerFunc { return answer(status, "text/html", "<h1>no</h1>") }

	for _, tt := range []struct {
		name   string
		client *Client
		code   chat.Code // empty: it answers
		says   string
	}{
		{"OK", client(secure.URL, trusted, ""), "", ""},
		{"OKByProxy", by(tunnel), "", ""},
		{"Refused", client("http://"+nobody, nil, ""), chat.Unreachable, "does not answer"},
		{"NoSuchName", client("https://nowhere.invalid", nil, ""), chat.Unreachable, "does not answer"},
		{"Maintenance", plain(status(http.StatusServiceUnavailable)), chat.Unreachable, "does not answer"},
		{"BadGateway", plain(status(http.StatusBadGateway)), chat.Unreachable, "does not answer"},
		{"CutShort", plain(answer(http.StatusOK, "application/json", `{"name":`)), chat.Unreachable, "does not answer"},
		{"HungUp", plain(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), chat.Unreachable, "does not answer"},

		{"Page", plain(answer(http.StatusOK, "text/html", "<h1>Welcome</h1>")), WrongAddress, "not a Matterline portal"},
		{"OtherProgram", plain(answer(http.StatusNotFound, "text/plain", "404 page not found")), WrongAddress, "not a Matterline portal"},
		{"Captive", plain(http.RedirectHandler("/sign-in", http.StatusFound).ServeHTTP), WrongAddress, "sign in to the network first"},
		{"NotSecure", client(strings.Replace(serve(t, me).URL, "http:", "https:", 1), nil, ""), WrongAddress, "does not speak securely"},
		{"Network", plain(status(http.StatusNetworkAuthenticationRequired)), Proxy, "sign in to it first"},

		{"Expired", client(serve(t, me, expired).URL, trustedExpired, ""), Untrusted, "which is not now"},
		{"NotYet", client(serve(t, me, early).URL, trustedEarly, ""), Untrusted, "which is not now"},
		{"OtherHost", client(serve(t, me, elsewhere).URL, trustedElsewhere, ""), Untrusted, "made out to another address"},
		{"UnknownAuthority", client(secure.URL, x509.NewCertPool(), ""), Untrusted, "Nobody that this computer trusts"},

		{"ProxyAsks", by(status(http.StatusProxyAuthRequired)), Proxy, "asks for a sign-in"},
		{"ProxyForbids", by(status(http.StatusForbidden)), Proxy, "does not let Matterline through"},
		{"ProxyFindsNobody", by(status(http.StatusBadGateway)), chat.Unreachable, "does not answer"},
		{"ProxyAway", client(secure.URL, trusted, "http://"+nobody), Proxy, "proxy that this computer is set to use"},
		{"PlainProxyAsks", client("http://portal.example", nil, serve(t, status(http.StatusProxyAuthRequired)).URL), Proxy, "asks for a sign-in"},

		{"SignedOut", plain(answer(http.StatusUnauthorized, "application/problem+json", `{"code":"signed_out","detail":"You are signed out."}`)), chat.SignedOut, "signed out"},
		{"TooLargeInFront", plain(status(http.StatusRequestEntityTooLarge)), chat.TooLarge, "larger than the portal takes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Call(t.Context(), tt.client, Me, &Nothing{})
			if tt.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if chat.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("%s: %v", chat.CodeOf(err), err)
			}
			if err := tt.client.Follow(t.Context(), func(Event) error { return nil }); tt.name != "CutShort" && chat.CodeOf(err) != tt.code {
				t.Fatalf("following: %s: %v", chat.CodeOf(err), err)
			}
		})
	}
}

// tunnel is an honest proxy.
func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	// Taken over before it is told to begin, so that nothing which the client then sends is read in between.
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

// A page that a network puts in the way is never taken for the answer to a call that has none: what was asked
// would be forgotten, and never have been done.
func TestRedirectIsNoAnswer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /", http.RedirectHandler("/welcome", http.StatusFound).ServeHTTP)
	mux.HandleFunc("GET /welcome", answer(http.StatusOK, "text/html", "<h1>Welcome</h1>"))
	for _, handler := range []http.HandlerFunc{mux.ServeHTTP, answer(http.StatusOK, "text/html", "<h1>Welcome</h1>")} {
		in := &ReadsInput{}
		in.Body.Reads = []Mark{{Participant: "ana", Upto: 1}}
		if _, err := Call(t.Context(), client(serve(t, handler).URL, nil, ""), MarkRead, in); chat.CodeOf(err) != WrongAddress {
			t.Fatal(err)
		}
	}
}

func TestAhead(t *testing.T) {
	c := client(serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		answer(http.StatusOK, "application/json", `{}`)(w, r)
	}).URL, nil, "")
	if _, err := Call(context.Background(), c, Me, &Nothing{}); err != nil {
		t.Fatal(err)
	}
	if ahead := c.Ahead().Round(time.Minute); ahead != time.Hour {
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
