package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// guide is a configuration in build/proxies.
type guide struct {
	file   string
	origin string // of the portal's pages
	base   string // the path in front of the portal's own
}

var guides = []guide{
	{"nginx.conf", "https://portal.example", ""},
	{"nginx-path.conf", "https://firm.example", "/portal"},
	{"Caddyfile", "https://portal.example", ""},
	{"Caddyfile-path", "https://firm.example", "/portal"},
	{"haproxy.cfg", "https://portal.example", ""},
	{"haproxy-path.cfg", "https://firm.example", "/portal"},
}

// The portal works behind real proxies with the configurations we give out. Only ports and paths differ.
func TestProxyGuides(t *testing.T) {
	for _, g := range guides {
		t.Run(g.file, func(t *testing.T) {
			s := startBehind(t, g, "--trusted-proxies", "127.0.0.1")
			t.Run("RedirectsToTLS", s.redirectsToTLS)
			t.Run("ServesPagesOverHTTP2", s.servesPages)
			t.Run("SignsInABrowser", s.signsIn)
			t.Run("RefusesOtherWebsites", s.refusesOtherWebsites)
			t.Run("StreamsAtOnce", s.streams)
			t.Run("TakesALargeBatch", s.takesALargeBatch)
			t.Run("PassesOnKnownHeads", s.passesOnKnownHeads)
			t.Run("KnowsTheClientsAddress", s.knowsAddresses)
			t.Run("ShowsAPageWhileThePortalIsAway", s.showsThatThePortalIsAway)
		})
	}
}

// behind is a portal behind a proxy, with one participant, who has signed in by a link.
type behind struct {
	guide
	link        string // for signing in
	participant string
	portald     *process
	browser     *http.Client
	authorities *x509.CertPool
	plain, tls  string // where the proxy listens
}

func startBehind(t *testing.T, g guide, flags ...string) *behind {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	s := &behind{guide: g, authorities: x509.NewCertPool(), plain: freeAddress(t), tls: freeAddress(t)}
	db, err := sqlite.Open(filepath.Join(dir, "portal.db"))
	check(t, err)
	store, err := records.Open(ctx, db, time.Now)
	check(t, err)
	check(t, store.CreateFirm(ctx, "The Firm", records.Account{Email: "admin@firm.example", Name: "Admin", Password: "correct horse battery"}))
	admin, err := store.AccountByEmail(ctx, "admin@firm.example")
	check(t, err)
	ana, err := store.AddAccount(ctx, records.Account{Email: "ana@client.example", Name: "Ana"})
	check(t, err)
	matter, err := store.AddMatter(ctx, chat.Matter{Reference: "1", Title: "Elm Street", Assigned: admin})
	check(t, err)
	s.participant, err = store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: "Ana", Role: "Client"}, ana)
	check(t, err)
	s.link, err = store.AddLink(ctx, ana, time.Now().Add(time.Hour))
	check(t, err)
	check(t, store.Close())

	flags = append([]string{"serve", "--database", "sqlite:" + filepath.Join(dir, "portal.db"), "--address", "127.0.0.1:0"}, flags...)
	s.portald = startProcess(t, exec.Command("portald", flags...), filepath.Join(dir, "portald.log"))
	address, err := s.portald.waitFor(addressOf("serving"))
	check(t, err)
	check(t, makeCertificate(dir, strings.TrimPrefix(g.origin, "https://")))
	startProxy(t, dir, g.file, s.plain, s.tls, strings.TrimPrefix(address, "http://"))
	certificate, err := os.ReadFile(filepath.Join(dir, "certificate.pem"))
	check(t, err)
	s.authorities.AppendCertsFromPEM(certificate)
	s.browser = s.newBrowser(t, "127.0.0.1")
	return s
}

func temporaryPaths(dir string) string {
	var lines strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&lines, "\t%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	return lines.String()
}

// freeAddress returns an address on the loopback interface where nothing listens.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		// Below the ports that systems give to outgoing connections: one of these could take it in the meantime.
		listener, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10_000+rand.N(20_000)))
		if err == nil {
			defer listener.Close()
			return listener.Addr().String()
		}
	}
	tb.Fatal("found no free address")
	return ""
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// serverLine is a line that names the portal.
var serverLine = regexp.MustCompile(`(?m)^.*127\.0\.0\.1:8470.*\n`)

