package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ImportResult is what an import did.
type ImportResult struct{ Matters, Participants ImportCount }

// ImportCount counts the rows of one kind that an import added, changed and left unchanged.
type ImportCount struct{ Added, Changed, Unchanged int }

// errRollBack undoes a batch of an import.
var errRollBack = errors.New("roll back")

const (
	// importBatch is how many matters an import opens or updates in one transaction. Messages in these matters wait for that
	// transaction, and with SQLite every other change does.
	importBatch = 10
	// importLookup is for how many matters an import reads once which matters there are.
	importLookup = 100
)

// Import opens the matters of a file that the store doesn't have, and updates those it does. It identifies a matter by
// its reference, and a participant by their name in the matter, in the forms of chat.FoldName. It removes no
// participants, and removed ones stay removed. It changes nothing if there is a problem or in a dry run. After an
// error, what is done stays done, and another import does the rest.
func (s *Store) Import(ctx context.Context, rows []ImportRow, dryRun bool) (done ImportResult, problems []ImportProblem, err error) {
	var matters []*fileMatter
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		users, err := activeUsers(tx)
		in := &importer{users: users}
		matters, problems = in.check(rows), in.problems
		return err
	})
	if err != nil || len(problems) > 0 {
		return done, problems, err
	}
	for part := range slices.Chunk(matters, importLookup) {
		if err := s.importPart(ctx, part, dryRun, &done); err != nil {
			return done, nil, err
		}
	}
	return done, nil, nil
}

// importPart imports matters in batches, and adds up what it did.
func (s *Store) importPart(ctx context.Context, matters []*fileMatter, dryRun bool, done *ImportResult) error {
	var existing map[string]string
	err := s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		existing, err = references(tx)
		return err
	})
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(matters, importBatch) {
		began := time.Now()
		var in *importer
		err := s.change(ctx, func(tx *change) error {
			in = &importer{store: s, tx: tx}
			err := in.run(batch, existing)
			if err == nil && dryRun {
				err = errRollBack
			}
			return err
		})
		if err != nil && !errors.Is(err, errRollBack) {
			return err
		}
		done.Matters.add(in.done.Matters)
		done.Participants.add(in.done.Participants)
		if !dryRun {
			wait(ctx, time.Since(began)) // leave half of the time to everyone else
		}
	}
	return nil
}

func (c *ImportCount) add(more ImportCount) {
	c.Added += more.Added
	c.Changed += more.Changed
	c.Unchanged += more.Unchanged
}

// importer checks a file, or imports one batch of its matters.
type importer struct {
	store    *Store
	tx       *change
	users    map[string]string // ids by folded email
	problems []ImportProblem
	done     ImportResult
}

// activeUsers returns the active users' ids by folded email.
func activeUsers(tx *sqldb.Tx) (ids map[string]string, err error) {
	ids = map[string]string{}
	err = sqldb.Each(tx, func(scan sqldb.Scan) error {
		var id, email string
		err := scan(&id, &email)
		ids[chat.FoldName(email)] = id
		return err
	}, `SELECT id, email FROM accounts WHERE is_user AND active`)
	return ids, err
}

// run imports matters. existing are the store's, by their references.
func (in *importer) run(matters []*fileMatter, existing map[string]string) error {
	for _, m := range matters {
		m.ID = existing[m.Reference]
		if m.ID == "" {
			m.ID = existing[chat.FoldName(m.Reference)]
		}
		if err := in.matter(m); err != nil {
			return fmt.Errorf("import line %d: %w", m.line, err)
		}
	}
	return nil
}

