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

// Row is one line of a file of matters: a matter, and one of its participants if it names one. Rows of the
// same reference belong to one matter; after the first, what they say of the matter itself may be empty.
type Row struct {
	Line                   int
	Reference, Title, Type string
	Assigned               string   // an e-mail
	Team                   []string // e-mails; none leaves the team as it is
	Participant, Role      string
	OtherSide              bool
}

// Problem is what keeps a file from being imported.
type Problem struct {
	Line int
	Text string
}

// Tally counts what an import came to.
type Tally struct{ Added, Changed, Unchanged int }

// Imported is what an import came to.
type Imported struct{ Matters, Participants Tally }

// errNotKept rolls an import back.
var errNotKept = errors.New("not kept")

// Import opens the matters of a file that the store does not have, and changes those that the file has
// otherwise; a matter is known by its reference, a participant by their name in it. Nobody is removed from a
// portal, and who was removed stays so. If there is any problem, and in a dry run, nothing is changed.
func (s *Store) Import(ctx context.Context, rows []Row, dryRun bool) (done Imported, problems []Problem, err error) {
	err = s.change(ctx, func(tx *change) error {
		in := &importing{store: s, tx: tx}
		err := in.all(rows)
		done, problems = in.done, in.problems
		if err == nil && (dryRun || len(problems) > 0) {
			err = errNotKept
		}
		return err
	})
	if errors.Is(err, errNotKept) {
		err = nil
	}
	return done, problems, err
}

// importing is one import under way.
type importing struct {
	store    *Store
	tx       *change
	users    map[string]string // ids by e-mail
	problems []Problem
	done     Imported
}

// fileMatter is a matter as the file has it.
type fileMatter struct {
	chat.Matter
	line    int
	hasTeam bool
	people  []chat.Participant
}

// all checks the whole file before it writes anything.
func (in *importing) all(rows []Row) error {
	in.users = map[string]string{}
	_, err := sqldb.All(in.tx.Tx, func(scan sqldb.Scan) (_ string, err error) {
		var id, email string
		err = scan(&id, &email)
		in.users[email] = id
		return id, err
	}, `SELECT id, email FROM accounts WHERE is_user AND active`)
	if err != nil {
		return err
	}
	matters := in.check(rows)
	if len(in.problems) > 0 {
		slices.SortStableFunc(in.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil
	}
	for _, m := range matters {
		if err := in.matter(m); err != nil {
			return fmt.Errorf("import line %d: %w", m.line, err)
		}
	}
	return nil
}

func (in *importing) problem(line int, err error) {
	if err == nil {
		return
	}
	text := err.Error()
	var e *chat.Error
	if errors.As(err, &e) && e.Field != "" {
		text = e.Field + ": " + e.Message
	}
	in.problems = append(in.problems, Problem{line, text})
}

// check gathers the rows into matters, in the order of the file.
func (in *importing) check(rows []Row) (matters []*fileMatter) {
	type known struct {
		matter *fileMatter
		first  Row
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
				err = errors.New("participant: a role is given, and nobody who has it")
			}
			in.problem(row.Line, err)
			continue
		}
		if line, twice := k.people[p.Name]; twice {
			in.problem(row.Line, fmt.Errorf("participant: %s is on this matter already, in line %d", p.Name, line))
		}
		k.people[p.Name] = row.Line
		k.matter.people = append(k.matter.people, p)
	}
	return matters
}

// checkMatter checks what the first row of a matter says of it.
func (in *importing) checkMatter(row Row) *fileMatter {
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
		id, is := in.users[foldEmail(email)]
		switch {
		case email == "":
			in.problem(row.Line, fmt.Errorf("%s: the user's e-mail is missing", field))
		case !is:
			in.problem(row.Line, fmt.Errorf("%s: no active user has the e-mail %.200q", field, email))
		}
		return id
	}
	m.Assigned = user("assigned", row.Assigned)
	for _, email := range row.Team {
		m.Team = append(m.Team, user("team", email))
	}
	m.Team = others(m.Team, m.Assigned)
	return m
}

// others are the users of a team but for the assigned one, sorted.
func others(team []string, assigned string) []string {
	team = slices.DeleteFunc(slices.Clone(team), func(id string) bool { return id == assigned })
	slices.Sort(team)
	return slices.Compact(team)
}

