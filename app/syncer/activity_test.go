package syncer_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

func (c *faultyReplica) ConfirmActivity(ctx context.Context, ids []string) error {
	defer c.changed()
	return c.Replica.ConfirmActivity(ctx, ids)
}

func isActivity(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, portalapi.ReportActivity.Path)
}

// unreported returns how many reports the portal doesn't have.
func (d *desk) unreported() int {
	d.t.Helper()
	left, err := d.replica.UnsentActivity(d.t.Context(), 1000)
	check(d.t, err)
	return len(left)
}

// audited returns the matters of the reports in the portal's audit trail, newest first.
func (d *desk) audited() (matters []string) {
	d.t.Helper()
	admin := chat.Caller{User: true, Admin: true}
	entries, err := d.store.Audit(d.t.Context(), admin, records.AuditFilter{}, 1000)
	check(d.t, err)
	for _, e := range entries {
		if e.Action == chat.ExportMatter && e.Account == d.maya.Account {
			matters = append(matters, e.Matter)
		}
	}
	return matters
}

// All reports get through in small requests, although answers get lost. One about an unknown matter is dropped.
func TestReports(t *testing.T) {
	var requests atomic.Int32
	d := prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isActivity(r) && requests.Add(1) == 2 {
			portal.ServeHTTP(devNull{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		portal.ServeHTTP(w, r)
	})
	const reports = 50
	for i := range reports {
		matter := d.matter
		if i == 5 {
			matter = "none"
		}
		check(t, d.replica.ReportExport(t.Context(), matter, ""))
	}
	d.start()
	d.until("the reports", func() bool { return d.unreported() == 0 })
	if got := d.audited(); len(got) != reports-1 {
		t.Fatalf("%d reports in the audit trail", len(got))
	}
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests", n)
	}
}

// devNull is an answer that gets lost.
type devNull struct{ header http.Header }

func (d devNull) Header() http.Header         { return d.header }
func (d devNull) Write(b []byte) (int, error) { return len(b), nil }
func (d devNull) WriteHeader(int)             {}

// A portal without the operation isn't asked again while the connection lasts. The reports wait, and no message does.
func TestReportsWaitForANewerPortal(t *testing.T) {
	var requests, updated atomic.Int32
	var d *desk
	d = prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if isActivity(r) && updated.Load() == 0 {
			requests.Add(1)
			d.signal()
			r.URL.Path = portalapi.Prefix + "/no-such-operation"
		}
		portal.ServeHTTP(w, r)
	})
	check(t, d.replica.ReportExport(t.Context(), d.matter, ""))
	d.start()
	d.until("the report", func() bool { return requests.Load() == 1 })
	d.untilCurrent()
	for i := range 20 {
		d.send(d.toAna, fmt.Sprint("message ", i))
		d.untilUnsent(0)
	}
	if f := d.syncer.Freshness(); f.Problem != "" || requests.Load() != 1 || d.unreported() != 1 {
		t.Fatalf("%q, %d requests, %d reports wait", f.Problem, requests.Load(), d.unreported())
	}
	updated.Store(1)
	d.syncer.Retry()
	d.until("the report", func() bool { return d.unreported() == 0 })
	if got := d.audited(); len(got) != 1 {
		t.Fatal(got)
	}
}

// While the portal doesn't answer reports, messages get through, and the user sees no problem.
func TestStuckReportsDelayNoMessage(t *testing.T) {
	stuck := make(chan struct{})
	var requests atomic.Int32
	var d *desk
	d = prepareDesk(t, func(w http.ResponseWriter, r *http.Request, portal http.Handler) {
		if !isActivity(r) {
			portal.ServeHTTP(w, r)
			return
		}
		if requests.Add(1) == 1 {
			ourFault(w)
			return
		}
		d.signal()
		<-stuck
	})
	t.Cleanup(func() { close(stuck) }) // before the server closes
	check(t, d.replica.ReportExport(t.Context(), d.matter, ""))
	d.start()
	d.until("the report again", func() bool { return requests.Load() == 2 })
	d.untilCurrent()
	d.send(d.toAna, "hello")
	d.untilUnsent(0)
	if f := d.syncer.Freshness(); f.Problem != "" || d.unreported() != 1 {
		t.Fatalf("%q, %d reports wait", f.Problem, d.unreported())
	}
}
