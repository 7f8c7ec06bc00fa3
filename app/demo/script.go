package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed matters
var matterFiles embed.FS

// users are the firm's; a script names them by their key.
var users = []struct {
	key, name string
	admin     bool
}{
	{"maya", "Maya Hart", false},
	{"tom", "Tom Reyes", false},
	{"priya", "Priya Nair", false},
}

// script is one matter as its file tells it.
type script struct {
	reference, title, kind string
	opened                 int // working days ago
	assigned               string
	team                   []string
	participants           []*role
}

// role is one participant with their chat.
type role struct {
	key, name, role   string
	joined, otherSide bool
	lines             []line
	// read is how many of the lines the assigned user has read; -1 is all of them.
	read    int
	replies []string
}

// line is one message.
type line struct {
	at     func(today time.Time) time.Time
	who    string
	status bool
	text   string
}

func (s *script) participant(key string) *role {
	i := slices.IndexFunc(s.participants, func(p *role) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return s.participants[i]
}

// openedAt is the morning on which the matter was opened.
func (s *script) openedAt(today time.Time) time.Time {
	y, m, d := workday(today, -s.opened).Date()
	return time.Date(y, m, d, 8, 0, 0, 0, today.Location())
}

// email names a participant's account.
func (s *script) email(key string) string { return key + "." + s.reference + "@client.example" }

func (r *role) readLines() int {
	if r.read < 0 {
		return len(r.lines)
	}
	return r.read
}

// scripts reads all matters, once.
var scripts = sync.OnceValues(func() ([]*script, error) {
	names, err := fs.Glob(matterFiles, "matters/*.txt")
	if err != nil {
		return nil, err
	}
	var all []*script
	for _, name := range names {
		text, err := matterFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		all = append(all, s)
	}
	return all, nil
})

func matterByReference(reference string) (*script, error) {
	all, err := scripts()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s *script) bool { return s.reference == reference })
	if i < 0 {
		return nil, fmt.Errorf("no demo matter %s", reference)
	}
	return all[i], nil
}

// parse reads a matter's file.
func parse(text string) (*script, error) {
	s := &script{}
	var in *role
	for i, row := range strings.Split(text, "\n") {
		row = strings.TrimSpace(row)
		if row == "" || row[0] == ';' {
			continue
		}
		if err := s.parseRow(row, &in); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", i+1, err, row)
		}
	}
	return s, nil
}

func (s *script) parseRow(row string, in **role) (err error) {
	word, rest, _ := strings.Cut(row, " ")
	switch word {
	case "matter":
		s.reference = rest
	case "title":
		s.title = rest
	case "type":
		s.kind = rest
	case "opened":
		s.opened, err = strconv.Atoi(rest)
	case "assigned":
		s.assigned = rest
	case "team":
		s.team = strings.Fields(rest)
	case "participant":
		fields := strings.Split(rest, "|")
		if len(fields) < 2 {
			return fmt.Errorf("a participant has a name and a role")
		}
		p := &role{joined: true, read: -1, role: strings.TrimSpace(fields[1])}
		p.key, p.name, _ = strings.Cut(strings.TrimSpace(fields[0]), " ")
		for _, mark := range fields[2:] {
			switch strings.TrimSpace(mark) {
			case "not joined":
				p.joined = false
			case "other side":
				p.otherSide = true
			default:
				return fmt.Errorf("unknown mark")
			}
		}
		s.participants = append(s.participants, p)
	case "chat":
		if *in = s.participant(rest); *in == nil {
			return fmt.Errorf("unknown participant")
		}
	case "read":
		(*in).read = len((*in).lines)
	case "reply":
		(*in).replies = append((*in).replies, rest)
	default:
		if *in == nil {
			return fmt.Errorf("a message outside a chat")
		}
		l, err := parseLine(row)
		if err != nil {
			return err
		}
		if l.who != (*in).key && !isUser(l.who) {
			return fmt.Errorf("unknown writer %q", l.who)
		}
		(*in).lines = append((*in).lines, l)
	}
	return err
}

func isUser(key string) bool {
	for _, u := range users {
		if u.key == key {
			return true
		}
	}
	return false
}

// parseLine reads "21 16:05 maya status Text" or "ago 18m ana Text".
func parseLine(row string) (l line, err error) {
	fields := strings.SplitN(row, " ", 4)
	if len(fields) < 4 {
		return l, fmt.Errorf("not a message")
	}
	day, clock := fields[0], fields[1]
	l.who, l.text = fields[2], strings.ReplaceAll(fields[3], `\n`, "\n")
	if after, ok := strings.CutPrefix(l.text, "status "); ok && isUser(l.who) {
		l.status, l.text = true, after
	}
	if day == "ago" {
		ago, err := time.ParseDuration(clock)
		l.at = func(now time.Time) time.Time { return now.Add(-ago) }
		return l, err
	}
	days, err := strconv.Atoi(day)
	if err != nil {
		return l, err
	}
	t, err := time.Parse("15:04", clock)
	l.at = func(now time.Time) time.Time {
		y, m, d := workday(now, -days).Date()
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, now.Location())
	}
	return l, err
}

// workday is the day that many working days from today.
func workday(today time.Time, days int) time.Time {
	step := 1
	if days < 0 {
		step, days = -1, -days
	}
	for ; days > 0; days-- {
		today = today.AddDate(0, 0, step)
		for today.Weekday() == time.Saturday || today.Weekday() == time.Sunday {
			today = today.AddDate(0, 0, step)
		}
	}
	return today
}

var dates = regexp.MustCompile(`\{([+-]\d+)( weekday)?\}`)

// fillDates writes {+9} as "4 December" and {+3 weekday} as "Thursday".
func fillDates(text string, today time.Time) string {
	return dates.ReplaceAllStringFunc(text, func(found string) string {
		parts := dates.FindStringSubmatch(found)
		days, _ := strconv.Atoi(parts[1]) // the pattern holds digits alone
		layout := "2 January"
		if parts[2] != "" {
			layout = "Monday"
		}
		return workday(today, days).Format(layout)
	})
}