// configuration returns a configuration in build/proxies for these addresses: the proxy's, and those of the portals.
func configuration(tb testing.TB, dir, file, plain, tls string, portals []string) string {
	tb.Helper()
	guides, err := filepath.Abs("../../../build/proxies")
	check(tb, err)
	text, err := os.ReadFile(filepath.Join(guides, file))
	check(tb, err)
	servers := serverLine.ReplaceAllStringFunc(string(text), func(line string) string {
		switch {
		case strings.HasPrefix(line, "#"):
			return line
		case strings.HasPrefix(file, "Caddyfile"):
			return strings.Replace(line, "127.0.0.1:8470", strings.Join(portals, " "), 1)
		}
		var lines string
		for i, address := range portals {
			lines += strings.NewReplacer("127.0.0.1:8470", address, "portal1", fmt.Sprint("portal", i+1)).Replace(line)
		}
		return lines
	})
	return strings.NewReplacer(
		"/etc/ssl/portal/fullchain.pem", filepath.Join(dir, "certificate.pem"),
		"/etc/ssl/portal/privkey.pem", filepath.Join(dir, "key.pem"),
		"/etc/ssl/portal/portal.pem", filepath.Join(dir, "portal.pem"),
		"/etc/portal", guides,
		"listen 80;", "listen "+plain+";",
		"listen 443 ", "listen "+tls+" ",
		"bind :80\n", "bind "+plain+"\n",
		"bind :443 ", "bind "+tls+" ",
		"http_port 80\n", "http_port "+portOf(plain)+"\n\tdefault_bind 127.0.0.1\n\tadmin off\n",
		"https_port 443\n", "https_port "+portOf(tls)+"\n",
		// nginx keeps large bodies in files, by default in folders that only root can make.
		"\nhttp {\n", "\nhttp {\n\taccess_log off;\n"+temporaryPaths(dir),
		// HAProxy doesn't start if this computer allows fewer open files.
		"maxconn 20000", "maxconn 8000",
	).Replace(servers)
}

// startProxy starts the proxy of a configuration and waits until it listens. The certificate is in dir.
func startProxy(t testing.TB, dir, file, plain, tls string, portals ...string) *process {
	t.Helper()
	return runProxy(t, dir, file, configuration(t, dir, file, plain, tls, portals))
}

// runProxy is startProxy for the text of a configuration.
func runProxy(t testing.TB, dir, file, text string) *process {
	t.Helper()
	config := filepath.Join(dir, file)
	check(t, os.WriteFile(config, []byte(text), 0o600))
	var args []string
	var listens string
	switch {
	case strings.HasPrefix(file, "nginx"):
		settings := "daemon off; pid " + filepath.Join(dir, "pid") + "; error_log stderr notice;"
		if os.Getuid() == 0 {
			settings += " user root;" // another user can't write to the test's folder
		}
		args, listens = []string{"nginx", "-c", config, "-p", dir, "-e", "stderr", "-g", settings}, `start worker process `
	case strings.HasPrefix(file, "Caddyfile"):
		args, listens = []string{"caddy", "run", "--adapter", "caddyfile", "--config", config}, `serving initial configuration`
	default:
		certificate, err := os.ReadFile(filepath.Join(dir, "certificate.pem"))
		check(t, err)
		key, err := os.ReadFile(filepath.Join(dir, "key.pem"))
		check(t, err)
		check(t, os.WriteFile(filepath.Join(dir, "portal.pem"), append(certificate, key...), 0o600))
		if os.Getuid() != 0 { // only root can become another user
			withoutUser := strings.NewReplacer("\tuser haproxy\n", "", "\tgroup haproxy\n", "")
			check(t, os.WriteFile(config, []byte(withoutUser.Replace(text)), 0o600))
		}
		args, listens = []string{"haproxy", "-W", "-f", config}, `Loading success`
	}
	cmd := exec.Command(findProxy(t, args[0]), args[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	p := startProcess(t, cmd, filepath.Join(dir, "proxy.log"))
	_, err := p.waitFor(regexp.MustCompile(listens))
	check(t, err)
	return p
}

// startProcess starts a program that runs until the test ends.
func startProcess(t testing.TB, cmd *exec.Cmd, log string) *process {
	t.Helper()
	p := &process{cmd: cmd}
	check(t, p.begin(log))
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.wait()
	})
	return p
}

// findProxy finds a proxy's program.
func findProxy(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s isn't installed; run ./build/setup test, which installs it on Debian and Ubuntu", name)
	return ""
}

