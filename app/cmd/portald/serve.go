package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/portal"
	"matterline/app/records"
	"matterline/frontend"
)

const (
	// answerWithin bounds how long the answers under way may take when the portal is to end.
	answerWithin = 20 * time.Second
	// readyWithin bounds how long the store may take to say that it is there.
	readyWithin = 2 * time.Second
)

// serve serves the firm's portal until ctx ends: it then says that it is not ready, stops listening, tells
// the live streams to come back, and ends when what is under way has been answered.
func serve(ctx context.Context, c *config, _ string) error {
	log, err := newLog(c)
	if err != nil {
		return err
	}
	proxies, err := parseProxies(c.trustedProxies)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	nodes, leave := context.WithCancel(context.Background())
	var joined sync.WaitGroup
	joined.Go(func() { store.Join(nodes, busOf(c.database), log) })
	defer joined.Wait()
	defer leave()
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return err
	}
	defer listener.Close()
	certificates, err := newCertificates(ctx, c, listener.Addr(), log)
	if err != nil {
		return err
	}
	metrics := newMetrics(store)
	if c.metrics != "" {
		stop, err := metrics.serve(c.metrics, log)
		if err != nil {
			return err
		}
		defer stop()
	}

	var ending atomic.Bool
	streams, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	handler := http.NewServeMux()
	handler.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	handler.HandleFunc("GET /readyz", ready(store, &ending))
	handler.Handle("/", observed(log, metrics, comeBack(streams, portal.New(store, frontend.Client(), log))))
	server := &http.Server{
		Handler:           behind(proxies, handler),
		TLSConfig:         certificates,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(endStreams)
	failed := make(chan error, 1)
	scheme := "http://"
	if certificates != nil {
		scheme = "https://"
		go func() { failed <- server.ServeTLS(listener, "", "") }()
	} else {
		go func() { failed <- server.Serve(listener) }()
	}
	log.Info("serving", "address", scheme+listener.Addr().String(), "database", named(c.database))

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending.Store(true)
	log.Info("ending", "drain", c.drain)
	select {
	case err := <-failed:
		return err
	case <-time.After(c.drain):
	}
	last, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return errors.Join(fmt.Errorf("not everything was answered: %w", err), server.Close())
	}
	log.Info("ended")
	return nil
}

// ready says whether requests should come here.
func ready(store *records.Store, ending *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if ending.Load() {
			http.Error(w, "ending", http.StatusServiceUnavailable)
		} else if _, err := store.Firm(ctx); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
		} else {
			fmt.Fprintln(w, "ready")
		}
	}
}

// comeBack ends the live streams when ctx ends, and tells them when to come back: not all at once.
func comeBack(ctx context.Context, next http.Handler) http.Handler {
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

func newLog(c *config) (*slog.Logger, error) {
	switch c.log {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, nil)), nil
	}
	return nil, usageError{fmt.Errorf("--log is text or json, not %q", c.log)}
}
