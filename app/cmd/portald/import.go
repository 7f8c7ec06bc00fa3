package main

import (
	"bytes"
	"context"
	_ "embed"
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

type importCommand struct {
	databaseFlag
	DryRun bool   `env:"-" help:"List the problems and what would change, but change nothing."`
	File   string `arg:"" placeholder:"FILE" help:"The CSV file."`
}

//go:embed import.txt
var importHelp string

func (importCommand) Help() string { return importHelp }

func (c importCommand) Run(ctx context.Context) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	rows, problems := readMatters(text)
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	// If some lines can't be read, still check the others.
	done, more, err := store.Import(ctx, rows, c.DryRun || len(problems) > 0)
	if err != nil {
		return err
	}
	problems = append(problems, more...)
	slices.SortStableFunc(problems, func(a, b records.ImportProblem) int { return a.Line - b.Line })
	for _, p := range problems {
		fmt.Printf("%s:%d: %s\n", c.File, p.Line, p.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("nothing was imported; fix %s first", count(len(problems), "this problem", "these %d problems"))
	}
	fmt.Printf("%s, %d changed, %d unchanged; %s, %d changed, %d unchanged\n",
		count(done.Matters.Added, "1 matter opened", "%d matters opened"), done.Matters.Changed, done.Matters.Unchanged,
		count(done.Participants.Added, "1 participant added", "%d participants added"), done.Participants.Changed, done.Participants.Unchanged)
	if c.DryRun {
		fmt.Println("This was a dry run. Nothing was changed.")
	}
	return nil
}

// count returns one if n is 1, and otherwise many, which contains %d.
func count(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

var columns = []string{"reference", "title", "type", "assigned", "team", "participant", "role", "other_side"}

// readMatters reads a file in the format that import.txt describes.
func readMatters(text []byte) (rows []records.ImportRow, problems []records.ImportProblem) {
	problem := func(line int, format string, args ...any) {
		problems = append(problems, records.ImportProblem{Line: line, Text: fmt.Sprintf(format, args...)})
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		problem(1, "this file is UTF-16; save it as CSV in UTF-8")
		return nil, problems
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	if header, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(header, ';') && !bytes.ContainsRune(header, ',') {
		reader.Comma = ';'
	}
	var at map[string]int // the index of each column
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
			problem(wrong.StartLine, "%v; nothing after it could be read", wrong.Err)
			return rows, problems
		case err != nil:
			problem(1, "%v", err)
			return rows, problems
		}
		line, _ := reader.FieldPos(0)
		if at == nil {
			if len(record) > 2*len(columns) {
				problem(line, "there are %d columns instead of %d", len(record), len(columns))
				return nil, problems
			}
			at = map[string]int{}
			for i, name := range record {
				name = strings.ToLower(strings.TrimSpace(name))
				if _, twice := at[name]; twice {
					problem(line, "the column %.50q appears twice", name)
				} else if !slices.Contains(columns, name) {
					problem(line, "unknown column %.50q", name)
				}
				at[name] = i
			}
			for _, name := range columns {
				if _, is := at[name]; !is {
					problem(line, "the column %s is missing", name)
				}
			}
			if len(problems) > 0 {
				return nil, problems // every line would have a problem
			}
			continue
		}
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue // spreadsheets add empty lines
		}
		if len(record) != len(at) {
			problem(line, "%s instead of %d", count(len(record), "there is 1 column", "there are %d columns"), len(at))
			continue
		}
		row := records.ImportRow{Line: line}
		before := len(problems)
		field := func(name string) string {
			value := record[at[name]]
			if !utf8.ValidString(value) {
				problem(line, "%s: not UTF-8; save the file as CSV in UTF-8", name)
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
			problem(line, "other_side: enter yes or no, not %.50q", side)
		}
		if len(problems) == before {
			rows = append(rows, row)
		}
	}
}
