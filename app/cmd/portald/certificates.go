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
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// loadTimeout limits how long the start waits for a stored certificate, whose revocation is checked on the network.
const loadTimeout = 10 * time.Second

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

// certificate is what TLS uses. expiry is until when it is valid, or zero if there is none yet.
type certificate struct {
	config *tls.Config
	expiry func() time.Time
}

// certificate uses the certificate in files or one from ACME. It is nil if the flags name neither.
func (c certificateFlags) certificate(ctx context.Context, address net.Addr, log *slog.Logger) (*certificate, error) {
	switch {
	case c.ACMEDomain != "":
		return c.fromACME(ctx, address, log)
	case c.TLSCertificate != "":
		f := &certificateFiles{certificate: c.TLSCertificate, key: c.TLSKey, log: log}
		if err := f.read(); err != nil {
			return nil, err
		}
		return &certificate{
			config: &tls.Config{GetCertificate: f.get},
			expiry: func() time.Time { return f.latest().Leaf.NotAfter },
		}, nil
	}
	return nil, nil
}

// certificateFiles is a certificate in two files. It reads them again when they change.
type certificateFiles struct {
	certificate, key string
	log              *slog.Logger

	mu      sync.Mutex
	version string // of the files when they were last read without an error
	failure string // why they couldn't be read since
	current *tls.Certificate
}

func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.latest(), nil
}

// latest reads the files if they have changed. While that fails, it keeps the last certificate and tries again each
// time, because a program that replaces the files may not be done.
func (f *certificateFiles) latest() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.currentVersion() == f.version {
		return f.current
	}
	err := f.read()
	if err != nil && err.Error() != f.failure {
		f.failure = err.Error()
		f.log.Error("certificate", "error", err)
	}
	return f.current
}

// read reads the files. It keeps the last certificate if that fails.
func (f *certificateFiles) read() error {
	version := f.currentVersion() // before the files are read, so that a later change is noticed
	pair, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return fmt.Errorf("read %s and %s: %w", f.certificate, f.key, err)
	}
	f.current, f.version, f.failure = &pair, version, ""
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
// own address. Clients can't connect before it has a certificate. It waits until one that is stored has been loaded.
func (c certificateFlags) fromACME(ctx context.Context, address net.Addr, log *slog.Logger) (*certificate, error) {
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
	loaded := make(chan struct{}, 1)
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: c.ACMEFolder},
		Logger:  quiet,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			switch event {
			case "cached_managed_cert": // now in use
				log.Info("certificate", "names", data["sans"])
				select {
				case loaded <- struct{}{}:
				default:
				}
			case "cert_failed":
				log.Error("certificate", "names", data["identifier"], "error", data["error"])
			}
			return nil
		},
	})
	issuer := certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: c.ACMEDirectory, Email: c.ACMEEmail, Agreed: true,
		DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: portNumber,
		Logger: quiet,
	})
	magic.Issuers = []certmagic.Issuer{issuer}
	if err := magic.ManageAsync(ctx, []string{c.ACMEDomain}); err != nil {
		return nil, err
	}
	if magic.Storage.Exists(ctx, certmagic.StorageKeys.SiteCert(issuer.IssuerKey(), c.ACMEDomain)) {
		select {
		case <-loaded:
		case <-ctx.Done():
		case <-time.After(loadTimeout):
			log.Error("the stored certificate can't be loaded yet, so clients can't connect; if this lasts, delete it to get a new one", "folder", c.ACMEFolder)
		}
	} else {
		log.Info("getting a certificate; clients can't connect until then", "names", []string{c.ACMEDomain})
	}
	return &certificate{config: magic.TLSConfig(), expiry: func() (until time.Time) {
		for _, current := range cache.AllMatchingCertificates(c.ACMEDomain) {
			if current.Leaf.NotAfter.After(until) {
				until = current.Leaf.NotAfter
			}
		}
		return until
	}}, nil
}
