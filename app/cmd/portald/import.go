package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"matterline/app/records"
)

func importMatters(ctx context.Context, c *config, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rows, problems := readMatters(text)
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	// With a problem in how it is written, the rest of the file is still looked at.
	done, more, err := store.Import(ctx, rows, c.dryRun || len(problems) > 0)
	if err != nil {
		return err
	}
	problems = append(problems, more...)
	slices.SortStableFunc(problems, func(a, b records.ImportProblem) int { return a.Line - b.Line })
	for _, p := range problems {
		fmt.Printf("%s:%d: %s\n", path, p.Line, p.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("nothing was imported: %s to be mended first", count(len(problems), "problem is", "problems are"))
	}
	fmt.Printf("%s, %d changed, %d unchanged; %s, %d changed, %d unchanged\n",
		count(done.Matters.Added, "matter opened", "matters opened"), done.Matters.Changed, done.Matters.Unchanged,
		count(done.Participants.Added, "participant added", "participants added"), done.Participants.Changed, done.Participants.Unchanged)
	if c.dryRun {
		fmt.Println("This was a dry run: nothing was done.")
	}
	return nil
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

var columns = []string{"reference", "title", "type", "assigned", "team", "participant", "role", "other_side"}

// readMatters reads the file that the package's comment describes.
func readMatters(text []byte) (rows []records.ImportRow, problems []records.ImportProblem) {
	problem := func(line int, format string, args ...any) {
		problems = append(problems, records.ImportProblem{Line: line, Text: fmt.Sprintf(format, args...)})
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		problem(1, "this is UTF-16; save it as CSV in UTF-8")
		return nil, problems
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	if header, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(header, ';') && !bytes.ContainsRune(header, ',') {
		reader.Comma = ';'
	}
	var at map[string]int // where each column is
	for {
		record, err := reader.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if at == nil {
				problem(1, "the file is empty")
			}
			return rows, problems
		case errors.As(err, &wrong):
			problem(wrong.StartLine, "%v; nothing behind it could be read", wrong.Err)
			return rows, problems
		case err != nil:
			problem(1, "%v", err)
			return rows, problems
		}
		line, _ := reader.FieldPos(0)
		if at == nil {
			if len(record) > 2*len(columns) {
				problem(line, "it has %d columns; there are %d", len(record), len(columns))
				return nil, problems
			}
			at = map[string]int{}
			for i, name := range record {
				name = strings.ToLower(strings.TrimSpace(name))
				if _, twice := at[name]; twice {
					problem(line, "the column %.50q is there twice", name)
				} else if !slices.Contains(columns, name) {
					problem(line, "there is no column %.50q", name)
				}
				at[name] = i
			}
			for _, name := range columns {
				if _, is := at[name]; !is {
					problem(line, "the column %s is missing", name)
				}
			}
			if len(problems) > 0 {
				return nil, problems // every line would have one
			}
			continue
		}
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue // a spreadsheet's empty lines
		}
		if len(record) != len(at) {
			problem(line, "it has %s, and the first line %d", count(len(record), "column", "columns"), len(at))
			continue
		}
		row := records.ImportRow{Line: line}
		before := len(problems)
		field := func(name string) string {
			value := record[at[name]]
			if !utf8.ValidString(value) {
				problem(line, "%s: this is not UTF-8; save the file as CSV in UTF-8", name)
			}
			return strings.TrimSpace(value)
		}
		row.Reference, row.Title, row.Type = field("reference"), field("title"), field("type")
		row.Assigned, row.Team = field("assigned"), strings.Fields(field("team"))
		row.Participant, row.Role = field("participant"), field("role")
		switch side := strings.ToLower(field("other_side")); side {
		case "yes", "true", "1":
			row.OtherSide = true
		case "", "no", "false", "0":
		default:
			problem(line, "other_side: it is yes or no, not %.50q", side)
		}
		if len(problems) == before {
			rows = append(rows, row)
		}
	}
}
