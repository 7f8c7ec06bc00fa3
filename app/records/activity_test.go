package records_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// reported returns the entries of the audit trail that users' devices reported, oldest first.
func (f *firm) reported(t *testing.T) []chat.AuditEntry {
	t.Helper()
	entries := must(f.Audit(t.Context(), f.admin, records.AuditFilter{}, 100))(t)
	entries = slices.DeleteFunc(entries, func(e chat.AuditEntry) bool {
		return e.Action != "matter.view" && e.Action != "matter.export" && e.Action != "chat.export"
	})
	slices.Reverse(entries)
	return entries
}

// A report is in the audit trail with the caller's account, address and device, also from a user without access.
func TestReportsAreInTheAuditTrail(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.clock = time.UnixMilli(1_700_000_000_000)
		now := f.clock.UnixMilli()
		caller := f.other
		caller.Origin = chat.Origin{Address: "203.0.113.7", Device: "laptop"}
		first := uuid.NewString()
		reports := []chat.Activity{
			{ID: first, Action: chat.ViewMatter, Matter: f.matter, At: now - 1000},
			{ID: uuid.NewString(), Action: chat.ExportMatter, Matter: f.quay, At: now - time.Hour.Milliseconds()},
			{ID: uuid.NewString(), Action: chat.ExportChat, Matter: f.matter, Participant: f.toAna, At: now + 366*24*time.Hour.Milliseconds()},
			{ID: strings.ToUpper(first), Action: chat.ViewMatter, Matter: f.matter, At: now}, // the same
		}
		for range 2 { // the second time adds nothing
			for i, refusal := range must(f.Report(t.Context(), caller, reports))(t) {
				if refusal != nil {
					t.Errorf("report %d: %v", i, refusal)
				}
			}
		}
		got := f.reported(t)
		if len(got) != 3 {
			t.Fatalf("%+v", got)
		}
		for i, e := range got {
			want := reports[i]
			if e.Action != want.Action || e.Matter != want.Matter || e.Subject != want.Participant || e.At != now ||
				e.Account != caller.Account || e.Address != "203.0.113.7" || e.Device != "laptop" {
				t.Errorf("%+v, want %+v", e, want)
			}
			var changes []chat.AuditChange
			if i == 1 { // a second is no difference, and a year ahead is no claim
				changes = []chat.AuditChange{{Field: "at", To: "2023-11-14T21:13:20Z"}}
			}
			if !slices.Equal(e.Changes, changes) {
				t.Errorf("%s: %+v, want %+v", e.Action, e.Changes, changes)
			}
		}
		if chain, err := f.VerifyAudit(t.Context(), ""); err != nil || chain.Entries() == 0 {
			t.Fatal(chain, err)
		}
	})
}

// Requests with the same reports at the same time add each report once.
func TestReportsSentTwiceAtTheSameTime(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		reports := []chat.Activity{
			{ID: uuid.NewString(), Action: chat.ExportMatter, Matter: f.matter},
			{ID: uuid.NewString(), Action: chat.ExportMatter, Matter: f.quay},
		}
		var sending sync.WaitGroup
		for range 4 {
			sending.Go(func() {
				if refusals, err := f.Report(t.Context(), f.admin, reports); err != nil || refusals[0] != nil || refusals[1] != nil {
					t.Error(refusals, err)
				}
			})
		}
		sending.Wait()
		if got := f.reported(t); len(got) != 2 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestRefusedReportDoesNotBlockTheNext(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		id := uuid.NewString
		for i, tt := range []struct {
			report chat.Activity
			code   chat.Code
		}{
			{chat.Activity{ID: "x", Action: chat.ViewMatter, Matter: f.matter}, chat.Malformed},
			{chat.Activity{ID: id(), Action: "user.add", Matter: f.matter}, chat.Malformed},
			{chat.Activity{ID: id(), Action: chat.ViewMatter, Matter: f.matter, Participant: f.toAna}, chat.Malformed},
			{chat.Activity{ID: id(), Action: chat.ExportMatter, Matter: "none"}, chat.NotFound},
			{chat.Activity{ID: id(), Action: chat.ExportChat, Matter: f.matter}, chat.NotFound},
			{chat.Activity{ID: id(), Action: chat.ExportChat, Matter: f.matter, Participant: f.toCarl}, chat.NotFound},
		} {
			good := chat.Activity{ID: id(), Action: chat.ExportMatter, Matter: f.matter}
			refusals := must(f.Report(t.Context(), f.admin, []chat.Activity{tt.report, good}))(t)
			if chat.CodeOf(refusals[0]) != tt.code || refusals[1] != nil {
				t.Errorf("%+v: %v", tt.report, refusals)
			}
			if got := f.reported(t); len(got) != i+1 {
				t.Errorf("%+v: %d entries", tt.report, len(got))
			}
		}
		if _, err := f.Report(t.Context(), f.ana, []chat.Activity{{ID: id(), Action: chat.ExportMatter, Matter: f.matter}}); chat.CodeOf(err) != chat.NotFound {
			t.Error("a participant reported:", err)
		}
	})
}