// newBrowser makes a client whose connections come from an address of this computer. It finds every host at the proxy,
// and keeps cookies as a browser does.
func (s *behind) newBrowser(t *testing.T, from string) *http.Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: s.authorities},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if portOf(address) == "80" {
				return dialer.DialContext(ctx, network, s.plain)
			}
			return dialer.DialContext(ctx, network, s.tls)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	check(t, err)
	return &http.Client{
		Transport: transport, Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a request as the client pages do in a browser that names only its origin.
func (s *behind) send(t *testing.T, browser *http.Client, method, path string, body any, header ...string) (*http.Response, []byte) {
	t.Helper()
	text, err := json.Marshal(body)
	check(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, s.origin+s.base+path, strings.NewReader(string(text)))
	check(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", s.origin)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := browser.Do(req)
	check(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	check(t, err)
	if res.ProtoMajor != 2 {
		t.Errorf("%s %s: %s", method, path, res.Proto)
	}
	return res, answer
}

func (s *behind) redirectsToTLS(t *testing.T) {
	res, err := s.browser.Get(strings.Replace(s.origin, "https:", "http:", 1) + s.base + "/join?a=b")
	check(t, err)
	res.Body.Close()
	location := strings.Replace(res.Header.Get("Location"), ":"+portOf(s.tls), "", 1) // the port is only the test's
	if res.StatusCode != http.StatusPermanentRedirect || location != s.origin+s.base+"/join?a=b" {
		t.Errorf("%s %s", res.Status, res.Header.Get("Location"))
	}
}

func (s *behind) servesPages(t *testing.T) {
	res, text := s.send(t, s.browser, "GET", "/robots.txt", nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(string(text), "Disallow") || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	if res, text := s.send(t, s.browser, "GET", "/api/v1/firm", nil); res.StatusCode != http.StatusOK || !strings.Contains(string(text), "The Firm") {
		t.Errorf("%s %s", res.Status, text)
	}
	if s.base == "" {
		return
	}
	if res, _ := s.send(t, s.browser, "GET", "?a=b", nil); res.StatusCode != http.StatusPermanentRedirect || !strings.HasPrefix(res.Header.Get("Location"), s.base+"/") {
		t.Errorf("%s %s", res.Status, res.Header.Get("Location"))
	}
	site := &behind{guide: guide{origin: s.origin}}
	if res, text := site.send(t, s.browser, "GET", "/api/v1/firm", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("the portal answers for the rest of the site: %s %s", res.Status, text)
	}
}

func (s *behind) signsIn(t *testing.T) {
	res, text := s.send(t, s.browser, "POST", "/api/v1/sessions", map[string]any{"link": s.link, "cookie": true})
	if res.StatusCode != http.StatusOK || len(res.Cookies()) != 2 {
		t.Fatalf("%s %s", res.Status, text)
	}
	for _, cookie := range res.Cookies() {
		if !cookie.Secure || !cookie.HttpOnly || cookie.Path != s.base+portalapi.Prefix {
			t.Errorf("%v", cookie)
		}
	}
	if res, text := s.send(t, s.browser, "GET", "/api/v1/me", nil); res.StatusCode != http.StatusOK || !strings.Contains(string(text), "Ana") {
		t.Errorf("%s %s", res.Status, text)
	}
}

func (s *behind) refusesOtherWebsites(t *testing.T) {
	for _, header := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		// A website can't send this header, and the proxy doesn't pass it on.
		{"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"},
		{"Origin", "https://evil.example", "Forwarded", "host=evil.example"},
	} {
		if res, text := s.send(t, s.browser, "PUT", "/api/v1/reads", nil, header...); !strings.Contains(string(text), string(chat.NotAllowed)) {
			t.Errorf("%s: %s %s", header, res.Status, text)
		}
	}
}

// streams checks that a message arrives before the next heartbeat, so nothing waits for more data.
func (s *behind) streams(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.origin+s.base+portalapi.Prefix+portalapi.Live.Path, nil)
	check(t, err)
	res, err := s.browser.Do(req)
	check(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	events := bufio.NewScanner(res.Body)
	next := func() string {
		for events.Scan() {
			if name, ok := strings.CutPrefix(events.Text(), "event: "); ok {
				return name
			}
		}
		t.Fatal(events.Err())
		return ""
	}
	for _, want := range []string{portalapi.EventHeads, portalapi.EventPing} {
		if name := next(); name != want {
			t.Fatal(name)
		}
	}
	s.sendMessages(t, "Hello")
	if name := next(); name != portalapi.EventChanges {
		t.Fatal(name)
	}
}

// passesOnKnownHeads checks that the long header of an app with many matters arrives.
func (s *behind) passesOnKnownHeads(t *testing.T) {
	var now, part portalapi.Heads
	heads := func(into *portalapi.Heads, header ...string) {
		_, text := s.send(t, s.browser, "GET", portalapi.Prefix+portalapi.Matters.Path, nil, header...)
		check(t, json.Unmarshal(text, into))
	}
	heads(&now)
	many := now
	for i := range 1000 {
		many.Matters = append(many.Matters, chat.Head{Matter: fmt.Sprint(i), Version: 1})
	}
	heads(&part, portalapi.KnownHeader, many.Known())
	if now.Buckets != nil || part.Buckets == nil {
		t.Errorf("%+v, and with the header %+v", now, part)
	}
}

func (s *behind) takesALargeBatch(t *testing.T) {
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = strings.Repeat("😀", chat.MaxText) // four bytes each
	}
	s.sendMessages(t, texts...)
}

func (s *behind) sendMessages(t *testing.T, texts ...string) {
	t.Helper()
	in := new(portalapi.SendMessagesInput)
	for _, text := range texts {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{ID: uuid.NewString(), Participant: s.participant, Text: text})
	}
	res, answer := s.send(t, s.browser, "POST", "/api/v1/messages", in.Body)
	out := new(portalapi.SendMessagesOutput)
	if err := json.Unmarshal(answer, &out.Body); res.StatusCode != http.StatusOK || err != nil || len(out.Body.Results) != len(texts) {
		t.Fatalf("%s %.200s", res.Status, answer)
	}
	for _, result := range out.Body.Results {
		if result.Error != nil {
			t.Fatal(result.Error)
		}
	}
}

// knowsAddresses checks that one address can use up only its own tries, also if it claims to be others.
func (s *behind) knowsAddresses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has several loopback addresses without setup")
	}
	guesser, other := s.newBrowser(t, "127.0.0.2"), s.newBrowser(t, "127.0.0.3")
	guess := func(browser *http.Client, i int) int {
		address := fmt.Sprintf("198.51.100.%d", i)
		res, _ := s.send(t, browser, "POST", "/api/v1/sessions", map[string]any{"link": "guessed"},
			"X-Forwarded-For", address, "Forwarded", "for="+address, "X-Real-Ip", address)
		return res.StatusCode
	}
	limited := false
	for i := 0; i < 250 && !limited; i++ {
		limited = guess(guesser, i) == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("the portal believes the address that a client claims")
	}
	_, err := s.portald.waitFor(regexp.MustCompile(`msg="sign-in refused" address=127\.0\.0\.2 `))
	check(t, err)
	if status := guess(other, 1); status != http.StatusForbidden {
		t.Errorf("another client is limited too: %d", status)
	}
}

