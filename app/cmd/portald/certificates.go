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

type certificateFlags struct {
	TLSCertificate string `placeholder:"FILE" help:"The certificate and its chain. Read again when the file changes."`
	TLSKey         string `placeholder:"FILE" help:"The certificate's private key."`
	ACMEDomain     string `name:"acme-domain" placeholder:"NAME" help:"Get a certificate for this domain with ACME. Port 443 of the domain must lead to --address."`
	ACMEEmail      string `name:"acme-email" placeholder:"EMAIL" help:"Where the certificate authority sends messages."`
	ACMEDirectory  string `name:"acme-directory" default:"https://acme-v02.api.letsencrypt.org/directory" placeholder:"URL" help:"The certificate authority."`
	ACMEFolder     string `name:"acme-folder" default:"certificates" placeholder:"FOLDER" help:"Where ACME certificates are stored."`
}

// AfterApply checks the flags together. Unlike kong's own rules, it includes those from the environment.
func (c certificateFlags) AfterApply() error {
	switch {
	case (c.TLSCertificate == "") != (c.TLSKey == ""):
		return errors.New("use --tls-certificate and --tls-key together")
	case c.TLSCertificate != "" && c.ACMEDomain != "":
		return errors.New("use either --tls-certificate or --acme-domain")
	}
	return nil
}

// tlsConfig uses the certificate in files or one from ACME. It is nil if the flags name neither.
func (c certificateFlags) tlsConfig(ctx context.Context, address net.Addr, log *slog.Logger) (*tls.Config, error) {
	switch {
	case c.ACMEDomain != "":
		return c.fromACME(ctx, address, log)
	case c.TLSCertificate != "":
		f := &certificateFiles{certificate: c.TLSCertificate, key: c.TLSKey, log: log}
		f.version = f.currentVersion()
		if err := f.read(); err != nil {
			return nil, err
		}
		return &tls.Config{GetCertificate: f.get}, nil
	}
	return nil, nil
}

// certificateFiles is a certificate in two files. It reads them again when they change.
type certificateFiles struct {
	certificate, key string
	log              *slog.Logger

	mu      sync.Mutex
	version string // of the files when they were last read
	current *tls.Certificate
}

// get reads the files if they have changed. If that fails, it logs the error and keeps the last certificate.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if version := f.currentVersion(); version != f.version {
		f.version = version
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

// currentVersion changes when one of the files does.
func (f *certificateFiles) currentVersion() (version string) {
	for _, path := range []string{f.certificate, f.key} {
		if info, err := os.Stat(path); err == nil {
			version += fmt.Sprintln(info.ModTime().UnixNano(), info.Size())
		}
	}
	return version
}

// fromACME gets a certificate and renews it in time. It answers the authority's challenge (TLS-ALPN-01) at the portal's
// own address. Clients can't connect before it has a certificate.
func (c certificateFlags) fromACME(ctx context.Context, address net.Addr, log *slog.Logger) (*tls.Config, error) {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return nil, err
	}
	portNumber, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	quiet := zap.NewNop() // OnEvent logs what matters
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           quiet,
	})
	context.AfterFunc(ctx, cache.Stop)
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: c.ACMEFolder},
		Logger:  quiet,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			switch event {
			case "cached_managed_cert": // now in use
				log.Info("certificate", "names", data["sans"])
			case "cert_failed":
				log.Error("certificate", "names", data["identifier"], "error", data["error"])
			}
			return nil
		},
	})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: c.ACMEDirectory, Email: c.ACMEEmail, Agreed: true,
		DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: portNumber,
		Logger: quiet,
	})}
	return magic.TLSConfig(), magic.ManageAsync(ctx, []string{c.ACMEDomain})
}