func (in *importer) matter(m *fileMatter) (err error) {
	if m.ID == "" {
		in.done.Matters.Added++
		m.OpenedAt = in.store.millis()
		if m.ID, err = addMatter(in.tx, m.Matter); err == nil {
			noteMatter(in.tx, chat.Matter{}, m.Matter)
			err = in.store.audit(in.tx, Program, "matter.open", m.ID, m.Assigned)
		}
	} else {
		err = in.editMatter(m)
	}
	if err != nil {
		return err
	}
	participants, err := sqldb.All(in.tx.Tx, scanParticipant, `SELECT `+participantColumns+`, version FROM participants t WHERE matter = $1 ORDER BY removed, id`, m.ID)
	if err != nil {
		return err
	}
	existing := map[string]chat.Participant{}
	for _, p := range slices.Backward(participants) { // so that one who is removed doesn't hide one who isn't
		existing[chat.FoldName(p.Name)] = p
	}
	for _, p := range m.people {
		p.Matter = m.ID
		if err := in.participant(p, existing); err != nil {
			return err
		}
	}
	return nil
}

// editMatter updates a matter to match the file.
func (in *importer) editMatter(m *fileMatter) error {
	had, _, err := matterFor(in.tx.Tx, Program, m.ID)
	if err != nil {
		return err
	}
	if had.Team, err = teamOf(in.tx.Tx, m.ID); err != nil {
		return err
	}
	if !m.hasTeam {
		m.Team = teamWithout(append(had.Team, had.Assigned), m.Assigned) // the same as reassigning it in the app
	}
	had.Team = teamWithout(had.Team, m.Assigned)
	if m.Title == had.Title && m.Type == had.Type && m.Assigned == had.Assigned && slices.Equal(m.Team, had.Team) {
		in.done.Matters.Unchanged++
		return nil
	}
	if err := checkActiveUsers(in.tx.Tx, m.users()...); err != nil {
		return err
	}
	in.done.Matters.Changed++
	at, err := in.tx.touch(m.ID)
	if err != nil {
		return err
	}
	if err := in.tx.Queue(`UPDATE matters SET title = $2, type = $3, assigned = $4 WHERE id = $1`, m.ID, m.Title, m.Type, m.Assigned); err != nil {
		return err
	}
	if m.Assigned != had.Assigned || !slices.Equal(m.Team, had.Team) {
		if err := setTeam(in.tx, m.ID, m.Team); err != nil {
			return err
		}
	}
	if err := in.tx.stampInfo(had, at); err != nil {
		return err
	}
	details, assignment, team := had, had, had
	details.Title, details.Type = m.Title, m.Type
	assignment.Assigned = m.Assigned
	team.Team = m.Team
	for _, entry := range []struct {
		action, subject string
		to              chat.Matter
	}{{"matter.edit", "", details}, {"matter.assign", m.Assigned, assignment}, {"matter.team", "", team}} {
		noteMatter(in.tx, had, entry.to)
		if len(in.tx.differences) > 0 {
			if err := in.store.audit(in.tx, Program, entry.action, m.ID, entry.subject); err != nil {
				return err
			}
		}
	}
	return nil
}

// participant adds a participant to a matter, or updates one who isn't removed. existing are the matter's, by their folded
// names.
func (in *importer) participant(p chat.Participant, existing map[string]chat.Participant) error {
	had, found := existing[chat.FoldName(p.Name)]
	if !found {
		in.done.Participants.Added++
		id, err := addParticipant(in.tx, p, nil)
		if err != nil {
			return err
		}
		noteParticipant(in.tx, chat.Participant{}, p)
		return in.store.audit(in.tx, Program, "participant.add", p.Matter, id)
	}
	if had.Removed || had.Role == p.Role && had.OtherSide == p.OtherSide {
		in.done.Participants.Unchanged++
		return nil
	}
	in.done.Participants.Changed++
	at, err := in.tx.touch(p.Matter)
	if err != nil {
		return err
	}
	before, err := participantByID(in.tx, had.ID)
	if err != nil {
		return err
	}
	if err := in.tx.Exec(`UPDATE participants SET role = $2, other_side = $3 WHERE id = $1`, had.ID, p.Role, p.OtherSide); err != nil {
		return err
	}
	if err := in.tx.stampParticipant(before, at); err != nil {
		return err
	}
	noteParticipant(in.tx, had, p)
	return in.store.audit(in.tx, Program, "participant.edit", p.Matter, had.ID)
}