// showsThatThePortalIsAway stops the portal, and opens a page.
func (s *behind) showsThatThePortalIsAway(t *testing.T) {
	check(t, s.portald.cmd.Process.Signal(syscall.SIGTERM))
	check(t, s.portald.wait())
	res, err := s.browser.Get(s.origin + s.base + "/join")
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	check(t, err)
	if res.StatusCode != http.StatusServiceUnavailable || kind != "text/html" || res.Header.Get("Retry-After") != "5" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	if !strings.Contains(string(text), "Back in a moment") {
		t.Errorf("%s", text)
	}
}

// Behind a proxy that isn't trusted, all clients share one address. The operator can see that, and people get in on the
// devices they have used before.
func TestUntrustedProxy(t *testing.T) {
	s := startBehind(t, guides[0])
	t.Run("IsReported", func(t *testing.T) {
		if res, text := s.send(t, s.browser, "GET", "/readyz", nil); res.StatusCode != http.StatusOK || !strings.Contains(string(text), "--trusted-proxies") {
			t.Errorf("%s %s", res.Status, text)
		}
		_, err := s.portald.waitFor(regexp.MustCompile(`level=WARN .*proxy that isn't trusted.* peer=127\.0\.0\.1$`))
		check(t, err)
	})
	signIn := func(browser *http.Client, password string) *http.Response {
		res, _ := s.send(t, browser, "POST", "/api/v1/sessions",
			map[string]any{"email": "admin@firm.example", "password": password, "cookie": true}, "Sec-Fetch-Site", "same-origin")
		return res
	}
	if res := signIn(s.browser, "correct horse battery"); res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	guesser := s.newBrowser(t, "127.0.0.1")
	for range 10 {
		if res := signIn(guesser, "guessed"); res.StatusCode != http.StatusForbidden {
			t.Fatal(res.Status)
		}
	}
	if res := signIn(guesser, "guessed"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	if res := signIn(s.browser, "correct horse battery"); res.StatusCode != http.StatusOK {
		t.Errorf("a known browser is locked out: %s", res.Status)
	}
}
