package records_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
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
	watch := f.Watch(f.maya)
	defer watch.Close()
	added := records.ImportResult{Matters: records.ImportCount{Added: 1}, Participants: records.ImportCount{Added: 2}}
	if done := run(true); done != added || watch.Take("").Change != nil {
		t.Fatalf("%+v", done)
	}
	if done := run(false); done != added || watch.Take("").Change == nil || watch.Take("").Change != nil {
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

// A large import commits in batches, so that others don't wait for all of it. What is done when it ends early stays
// done, and another import does the rest.
func TestLargeImportCommitsInBatches(t *testing.T) {
	db := must(postgres.Open(t.Context(), migratedDatabase.URL(t), 0))(t)
	f := newFirm(t, db)
	const others = 125
	var rows []records.ImportRow
	for i := range others {
		rows = append(rows, records.ImportRow{Line: 2 + i, Reference: fmt.Sprint("2026-", i), Title: "Elm", Type: "Lease", Assigned: "maya", Participant: "Dora", Role: "Client"})
	}
	had := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 1))(t).Info
	rows = append(rows, records.ImportRow{Line: 2 + others, Reference: had.Reference, Title: "Quay", Type: "Lease", Assigned: "maya"})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var first records.ImportResult
	ended := make(chan error, 1)
	err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		if err := tx.Exec(`SELECT 1 FROM matters WHERE id = $1 FOR UPDATE`, f.matter); err != nil {
			return err
		}
		go func() {
			done, problems, err := f.Import(ctx, rows, false)
			if len(problems) > 0 {
				t.Error(problems)
			}
			first = done
			ended <- err
		}()
		for waits := 0; waits == 0 && len(ended) == 0; { // until the import needs the locked matter
			err := db.View(t.Context(), func(tx *sqldb.Tx) error {
				return tx.Row(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waits)
			})
			if err != nil {
				return err
			}
		}
		if n := len(must(f.Heads(t.Context(), f.maya))(t)); n < others/2 {
			t.Errorf("Maya sees %d matters while the import waits", n)
		}
		must(f.OpenMatter(t.Context(), f.maya, chat.Matter{Reference: "2025-1", Title: "Oak", Type: "Sale"}))(t) // its audit entry doesn't wait
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the import ended with %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := f.Import(t.Context(), rows, false)
	if err != nil || first.Matters.Added == 0 || first.Matters.Added+second.Matters.Added != others || second.Matters.Unchanged != first.Matters.Added || second.Matters.Changed != 1 {
		t.Fatal(first, second, err)
	}
}

// References, emails and names that differ only in case or in their normal form are the same, in the file and in the
// store. What the store has stays as it is spelled there.
func TestImportFindsWhatDiffersOnlyInForm(t *testing.T) { on(t, testImportFindsWhatDiffersOnlyInForm) }

func testImportFindsWhatDiffersOnlyInForm(t *testing.T, f *firm) {
	ctx := t.Context()
	id := must(f.OpenMatter(ctx, f.maya, chat.Matter{Reference: "2026/\u00c9-1a", Title: "Elm", Type: "Lease"}))(t)
	zoe := must(f.PutOnPortal(ctx, f.maya, chat.Participant{Matter: id, Name: "Zo\u00eb", Role: "Client"}))(t)
	store(t, f, `UPDATE participants SET name = $1 WHERE id = $2`, "Zoe\u0308", zoe) // from before names were normalized
	rows := []records.ImportRow{
		{Line: 2, Reference: "2026/E\u0301-1A", Title: "Elm", Type: "Lease", Assigned: "MAYA", Participant: "ZO\u00cb", Role: "Client"},
		{Line: 3, Reference: " 2026/e\u0301-1a", Participant: "Ben", Role: "Client"},
	}
	done, problems, err := f.Import(ctx, rows, false)
	want := records.ImportResult{Matters: records.ImportCount{Unchanged: 1}, Participants: records.ImportCount{Added: 1, Unchanged: 1}}
	if err != nil || len(problems) > 0 || done != want {
		t.Fatal(done, problems, err)
	}
	for _, same := range []string{"2026/\u00e9-1A", "2026/e\u0301-1a"} {
		if _, err := f.OpenMatter(ctx, f.maya, chat.Matter{Reference: same, Title: "T", Type: "Y"}); chat.CodeOf(err) != chat.Taken {
			t.Errorf("%q: %v", same, err)
		}
		if err := f.EditMatter(ctx, f.maya, chat.Matter{ID: f.matter, Reference: same, Title: "T", Type: "Y"}); chat.CodeOf(err) != chat.Taken {
			t.Errorf("%q: %v", same, err)
		}
	}
	if err := f.EditMatter(ctx, f.maya, chat.Matter{ID: id, Reference: "2026/\u00e9-1A", Title: "T", Type: "Y"}); err != nil {
		t.Error("a matter's own reference in another case:", err)
	}
	rows[1].Participant = "zoe\u0308"
	if _, problems, err = f.Import(ctx, rows, false); err != nil || len(problems) != 1 || problems[0].Line != 3 {
		t.Error("the same person twice:", problems, err)
	}
}

// A bad row gets one message, however much is wrong with it, and causes none for other rows of its matter.
func TestImportReportsEachBadRowOnce(t *testing.T) {
	f := newFirm(t, engines[0].migrated(t))
	_, problems, err := f.Import(t.Context(), []records.ImportRow{
		{Line: 2, Reference: "1", Title: "", Type: "a\u0001", Assigned: "nobody", Team: []string{"eve"}, Participant: "", Role: "Client", OtherSide: "perhaps"},
		{Line: 3, Reference: "1", Title: "Elm", Participant: "Ben", Role: "Client"},
		{Line: 4, Reference: "2", Problem: "unreadable"},
		{Line: 5, Reference: "2", Participant: "Ben", Role: "Client"},
		{Line: 6, Reference: "3", Title: "Quay", Type: "Lease", Assigned: "eve"},
	}, false)
	if err != nil || len(problems) != 3 || problems[0].Line != 2 || problems[1] != (records.ImportProblem{Line: 4, Text: "unreadable"}) || problems[2].Line != 6 {
		t.Fatal(problems, err)
	}
	if want := `title: Enter a title; type: This contains hidden characters that aren't allowed. Delete it and type it again; assigned: no active user has the email "nobody"; ` +
		`team: no active user has the email "eve"; other_side: enter yes or no, not "perhaps"; participant: enter a name for this role`; problems[0].Text != want {
		t.Error(problems[0].Text)
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
	if _, err := f.NewEpoch(t.Context(), false); err != nil || f.Epoch() == before {
		t.Fatal(before, f.Epoch(), err)
	}
}
