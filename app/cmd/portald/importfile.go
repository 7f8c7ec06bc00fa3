package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	utf "golang.org/x/text/encoding/unicode"

	"matterline/app/records"
)

var columns = []string{"reference", "title", "type", "assigned", "team", "participant", "role", "other_side"}

// readMatters reads a file in the format that import.txt describes. Rows say themselves why they can't be read. If no
// row can, one says why.
func readMatters(file []byte) (rows []records.ImportRow) {
	text, comma, skipped, err := readText(file)
	if err != nil {
		return unreadable(1, err)
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1
	reader.Comma = comma
	var at map[string]int // the index of each column
	for {
		record, err := reader.Read()
		line := skipped + 1
		broken, isBroken := errors.AsType[*csv.ParseError](err)
		switch {
		case isBroken:
			line = skipped + broken.StartLine
		case err == nil:
			n, _ := reader.FieldPos(0)
			line = skipped + n
		}
		switch {
		case errors.Is(err, io.EOF) && at == nil:
			return unreadable(line, errors.New("the file is empty"))
		case errors.Is(err, io.EOF):
			return rows
		case isBroken && at != nil:
			row := readRow(line, record, at) // up to the mark
			row.Problem = brokenQuote(broken, skipped)
			rows = append(rows, row)
		case isBroken:
			return unreadable(line, errors.New(brokenQuote(broken, skipped)))
		case err != nil:
			return unreadable(line, err)
		case strings.TrimSpace(strings.Join(record, "")) == "": // spreadsheets add empty lines
		case at == nil:
			if at, err = readHeader(record); err != nil {
				return unreadable(line, err)
			}
		default:
			rows = append(rows, readRow(line, record, at))
		}
	}
}

func unreadable(line int, err error) []records.ImportRow {
	return []records.ImportRow{{Line: line, Problem: err.Error()}}
}

// brokenQuote says where a quotation mark is wrong. A missing one takes the next rows with it.
func brokenQuote(err *csv.ParseError, skipped int) string {
	if err.Line == err.StartLine {
		return "a quotation mark is missing, or isn't doubled inside a quoted cell"
	}
	return fmt.Sprintf("a quotation mark is missing, so the rows up to line %d couldn't be read", skipped+err.Line)
}

// readText returns a file's text in UTF-8 and what separates its columns. It also skips the line by which spreadsheets
// name the separator, and returns the number of lines it skipped.
func readText(file []byte) (text []byte, comma rune, skipped int, err error) {
	text = bytes.TrimPrefix(file, []byte("\ufeff"))
	if bytes.HasPrefix(file, []byte{0xff, 0xfe}) || bytes.HasPrefix(file, []byte{0xfe, 0xff}) { // Excel's "Unicode text"
		if text, err = utf.UTF16(utf.LittleEndian, utf.UseBOM).NewDecoder().Bytes(file); err != nil {
			return nil, 0, 0, errors.New("this file isn't text; save it as CSV in UTF-8")
		}
	}
	if bytes.HasPrefix(text, []byte("PK\x03\x04")) || bytes.HasPrefix(text, []byte("\xd0\xcf\x11\xe0")) {
		return nil, 0, 0, errors.New("this file is a spreadsheet; save it as CSV in UTF-8")
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, 0, 0, errors.New("this file isn't text; save it as CSV in UTF-8")
	}
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")) // Excel's "CSV (Macintosh)"
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if separator, is := bytes.CutPrefix(bytes.TrimSpace(first), []byte("sep=")); is && len(separator) == 1 && strings.Contains(",;\t", string(separator)) {
		return rest, rune(separator[0]), 1, nil
	}
	first, _, _ = bytes.Cut(bytes.TrimLeft(text, " \n"), []byte("\n")) // lines above may be empty
	comma = ','
	for _, other := range ";\t" {
		if bytes.Count(first, []byte(string(other))) > bytes.Count(first, []byte(string(comma))) {
			comma = other
		}
	}
	return text, comma, 0, nil
}

// readHeader finds the columns. Case, spaces and punctuation in their names make no difference, and columns without a
// name are ignored: spreadsheets save empty ones.
func readHeader(record []string) (at map[string]int, err error) {
	at = map[string]int{}
	var problems []string
	for i, typed := range record {
		key := letters(typed)
		if key == "" {
			continue
		}
		known := slices.IndexFunc(columns, func(name string) bool { return letters(name) == key })
		switch {
		case len(problems) > len(columns):
			return nil, errors.New("this line doesn't name the columns")
		case known < 0:
			problems = append(problems, fmt.Sprintf("unknown column %.50q", typed))
			continue
		}
		if _, twice := at[columns[known]]; twice {
			problems = append(problems, "the column "+columns[known]+" appears twice")
		}
		at[columns[known]] = i
	}
	for _, name := range columns {
		if _, is := at[name]; !is && len(at) > 0 {
			problems = append(problems, "the column "+name+" is missing")
		}
	}
	switch {
	case len(at) == 0:
		return nil, errors.New("this line doesn't name the columns")
	case len(problems) > 0:
		return nil, errors.New(strings.Join(problems, "; "))
	}
	return at, nil
}

// letters returns a column's name in the form in which two are compared.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// readRow reads one row. Spreadsheets leave out empty cells at its end, and add some.
func readRow(line int, record []string, at map[string]int) records.ImportRow {
	row := records.ImportRow{Line: line}
	named := map[int]bool{}
	field := func(name string) string {
		named[at[name]] = true
		if at[name] >= len(record) {
			return ""
		}
		value := strings.TrimSpace(record[at[name]])
		if strings.ContainsRune(value, utf8.RuneError) && row.Problem == "" { // invalid here, or replaced by a program before
			row.Problem = name + ": not UTF-8; save the file as CSV in UTF-8"
		}
		return value
	}
	row.Reference, row.Title, row.Type = field("reference"), field("title"), field("type")
	row.Assigned = field("assigned")
	row.Team = strings.FieldsFunc(field("team"), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	row.Participant, row.Role, row.OtherSide = field("participant"), field("role"), field("other_side")
	for i, value := range record {
		if !named[i] && strings.TrimSpace(value) != "" {
			row.Problem = fmt.Sprintf("the cell %.50q is in a column without a name; put quotation marks around cells that contain the separator", value)
			break
		}
	}
	return row
}
