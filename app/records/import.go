package records

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// ImportRow is one line of a file of matters: a matter, and optionally one of its participants. Rows with the
// same reference belong to one matter. After the first of them, the matter's own columns may be empty.
type ImportRow struct {
	Line                   int
	Reference, Title, Type string
	Assigned               string   // an email
	Team                   []string // emails; if empty, the team stays the same
	Participant, Role      string
	OtherSide              bool
}

// ImportProblem is a reason why a file can't be imported.
type ImportProblem struct {
	Line int
	Text string
}

// ImportCount counts the rows of one kind that an import added, changed and left unchanged.
type ImportCount struct{ Added, Changed, Unchanged int }

// ImportResult is what an import did.
type ImportResult struct{ Matters, Participants ImportCount }

// errRollBack undoes an import.
var errRollBack = errors.New("roll back")

// Import opens the matters of a file that the store doesn't have, and updates those it does. It identifies a matter by
// its reference, and a participant by their name in the matter. It removes no participants, and removed ones stay
// removed. It changes nothing if there is a problem or in a dry run.
func (s *Store) Import(ctx context.Context, rows []ImportRow, dryRun bool) (done ImportResult, problems []ImportProblem, err error) {
	err = s.change(ctx, func(tx *change) error {
		in := &importer{store: s, tx: tx}
		err := in.run(rows)
		done, problems = in.done, in.problems
		if err == nil && (dryRun || len(problems) > 0) {
			err = errRollBack
		}
		return err
	})
	if errors.Is(err, errRollBack) {
		err = nil
	}
	return done, problems, err
}

// importer runs one import.
type importer struct {
	store    *Store
	tx       *change
	users    map[string]string // ids by email
	problems []ImportProblem
	done     ImportResult
}

// fileMatter is a matter as the file describes it.
type fileMatter struct {
	chat.Matter
	line    int
	hasTeam bool
	people  []chat.Participant
}

// run checks the whole file before it writes anything.
func (in *importer) run(rows []ImportRow) error {
	in.users = map[string]string{}
	err := sqldb.Each(in.tx.Tx, func(scan sqldb.Scan) error {
		var id, email string
		err := scan(&id, &email)
		in.users[chat.FoldName(email)] = id
		return err
	}, `SELECT id, email FROM accounts WHERE is_user AND active`)
	if err != nil {
		return err
	}
	matters := in.check(rows)
	if len(in.problems) > 0 {
		slices.SortStableFunc(in.problems, func(a, b ImportProblem) int { return cmp.Compare(a.Line, b.Line) })
		return nil
	}
	for _, m := range matters {
		if err := in.matter(m); err != nil {
			return fmt.Errorf("import line %d: %w", m.line, err)
		}
	}
	return nil
}

func (in *importer) problem(line int, err error) {
	if err == nil {
		return
	}
	text := err.Error()
	if e, ok := errors.AsType[*chat.Error](err); ok && e.Field != "" {
		text = e.Field + ": " + e.Message
	}
	in.problems = append(in.problems, ImportProblem{line, text})
}

// check groups the rows into matters, in file order.
func (in *importer) check(rows []ImportRow) (matters []*fileMatter) {
	type known struct {
		matter *fileMatter
		first  ImportRow
		people map[string]int // lines by name
	}
	all := map[string]known{}
	for _, row := range rows {
		reference, err := chat.ValidName("reference", row.Reference)
		if err != nil {
			in.problem(row.Line, err)
			continue
		}
		k, is := all[reference]
		if !is {
			k = known{in.checkMatter(row), row, map[string]int{}}
			all[reference] = k
			matters = append(matters, k.matter)
		} else {
			in.checkSame(k.first, row)
		}
		if row.Participant == "" && row.Role == "" {
			continue
		}
		p, err := validParticipant(chat.Participant{Name: row.Participant, Role: row.Role, OtherSide: row.OtherSide})
		if err != nil {
			if chat.CodeOf(err) == chat.Required && row.Participant == "" {
				err = errors.New("participant: enter a name for this role")
			}
			in.problem(row.Line, err)
			continue
		}
		if line, twice := k.people[p.Name]; twice {
			in.problem(row.Line, fmt.Errorf("participant: %s is already on this matter in line %d", p.Name, line))
		}
		k.people[p.Name] = row.Line
		k.matter.people = append(k.matter.people, p)
	}
	return matters
}

