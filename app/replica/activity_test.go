package replica_test

import (
	"path/filepath"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// withOak returns a copy, by a clock, with a matter of Maya's, elm, and one of Tom's, oak.
func withOak(t *testing.T, dir string, c *clock) *replica.Replica {
	t.Helper()
	r, err := replica.Open(t.Context(), dir, chat.User{ID: "maya", Name: "Maya Hart"}, c.now)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	check(t, r.Apply(t.Context(), elm()))
	check(t, r.Apply(t.Context(), oak(1)))
	return r
}

// oak is Tom's matter, with a team.
func oak(version int64, team ...string) chat.Changes {
	return chat.Changes{
		Matter: "oak", After: version - 1, Version: version,
		Info: &chat.Matter{ID: "oak", Reference: "2026-2", Title: "Oak Lane", Assigned: "tom", Team: team, Version: version},
	}
}

// unreported returns the reports that the portal doesn't have, without their ids.
func unreported(t *testing.T, r *replica.Replica) (reports []chat.Activity, ids []string) {
	t.Helper()
	reports, err := r.UnsentActivity(t.Context(), 100)
	check(t, err)
	for i := range reports {
		ids = append(ids, reports[i].ID)
		reports[i].ID = ""
	}
	return reports, ids
}

func wantReports(t *testing.T, r *replica.Replica, want ...chat.Activity) (ids []string) {
	t.Helper()
	got, ids := unreported(t, r)
	if len(got) != len(want) {
		t.Fatalf("%+v, want %+v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%+v, want %+v", got[i], want[i])
		}
	}
	return ids
}

// view views a matter as the window does.
func view(t *testing.T, r *replica.Replica, matter string) (added bool) {
	t.Helper()
	m, err := r.Matter(t.Context(), matter)
	check(t, err)
	added, err = r.ReportView(t.Context(), m)
	check(t, err)
	return added
}

// Reports stay until the portal has them: after a restart, when the matter goes, when the copy starts over, and when the
// user signs out.
func TestReportsStayUntilThePortalHasThem(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "maya")
	c := &clock{time.UnixMilli(1000)}
	r := withOak(t, dir, c)
	check(t, r.ReportExport(ctx, "oak", ""))
	c.at = time.UnixMilli(2000)
	check(t, r.ReportExport(ctx, "elm", "ana"))
	reports := []chat.Activity{
		{Action: chat.ExportMatter, Matter: "oak", At: 1000},
		{Action: chat.ExportChat, Matter: "elm", Participant: "ana", At: 2000},
	}
	check(t, r.Forget(ctx, "oak"))
	check(t, r.StartOver(ctx, "another epoch"))
	ids := wantReports(t, r, reports...)
	check(t, r.SignOut(ctx))
	r = open(t, dir)
	check(t, r.ConfirmActivity(ctx, ids[:1]))
	wantReports(t, r, reports[1])
	check(t, r.ConfirmActivity(ctx, ids))
	wantReports(t, r)
}

// Only a matter that is neither assigned to the user nor on their team's list is reported, once in an hour, also after
// a restart and when the portal has the report already.
func TestViewOfAnothersMatterIsReportedOnceInAnHour(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "maya")
	c := &clock{time.UnixMilli(10_000_000)}
	r := withOak(t, dir, c)
	if view(t, r, "elm") {
		t.Error("the user's own matter was reported")
	}
	first := chat.Activity{Action: chat.ViewMatter, Matter: "oak", At: c.at.UnixMilli()}
	if !view(t, r, "oak") || view(t, r, "oak") {
		t.Error("want one report of two views")
	}
	check(t, r.ConfirmActivity(t.Context(), wantReports(t, r, first)))
	check(t, r.Close())
	c.at = c.at.Add(time.Hour - time.Millisecond)
	r, err := replica.Open(t.Context(), dir, chat.User{ID: "maya", Name: "Maya Hart"}, c.now)
	check(t, err)
	defer r.Close()
	if view(t, r, "oak") {
		t.Error("reported twice in an hour")
	}
	c.at = c.at.Add(time.Millisecond)
	if !view(t, r, "oak") {
		t.Error("not reported after an hour")
	}
	check(t, r.ConfirmActivity(t.Context(), wantReports(t, r, chat.Activity{Action: chat.ViewMatter, Matter: "oak", At: c.at.UnixMilli()})))
	c.at = c.at.Add(-24 * time.Hour)
	if !view(t, r, "oak") {
		t.Error("not reported after the clock was set back")
	}
	check(t, r.Apply(t.Context(), oak(2, "maya")))
	c.at = c.at.Add(time.Hour)
	if view(t, r, "oak") {
		t.Error("the matter of the user's team was reported")
	}
}
