package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/portal"
	"matterline/frontend"
)

// shutdownTimeout bounds how long requests in progress may take at shutdown.
const shutdownTimeout = 20 * time.Second

type addressFlag struct {
	Address string `default:"127.0.0.1:8470" placeholder:"HOST:PORT" help:"Where the portal listens. Port 0 picks a free one."`
}

type logFlag struct {
	Log string `default:"text" enum:"text,json" help:"The format of the log: text or json."`
}

func (f logFlag) logger() *slog.Logger {
	options := &slog.HandlerOptions{ReplaceAttr: redactAttr}
	if f.Log == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

type serveCommand struct {
	databaseFlag
	addressFlag
	Metrics string `placeholder:"HOST:PORT" help:"Where to serve Prometheus metrics at /metrics. By default there are none."`
	logFlag
	Drain          time.Duration `default:"0s" help:"How long /readyz returns 503 at shutdown before the portal stops listening."`
	TrustedProxies proxies       `placeholder:"LIST" help:"Addresses or networks of trusted proxies, separated by commas. Their X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Prefix, or Forwarded, are used."`
	AuditRetention retention     `placeholder:"TIME" help:"How long entries of the audit trail are kept, such as 400d or 10y. By default forever."`
	PublicURL      publicURL     `name:"public-url" placeholder:"URL" help:"The address where clients find the portal, such as https://firm.example/portal/, for links and behind proxies that replace it."`
	certificateFlags
	providerFlags
}

// Run serves the firm's portal until ctx ends. It then reports that it isn't ready, waits for the drain time, stops
// listening, tells the live streams when to reconnect, and finishes the requests in progress.
// collectAt is how much garbage may pile up before a collection, in percent of what is in use. The dictionaries of easy
// passwords are 10 MB that are always in use, so Go's default of 100 would let a request leave 10 MB more behind.
const collectAt = 50

func (c serveCommand) Run(ctx context.Context) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	log := c.logger()
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	nodes, leave := context.WithCancel(context.Background())
	var joined sync.WaitGroup
	joined.Go(func() { store.Join(nodes, c.Database.bus(), log) })
	defer joined.Wait()
	defer leave()
	joined.Go(func() { store.Housekeep(nodes, time.Duration(c.AuditRetention), log) })
	options, err := c.provider(store)
	if err != nil {
		return err
	}
	listener, err := listen(c.Address, "address")
	if err != nil {
		return err
	}
	defer listener.Close()
	certificate, err := c.certificate(ctx, listener.Addr(), log)
	if err != nil {
		return err
	}
	if certificate == nil && len(c.TrustedProxies) == 0 && !isLoopback(listener.Addr()) {
		log.Warn("serving without TLS: others on the network can read passwords and messages; use --tls-certificate or --acme-domain, or put a proxy with TLS in front and name it with --trusted-proxies")
	}
	if _, err := fs.Stat(frontend.Client(), "index.html"); err != nil {
		log.Warn("no client pages: build them with npm run build in frontend, then build portald again")
	}
	var expiry func() time.Time
	metrics := newMetrics(store)
	metrics.watchStore(store, c.Database)
	if certificate != nil {
		expiry = certificate.expiry
		metrics.watchCertificate(expiry)
	}
	joined.Go(func() { watch(nodes, log, expiry, store.Connections) })
	if c.Metrics != "" {
		stop, err := metrics.serve(c.Metrics, log)
		if err != nil {
			return err
		}
		defer stop()
	}

	front := &front{trusted: c.TrustedProxies, public: c.PublicURL, log: log}
	var stopping atomic.Bool
	streams, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	handler := http.NewServeMux()
	handler.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	handler.HandleFunc("GET /readyz", ready(&readiness{write: c.Database.probe(store), explain: c.Database.explain, log: log}, &stopping, front.warning))
	handler.Handle("/", observe(log, metrics, endWith(streams, portal.New(store, frontend.Client(), log, options...))))
	server := portal.NewServer(front.handler(handler))
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	server.RegisterOnShutdown(endStreams)
	failed := make(chan error, 2)
	joined.Go(func() {
		if err := watchSchema(nodes, store); err != nil {
			failed <- err
		}
	})
	scheme := "http://"
	if certificate != nil {
		scheme, server.TLSConfig = "https://", certificate.config
		go func() { failed <- server.ServeTLS(listener, "", "") }()
	} else {
		go func() { failed <- server.Serve(listener) }()
	}
	serving := []any{"address", scheme + listener.Addr().String(), "database", c.Database.String()}
	if c.Database.onPostgres() {
		connections := store.Connections()
		serving = append(serving, "connections", connections.Limit)
		if connections.Server > 0 && connections.Server < 2*connections.Limit {
			log.Warn("PostgreSQL has no room for the connections of a second portal like this one; lower --database-connections or raise max_connections", "portal", connections.Limit, "postgresql", connections.Server)
		}
	}
	log.Info("serving", serving...)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping.Store(true)
	log.Info("shutting down", "drain", c.Drain)
	select {
	case err := <-failed:
		return err
	case <-time.After(c.Drain):
	}
	timeout, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		return errors.Join(fmt.Errorf("requests were still in progress: %w", err), server.Close())
	}
	log.Info("stopped")
	return nil
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// endWith ends the live streams when ctx ends. It tells each client when to reconnect, so that they don't all come at
// the same time.
func endWith(ctx context.Context, next http.Handler) http.Handler {
	var ended atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLive(r) {
			next.ServeHTTP(w, r)
			return
		}
		live, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		next.ServeHTTP(w, r.WithContext(live))
		plain := w.Header().Get("Content-Type") == "text/event-stream" && w.Header().Get("Content-Encoding") == ""
		if plain && ctx.Err() != nil && r.Context().Err() == nil {
			fmt.Fprintf(w, "retry: %d\n\n", 500+ended.Add(1)%50*50)
		}
	})
}
