package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// newCertificates is how the portal proves who it is: by a certificate in files, by one from ACME, or, if
// neither is asked for, not at all (nil).
func newCertificates(ctx context.Context, c *config, address net.Addr, log *slog.Logger) (*tls.Config, error) {
	files, acme := c.tlsCertificate != "" || c.tlsKey != "", c.acmeDomain != ""
	switch {
	case files && acme:
		return nil, usageError{errors.New("--tls-certificate and --acme-domain exclude each other")}
	case acme:
		return fromACME(ctx, c, address, log)
	case files:
		if err := c.require("tls-certificate", c.tlsCertificate, "tls-key", c.tlsKey); err != nil {
			return nil, err
		}
		f := &certificateFiles{certificate: c.tlsCertificate, key: c.tlsKey, log: log}
		f.state = f.look()
		if err := f.read(); err != nil {
			return nil, err
		}
		return &tls.Config{GetCertificate: f.get}, nil
	}
	return nil, nil
}

// certificateFiles is a certificate in two files, read again when they change.
type certificateFiles struct {
	certificate, key string
	log              *slog.Logger

	mu      sync.Mutex
	state   string // of the files when they were last read, by look
	current *tls.Certificate
}

// get reads the files if they have changed. What cannot be read is logged, and the last certificate stays.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if state := f.look(); state != f.state {
		f.state = state
		if err := f.read(); err != nil {
			f.log.Error("certificate", "error", err)
		}
	}
	return f.current, nil
}

func (f *certificateFiles) read() error {
	pair, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return fmt.Errorf("read %s and %s: %w", f.certificate, f.key, err)
	}
	f.current = &pair
	f.log.Info("certificate", "names", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter)
	return nil
}

// look says something else once one of the files has changed.
func (f *certificateFiles) look() (state string) {
	for _, path := range []string{f.certificate, f.key} {
		if info, err := os.Stat(path); err == nil {
			state += fmt.Sprintln(info.ModTime().UnixNano(), info.Size())
		}
	}
	return state
}

// fromACME gets a certificate, and renews it in time, by the challenge that comes in at the portal's own
// address (TLS-ALPN-01). Until there is one nobody can connect.
func fromACME(ctx context.Context, c *config, address net.Addr, log *slog.Logger) (*tls.Config, error) {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return nil, err
	}
	at, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	quiet := zap.NewNop() // what matters of it are events
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           quiet,
	})
	context.AfterFunc(ctx, cache.Stop)
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: c.acmeFolder},
		Logger:  quiet,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			switch event {
			case "cached_managed_cert": // from here on it is served
				log.Info("certificate", "names", data["sans"])
			case "cert_failed":
				log.Error("certificate", "names", data["identifier"], "error", data["error"])
			}
			return nil
		},
	})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: c.acmeDirectory, Email: c.acmeEmail, Agreed: true,
		DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: at,
		Logger: quiet,
	})}
	return magic.TLSConfig(), magic.ManageAsync(ctx, []string{c.acmeDomain})
}
