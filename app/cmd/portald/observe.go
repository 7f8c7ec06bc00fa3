package main

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb"
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
	// transactions / commits is how many writers share a commit. On PostgreSQL, only messages do.
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

// watchStore adds how the database's connections are used and, on SQLite, the free space of its disk.
func (m *metrics) watchStore(store *records.Store, d database) {
	connections := func(name, help string, value func(sqldb.Connections) float64) {
		m.add("matterline_database_connections_"+name, help, func() float64 { return value(store.Connections()) })
	}
	connections("limit", "The most connections this portal opens. On SQLite, those for reading.", func(c sqldb.Connections) float64 { return float64(c.Limit) })
	connections("open", "Open connections, without those for notices.", func(c sqldb.Connections) float64 { return float64(c.Open) })
	connections("in_use", "Connections that run a transaction.", func(c sqldb.Connections) float64 { return float64(c.InUse) })
	connections("waits_total", "Transactions that waited for a connection.", func(c sqldb.Connections) float64 { return float64(c.Waits) })
	connections("wait_seconds_total", "How long they waited.", func(c sqldb.Connections) float64 { return c.Waited.Seconds() })
	connections("refused_total", "Connections that PostgreSQL refused.", func(c sqldb.Connections) float64 { return float64(c.Refused) })
	if !d.onPostgres() {
		m.add("matterline_disk_free_bytes", "Free space on the disk of the database.", func() float64 {
			free, err := freeDisk(filepath.Dir(d.path()))
			if err != nil {
				return math.NaN()
			}
			return float64(free)
		})
	}
}

// watchCertificate adds until when the certificate is valid.
func (m *metrics) watchCertificate(expiry func() time.Time) {
	m.add("matterline_certificate_expiry_timestamp_seconds", "When the TLS certificate expires, in seconds since 1970. 0 if there is none yet.", func() float64 {
		if until := expiry(); !until.IsZero() {
			return float64(until.Unix())
		}
		return 0
	})
}

// add adds a metric that is read when it is asked for. A name that ends with _total is a counter.
func (m *metrics) add(name, help string, value func() float64) {
	if strings.HasSuffix(name, "_total") {
		m.all.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
		return
	}
	m.all.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
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
