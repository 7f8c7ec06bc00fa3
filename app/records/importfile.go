package records

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"matterline/app/chat"
)

// ImportRow is one line of a file of matters: a matter, and optionally one of its participants. Rows with the
// same reference belong to one matter. After the first of them, the matter's own columns may be empty.
type ImportRow struct {
	Line                   int
	Reference, Title, Type string
	Assigned               string   // an email
	Team                   []string // emails; if empty, the team stays the same
	Participant, Role      string
	OtherSide              string // yes, no or empty
	// Problem says why the row can't be read. What was read of it still counts for the matter's other rows.
	Problem string
}

// ImportProblem says everything that is wrong with one row.
type ImportProblem struct {
	Line int
	Text string
}

// fileMatter is a matter as the file describes it.
type fileMatter struct {
	chat.Matter
	line    int
	hasTeam bool
	people  []chat.Participant
}

// users returns the users that the file names. A user may have been deactivated since the check of the file.
func (m *fileMatter) users() []string {
	if !m.hasTeam {
		return []string{m.Assigned}
	}
	return append(slices.Clone(m.Team), m.Assigned)
}

// firstRow is the first row of a matter.
type firstRow struct {
	ImportRow
	matter *fileMatter
	// wrong reports that the row has a problem. Then nothing can be expected of the matter's other rows.
	wrong bool
	lines map[string]int // of the matter's participants, by folded name
}

// check groups the rows into matters, in file order.
func (in *importer) check(rows []ImportRow) (matters []*fileMatter) {
	all := map[string]*firstRow{} // by folded reference
	for _, row := range rows {
		var wrong faults
		_, err := chat.ValidName("reference", row.Reference)
		key := chat.FoldName(row.Reference)
		first, is := all[key]
		switch {
		case err != nil:
			first = &firstRow{matter: new(fileMatter), lines: map[string]int{}}
			wrong.add(err)
		case !is:
			first = &firstRow{ImportRow: row, lines: map[string]int{}}
			first.matter = in.checkMatter(row, &wrong)
			first.wrong = len(wrong) > 0 || row.Problem != ""
			all[key] = first
			matters = append(matters, first.matter)
		case !first.wrong:
			first.checkSame(row, &wrong)
		}
		first.checkParticipant(row, &wrong)
		if row.Problem != "" {
			wrong = faults{row.Problem} // the row's columns can't be trusted
		}
		if len(wrong) > 0 {
			in.problems = append(in.problems, ImportProblem{row.Line, strings.Join(wrong, "; ")})
		}
	}
	return matters
}

// faults says what is wrong with one row.
type faults []string

func (f *faults) add(err error) {
	if err == nil {
		return
	}
	text := err.Error()
	if e, ok := errors.AsType[*chat.Error](err); ok && e.Field != "" {
		text = e.Field + ": " + e.Message
	}
	*f = append(*f, strings.TrimSuffix(text, "."))
}

// checkMatter reads a matter from its first row.
func (in *importer) checkMatter(row ImportRow, wrong *faults) *fileMatter {
	m := &fileMatter{line: row.Line, hasTeam: len(row.Team) > 0}
	for _, field := range []struct {
		name, value string
		into        *string
	}{{"reference", row.Reference, &m.Reference}, {"title", row.Title, &m.Title}, {"type", row.Type, &m.Type}} {
		var err error
		*field.into, err = chat.ValidName(field.name, field.value)
		wrong.add(err)
	}
	user := func(field, email string) string {
		id, is := in.users[chat.FoldName(email)]
		switch {
		case email == "":
			wrong.add(fmt.Errorf("%s: enter a user's email", field))
		case !is:
			wrong.add(fmt.Errorf("%s: no active user has the email %.200q", field, email))
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

// checkSame checks that a later row agrees with its matter's first row.
func (first *firstRow) checkSame(row ImportRow, wrong *faults) {
	for _, field := range [][3]string{
		{"title", first.Title, row.Title}, {"type", first.Type, row.Type}, {"assigned", first.Assigned, row.Assigned},
		{"team", strings.Join(first.Team, " "), strings.Join(row.Team, " ")},
	} {
		if field[2] != "" && chat.FoldName(field[2]) != chat.FoldName(field[1]) {
			wrong.add(fmt.Errorf("%s: differs from line %d of the same matter", field[0], first.Line))
		}
	}
}

// checkParticipant reads a row's participant, if it has one, and adds them to the matter.
func (first *firstRow) checkParticipant(row ImportRow, wrong *faults) {
	otherSide, err := yes(row.OtherSide)
	wrong.add(err)
	if row.Participant == "" && row.Role == "" {
		return
	}
	p, err := validParticipant(chat.Participant{Name: row.Participant, Role: row.Role, OtherSide: otherSide})
	if chat.CodeOf(err) == chat.Required && row.Participant == "" {
		err = errors.New("participant: enter a name for this role")
	}
	if e, ok := errors.AsType[*chat.Error](err); ok && e.Field == "name" { // the file has another name for the column
		err = fmt.Errorf("participant: %s", e.Message)
	}
	wrong.add(err)
	name := chat.FoldName(row.Participant)
	if line, twice := first.lines[name]; twice && name != "" {
		wrong.add(fmt.Errorf("participant: %s is already on this matter in line %d", p.Name, line))
	}
	first.lines[name] = row.Line
	first.matter.people = append(first.matter.people, p)
}

// yes reads a yes or a no.
func yes(typed string) (bool, error) {
	switch strings.ToLower(typed) {
	case "yes", "y", "true", "1":
		return true, nil
	case "", "no", "n", "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("other_side: enter yes or no, not %.50q", typed)
}
