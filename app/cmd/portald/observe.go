package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

func isLive(r *http.Request) bool { return r.URL.Path == portalapi.Prefix+portalapi.Live.Path }

// observe logs and counts each request. It uses only what portal.Request contains: no text that people wrote, no
// parameters and no tokens.
func observe(log *slog.Logger, m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isLive(r) {
			m.streams.Inc()
			defer m.streams.Dec()
		}
		start := time.Now()
		request := portal.Request{Route: "none", Caller: "nobody"}
		recorder := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(recorder, r.WithContext(portal.Describe(r.Context(), &request)))
		took := time.Since(start)
		m.requests.WithLabelValues(request.Route, strconv.Itoa(recorder.code)).Inc()
		m.messages.Add(float64(request.Sent))
		if !isLive(r) { // a live stream lasts as long as the client stays
			m.durations.WithLabelValues(request.Route).Observe(took.Seconds())
		}
		log.Info("request", "method", r.Method, "route", request.Route, "status", recorder.code, "duration", took, "caller", request.Caller)
	})
}

// statusRecorder records the status code of a response.
type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (r *statusRecorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets the live stream flush what it writes.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// metrics are the metrics for Prometheus.
type metrics struct {
	all       *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	streams   prometheus.Gauge
	messages  prometheus.Counter
}

// newMetrics makes the metrics of a portal.
func newMetrics(store *records.Store) *metrics {
	m := &metrics{
		all: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "matterline_requests_total", Help: "Requests answered, by route and code."}, []string{"route", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "matterline_request_duration_seconds", Help: "How long answers took, by route, without live streams.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}, []string{"route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "matterline_live_streams", Help: "Open live streams."}),
		messages: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "matterline_messages_sent_total", Help: "Messages sent. A message that was sent again counts twice."}),
	}
	// transactions / commits is how many writers share a commit. Both are 0 on PostgreSQL, which doesn't share them.
	commits := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "matterline_commits_total", Help: "Commits that writers shared."},
		func() float64 { n, _ := store.CommitCounts(); return float64(n) })
	transactions := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "matterline_transactions_total", Help: "Transactions that shared them."},
		func() float64 { _, n := store.CommitCounts(); return float64(n) })
	m.all.MustRegister(commits, transactions, m.requests, m.durations, m.streams, m.messages,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// serve serves the metrics at their own address.
func (m *metrics) serve(address string, log *slog.Logger) (stop func() error, err error) {
	listener, err := listen(address, "metrics")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.all, promhttp.HandlerOpts{}))
	server := portal.NewServer(mux)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", "error", err)
		}
	}()
	log.Info("metrics", "address", "http://"+listener.Addr().String()+"/metrics")
	return server.Close, nil
}