// checkMatter reads a matter from its first row.
func (in *importer) checkMatter(row ImportRow) *fileMatter {
	m := &fileMatter{line: row.Line, hasTeam: len(row.Team) > 0}
	for _, field := range []struct {
		name, value string
		into        *string
	}{{"reference", row.Reference, &m.Reference}, {"title", row.Title, &m.Title}, {"type", row.Type, &m.Type}} {
		var err error
		*field.into, err = chat.ValidName(field.name, field.value)
		in.problem(row.Line, err)
	}
	user := func(field, email string) string {
		id, is := in.users[chat.FoldName(email)]
		switch {
		case email == "":
			in.problem(row.Line, fmt.Errorf("%s: enter a user's email", field))
		case !is:
			in.problem(row.Line, fmt.Errorf("%s: no active user has the email %.200q", field, email))
		}
		return id
	}
	m.Assigned = user("assigned", row.Assigned)
	for _, email := range row.Team {
		m.Team = append(m.Team, user("team", email))
	}
	m.Team = teamWithout(m.Team, m.Assigned)
	return m
}

// teamWithout returns a team without the assigned user, sorted.
func teamWithout(team []string, assigned string) []string {
	team = slices.DeleteFunc(slices.Clone(team), func(id string) bool { return id == assigned })
	slices.Sort(team)
	return slices.Compact(team)
}

// checkSame checks that a later row agrees with its matter's first row.
func (in *importer) checkSame(first, row ImportRow) {
	for _, field := range [][3]string{
		{"title", first.Title, row.Title}, {"type", first.Type, row.Type}, {"assigned", first.Assigned, row.Assigned},
		{"team", fmt.Sprint(first.Team), fmt.Sprint(row.Team)},
	} {
		if field[2] != "" && field[2] != "[]" && field[2] != field[1] {
			in.problem(row.Line, fmt.Errorf("%s: differs from line %d of the same matter", field[0], first.Line))
		}
	}
}

func (in *importer) matter(m *fileMatter) error {
	err := in.tx.Row(`SELECT id FROM matters WHERE reference = $1`, m.Reference).Scan(&m.ID)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		in.done.Matters.Added++
		m.OpenedAt = in.store.millis()
		if m.ID, err = addMatter(in.tx, m.Matter); err == nil {
			noteMatter(in.tx, chat.Matter{}, m.Matter)
			err = in.store.audit(in.tx, Program, "matter.open", m.ID, m.Assigned)
		}
	case err == nil:
		err = in.editMatter(m)
	}
	if err != nil {
		return err
	}
	existing, err := sqldb.All(in.tx.Tx, scanParticipant, `SELECT `+participantColumns+`, version FROM participants t WHERE matter = $1 ORDER BY removed, id`, m.ID)
	if err != nil {
		return err
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
	in.done.Matters.Changed++
	at, err := in.tx.touchAccess(m.ID)
	if err != nil {
		return err
	}
	if err := in.tx.Exec(`UPDATE matters SET title = $2, type = $3, assigned = $4 WHERE id = $1`, m.ID, m.Title, m.Type, m.Assigned); err != nil {
		return err
	}
	if err := setTeam(in.tx, m.ID, m.Team); err != nil {
		return err
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

// participant adds a participant to a matter, or updates one who isn't removed.
func (in *importer) participant(p chat.Participant, existing []chat.Participant) error {
	i := slices.IndexFunc(existing, func(had chat.Participant) bool { return had.Name == p.Name })
	if i < 0 {
		in.done.Participants.Added++
		id, err := addParticipant(in.tx, p, nil)
		if err != nil {
			return err
		}
		noteParticipant(in.tx, chat.Participant{}, p)
		return in.store.audit(in.tx, Program, "participant.add", p.Matter, id)
	}
	had := existing[i]
	if had.Removed || had.Role == p.Role && had.OtherSide == p.OtherSide {
		in.done.Participants.Unchanged++
		return nil
	}
	in.done.Participants.Changed++
	at, err := in.tx.touchAccess(p.Matter)
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