// checkSame checks that a later row says nothing else of its matter than the first.
func (in *importing) checkSame(first, row Row) {
	for _, field := range [][3]string{
		{"title", first.Title, row.Title}, {"type", first.Type, row.Type}, {"assigned", first.Assigned, row.Assigned},
		{"team", fmt.Sprint(first.Team), fmt.Sprint(row.Team)},
	} {
		if field[2] != "" && field[2] != "[]" && field[2] != field[1] {
			in.problem(row.Line, fmt.Errorf("%s: line %d has another one for this matter", field[0], first.Line))
		}
	}
}

func (in *importing) matter(m *fileMatter) error {
	err := in.tx.Row(`SELECT id FROM matters WHERE reference = $1`, m.Reference).Scan(&m.ID)
	switch {
	case errors.Is(err, sqldb.ErrNoRows):
		in.done.Matters.Added++
		m.OpenedAt = in.store.millis()
		if m.ID, err = addMatter(in.tx, m.Matter); err == nil {
			err = in.store.audit(in.tx, Program, "matter.open", m.ID, m.Assigned)
		}
	case err == nil:
		err = in.editMatter(m)
	}
	if err != nil {
		return err
	}
	there, err := sqldb.All(in.tx.Tx, scanParticipant, `SELECT `+participantColumns+` FROM participants t WHERE matter = $1 ORDER BY removed, id`, m.ID)
	if err != nil {
		return err
	}
	for _, p := range m.people {
		p.Matter = m.ID
		if err := in.participant(p, there); err != nil {
			return err
		}
	}
	return nil
}

// editMatter makes a matter what the file says.
func (in *importing) editMatter(m *fileMatter) error {
	had, _, err := matterFor(in.tx.Tx, Program, m.ID)
	if err != nil {
		return err
	}
	if had.Team, err = teamOf(in.tx.Tx, m.ID); err != nil {
		return err
	}
	var actions [][2]string // with what they were done to
	if m.Title != had.Title || m.Type != had.Type {
		actions = append(actions, [2]string{"matter.edit"})
	}
	if m.Assigned != had.Assigned {
		actions = append(actions, [2]string{"matter.assign", m.Assigned})
	}
	if !m.hasTeam {
		m.Team = others(append(had.Team, had.Assigned), m.Assigned) // as when it is handed on in the app
	}
	if !slices.Equal(m.Team, others(had.Team, m.Assigned)) {
		actions = append(actions, [2]string{"matter.team"})
	}
	if len(actions) == 0 {
		in.done.Matters.Unchanged++
		return nil
	}
	in.done.Matters.Changed++
	v, err := in.tx.touchAccess(m.ID)
	if err != nil {
		return err
	}
	_, err = in.tx.Exec(`UPDATE matters SET title = $2, type = $3, assigned = $4, info_version = $5 WHERE id = $1`, m.ID, m.Title, m.Type, m.Assigned, v)
	if err != nil {
		return err
	}
	if err := setTeam(in.tx, m.ID, m.Team); err != nil {
		return err
	}
	if _, err := in.tx.Exec(`UPDATE participants SET seen = $2 WHERE matter = $1`, m.ID, v); err != nil {
		return err
	}
	for _, action := range actions {
		if err := in.store.audit(in.tx, Program, action[0], m.ID, action[1]); err != nil {
			return err
		}
	}
	return nil
}

// participant puts a person on a matter's portal, unless they are or were there.
func (in *importing) participant(p chat.Participant, there []chat.Participant) error {
	i := slices.IndexFunc(there, func(had chat.Participant) bool { return had.Name == p.Name })
	if i < 0 {
		in.done.Participants.Added++
		id, err := addParticipant(in.tx, p, nil)
		if err != nil {
			return err
		}
		return in.store.audit(in.tx, Program, "participant.add", p.Matter, id)
	}
	had := there[i]
	if had.Removed || had.Role == p.Role && had.OtherSide == p.OtherSide {
		in.done.Participants.Unchanged++
		return nil
	}
	in.done.Participants.Changed++
	v, err := in.tx.touchAccess(p.Matter)
	if err != nil {
		return err
	}
	_, err = in.tx.Exec(`UPDATE participants SET role = $2, other_side = $3, version = $4, seen = $4 WHERE id = $1`, had.ID, p.Role, p.OtherSide, v)
	if err != nil {
		return err
	}
	return in.store.audit(in.tx, Program, "participant.edit", p.Matter, had.ID)
}
