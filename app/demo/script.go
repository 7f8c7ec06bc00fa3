package demo

import (
	"embed"
	"errors"
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

// users are the names of the firm's users by key.
var users = map[string]string{"maya": "Maya Hart", "tom": "Tom Reyes", "priya": "Priya Nair"}

// matterScript is the content of one matter's file.
type matterScript struct {
	reference, title, matterType string
	opened                       int // working days ago
	assigned                     string
	team                         []string
	participants                 []*participant
}

// participant is one participant with their chat.
type participant struct {
	key, name, role   string
	joined, otherSide bool
	messages          []message
	// read is how many messages the assigned user has read, or -1 for all.
	read    int
	replies []string
}

// message is one message of a chat.
type message struct {
	at        func(now time.Time) time.Time
	author    string // a key
	setStatus bool
	text      string
}

// participant returns the participant with a key, or nil.
func (s *matterScript) participant(key string) *participant {
	i := slices.IndexFunc(s.participants, func(p *participant) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return s.participants[i]
}

// openedAt is 8:00 on the day the matter was opened.
func (s *matterScript) openedAt(now time.Time) time.Time {
	return clockTime(addWorkdays(now, -s.opened), 8, 0)
}

// email is the email of a participant's account.
func (s *matterScript) email(key string) string { return key + "." + s.reference + "@client.example" }

func (p *participant) readCount() int {
	if p.read < 0 {
		return len(p.messages)
	}
	return p.read
}

// scripts reads all matters, once.
var scripts = sync.OnceValues(func() ([]*matterScript, error) {
	names, err := fs.Glob(matterFiles, "matters/*.txt")
	if err != nil {
		return nil, err
	}
	var all []*matterScript
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

func matterByReference(reference string) (*matterScript, error) {
	all, err := scripts()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s *matterScript) bool { return s.reference == reference })
	if i < 0 {
		return nil, fmt.Errorf("no demo matter %s", reference)
	}
	return all[i], nil
}

// parse parses the file of a matter.
func parse(text string) (*matterScript, error) {
	s := &matterScript{}
	var current *participant // whose chat the next lines belong to
	for i, row := range strings.Split(text, "\n") {
		row = strings.TrimSpace(row)
		if row == "" || row[0] == ';' {
			continue
		}
		if err := s.parseRow(row, &current); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", i+1, err, row)
		}
	}
	return s, nil
}

func (s *matterScript) parseRow(row string, current **participant) (err error) {
	word, rest, _ := strings.Cut(row, " ")
	switch word {
	case "matter":
		s.reference = rest
	case "title":
		s.title = rest
	case "type":
		s.matterType = rest
	case "opened":
		s.opened, err = strconv.Atoi(rest)
	case "assigned":
		s.assigned = rest
	case "team":
		s.team = strings.Fields(rest)
	case "participant":
		return s.parseParticipant(rest)
	case "chat":
		if *current = s.participant(rest); *current == nil {
			return errors.New("unknown participant")
		}
	case "read":
		(*current).read = len((*current).messages)
	case "reply":
		(*current).replies = append((*current).replies, rest)
	default:
		if *current == nil {
			return errors.New("message outside a chat")
		}
		m, err := parseMessage(row)
		if err != nil {
			return err
		}
		if m.author != (*current).key && !isUser(m.author) {
			return fmt.Errorf("unknown author %q", m.author)
		}
		(*current).messages = append((*current).messages, m)
	}
	return err
}

// parseParticipant parses "ana Ana Okafor | Client | other side".
func (s *matterScript) parseParticipant(text string) error {
	fields := strings.Split(text, "|")
	if len(fields) < 2 {
		return errors.New("a participant needs a name and a role")
	}
	p := &participant{joined: true, read: -1, role: strings.TrimSpace(fields[1])}
	p.key, p.name, _ = strings.Cut(strings.TrimSpace(fields[0]), " ")
	for _, flag := range fields[2:] {
		switch strings.TrimSpace(flag) {
		case "not joined":
			p.joined = false
		case "other side":
			p.otherSide = true
		default:
			return fmt.Errorf("unknown flag %q", flag)
		}
	}
	s.participants = append(s.participants, p)
	return nil
}

func isUser(key string) bool { return users[key] != "" }

// parseMessage parses "21 16:05 maya status Text" or "ago 18m ana Text".
func parseMessage(row string) (m message, err error) {
	fields := strings.SplitN(row, " ", 4)
	if len(fields) < 4 {
		return m, errors.New("not a message")
	}
	day, clock := fields[0], fields[1]
	m.author, m.text = fields[2], strings.ReplaceAll(fields[3], `\n`, "\n")
	if after, ok := strings.CutPrefix(m.text, "status "); ok && isUser(m.author) {
		m.setStatus, m.text = true, after
	}
	if day == "ago" {
		ago, err := time.ParseDuration(clock)
		m.at = func(now time.Time) time.Time { return now.Add(-ago) }
		return m, err
	}
	days, err := strconv.Atoi(day)
	if err != nil {
		return m, err
	}
	t, err := time.Parse("15:04", clock)
	m.at = func(now time.Time) time.Time { return clockTime(addWorkdays(now, -days), t.Hour(), t.Minute()) }
	return m, err
}

// clockTime is a time of day on the given day.
func clockTime(day time.Time, hour, minute int) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, hour, minute, 0, 0, day.Location())
}

// addWorkdays returns the day that many working days after a day, or before it if negative.
func addWorkdays(day time.Time, days int) time.Time {
	step := 1
	if days < 0 {
		step, days = -1, -days
	}
	for ; days > 0; days-- {
		day = day.AddDate(0, 0, step)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDate(0, 0, step)
		}
	}
	return day
}

var dates = regexp.MustCompile(`\{([+-]\d+)( weekday)?\}`)

// fillDates replaces {+9} with "4 December" and {+3 weekday} with "Thursday".
func fillDates(text string, now time.Time) string {
	return dates.ReplaceAllStringFunc(text, func(found string) string {
		parts := dates.FindStringSubmatch(found)
		days, _ := strconv.Atoi(parts[1]) // the pattern matches digits only
		layout := "2 January"
		if parts[2] != "" {
			layout = "Monday"
		}
		return addWorkdays(now, days).Format(layout)
	})
}
