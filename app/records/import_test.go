package records_test

import (
	"slices"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// An import doesn't restore removed participants, wakes the watchers, and is in the audit trail.
func TestImport(t *testing.T) { on(t, testImport) }

func testImport(t *testing.T, f *firm) {
	ctx := t.Context()
	rows := []records.ImportRow{
		{Line: 2, Reference: "2026-1", Title: "Elm", Type: "Lease", Assigned: "MAYA", Team: []string{"team"}, Participant: "Dora", Role: "Client"},
		{Line: 3, Reference: "2026-1", Participant: "Erik", Role: "Lender"},
	}
	run := func(dry bool) records.ImportResult {
		t.Helper()
		done, problems, err := f.Import(ctx, rows, dry)
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		return done
	}
	watch := f.Watch(f.maya.Account)
	defer watch.Close()
	added := records.ImportResult{Matters: records.ImportCount{Added: 1}, Participants: records.ImportCount{Added: 2}}
	if done := run(true); done != added || len(watch.Take().Matters) != 0 {
		t.Fatalf("%+v", done)
	}
	if done := run(false); done != added || len(watch.Take().Matters) != 1 {
		t.Fatalf("%+v", done)
	}
	page := func() chat.Changes {
		t.Helper()
		for _, head := range must(f.Heads(ctx, f.maya))(t) {
			if page := must(f.Changes(ctx, f.maya, head.Matter, records.Position{}, 100))(t); page.Info.Reference == "2026-1" {
				return page
			}
		}
		t.Fatal("Maya does not see it")
		return chat.Changes{}
	}
	first := page()
	dora := first.Participants[slices.IndexFunc(first.Participants, func(p chat.Participant) bool { return p.Name == "Dora" })]
	if err := f.RemoveParticipant(ctx, f.maya, dora.ID); err != nil {
		t.Fatal(err)
	}
	before := page()
	if done := run(false); done != (records.ImportResult{Matters: records.ImportCount{Unchanged: 1}, Participants: records.ImportCount{Unchanged: 2}}) {
		t.Fatalf("%+v", done)
	}
	if after := page(); after.Version != before.Version {
		t.Fatalf("nothing changed, and version %d became %d", before.Version, after.Version)
	}

	// If the file names no team, the previous assigned user joins the team, as in the app.
	rows[0].Assigned, rows[0].Team = "other", nil
	if done := run(false); done.Matters.Changed != 1 {
		t.Fatalf("%+v", done)
	}
	info := page().Info
	if info.Assigned != f.other.Account || !slices.Contains(info.Team, f.maya.Account) || !slices.Contains(info.Team, f.team.Account) {
		t.Fatalf("%+v", info)
	}
	if done := run(false); done.Matters.Unchanged != 1 {
		t.Fatalf("%+v", done)
	}

	var actions []string
	for _, entry := range must(f.Audit(ctx, f.admin, records.AuditFilter{Account: records.Program.Account}, 100))(t) {
		actions = append(actions, entry.Action)
	}
	if want := []string{"matter.team", "matter.assign", "participant.add", "participant.add", "matter.open"}; !slices.Equal(actions, want) {
		t.Fatal(actions)
	}
}

func TestCreateFirm(t *testing.T) { on(t, testCreateFirm) }

func testCreateFirm(t *testing.T, f *firm) {
	err := f.CreateFirm(t.Context(), "Another", records.Account{Email: "eve@other.example", Name: "Eve", Password: longPassword})
	if chat.CodeOf(err) != chat.Taken {
		t.Fatal(err)
	}
}

func TestNewEpoch(t *testing.T) { on(t, testNewEpoch) }

func testNewEpoch(t *testing.T, f *firm) {
	before := f.Epoch()
	if err := f.NewEpoch(t.Context()); err != nil || f.Epoch() == before {
		t.Fatal(before, f.Epoch(), err)
	}
}
