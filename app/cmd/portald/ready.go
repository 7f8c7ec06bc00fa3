package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"matterline/app/records"
	"matterline/app/sqldb/postgres"
	"matterline/app/sqldb/sqlite"
)

const (
	// readyTimeout bounds how long the store may take to answer a readiness check.
	readyTimeout = 2 * time.Second
	// probeInterval is the least time between two probes.
	probeInterval = time.Second
)

// readiness finds out whether the portal can do its work, by writing to the store. Checks at the same time share a
// probe.
type readiness struct {
	write   func(context.Context) error
	explain func(error) string
	log     *slog.Logger

	mu     sync.Mutex
	latest *probe
	failed bool // the result of the last probe that ended
}

// probe is one attempt to write.
type probe struct {
	started time.Time
	done    chan struct{}
	err     error
}

// check returns what is wrong, in words for people, or "".
func (r *readiness) check(ctx context.Context) string {
	p := r.current()
	late, cancel := context.WithDeadline(ctx, p.started.Add(readyTimeout))
	defer cancel()
	select {
	case <-p.done:
		if p.err != nil {
			return r.explain(p.err)
		}
		return ""
	case <-late.Done():
		return r.explain(late.Err())
	}
}

// current returns the running probe, a recent one, or a new one. A write that hangs isn't followed by another.
func (r *readiness) current() *probe {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.latest; p != nil {
		select {
		case <-p.done:
			if time.Since(p.started) < probeInterval {
				return p
			}
		default:
			return p
		}
	}
	p := &probe{started: time.Now(), done: make(chan struct{})}
	r.latest = p
	go func() {
		ctx, cancel := context.WithDeadline(context.Background(), p.started.Add(readyTimeout))
		defer cancel()
		p.err = r.write(ctx)
		r.logChange(p.err)
		close(p.done)
	}()
	return p
}

// logChange logs when the portal becomes ready and when it stops being ready.
func (r *readiness) logChange(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && !r.failed {
		r.log.Error("not ready", "because", r.explain(err), "error", err)
	} else if err == nil && r.failed {
		r.log.Info("ready again")
	}
	r.failed = err != nil
}

// ready answers whether this portal should get requests. A warning is for the operator, and doesn't change the answer.
func ready(r *readiness, stopping *atomic.Bool, warning func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		if stopping.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
		} else if wrong := r.check(request.Context()); wrong != "" {
			http.Error(w, wrong, http.StatusServiceUnavailable)
		} else {
			fmt.Fprintln(w, "ready")
			if text := warning(); text != "" {
				fmt.Fprintln(w, "warning:", text)
			}
		}
	}
}

// minFreeDisk is how many bytes must be free on the disk of a SQLite file for the portal to be ready: room for the largest
// batch of messages in the database and in its log. With less, the portal's one row may still fit, but messages may not.
const minFreeDisk = 16 << 20

var errDiskAlmostFull = fmt.Errorf("the disk of the database is almost full: less than %d MB are free", minFreeDisk>>20)

// probe returns a function that finds out whether the database takes writes. It may return errDiskAlmostFull.
func (d database) probe(store *records.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := store.Probe(ctx); err != nil || d.onPostgres() {
			return err
		}
		if free, err := freeDisk(filepath.Dir(d.path())); err == nil && free < minFreeDisk { // some systems don't say
			return errDiskAlmostFull
		}
		return nil
	}
}

// explain says why the database can't be written, without secrets.
func (d database) explain(err error) string {
	if errors.Is(err, errDiskAlmostFull) {
		return err.Error()
	}
	if text := faultText(err); text != "" {
		return text
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "the database isn't responding"
	}
	return "the database can't be written"
}

// faultText describes a fault of a database without secrets. It is empty for other errors.
func faultText(err error) string {
	switch sqlite.FaultOf(err) {
	case sqlite.DiskFull:
		return "the disk of the database is full"
	case sqlite.AccessDenied:
		return "the database can't be written: its disk is read-only or broken, or the portal lacks the permission"
	case sqlite.Locked:
		return "another program has locked the database"
	case sqlite.Damaged:
		return "the database is damaged, or its file isn't a database"
	}
	switch postgres.FaultOf(err) {
	case postgres.Unreachable:
		return "PostgreSQL can't be reached"
	case postgres.NotAvailable:
		return "PostgreSQL is starting or stopping"
	case postgres.TLSRefused:
		return "PostgreSQL doesn't use TLS, which sslmode in the database's URL requires; set ssl = on in postgresql.conf, or use sslmode=disable if PostgreSQL runs on this computer"
	case postgres.AccessDenied:
		return "PostgreSQL refuses the portal's user, password or database"
	case postgres.TooManyConnections:
		return "PostgreSQL allows no more connections; lower --database-connections of the portals, or raise max_connections"
	case postgres.ReadOnly:
		return "PostgreSQL is read-only: it is a standby, or default_transaction_read_only is on"
	case postgres.DiskFull:
		return "PostgreSQL's disk is full"
	case postgres.OutOfResources:
		return "PostgreSQL has no memory left, or another of its limits is reached"
	}
	return ""
}
