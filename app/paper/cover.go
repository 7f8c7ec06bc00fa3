package paper

import (
	"fmt"
	"strings"
	"time"
)

// cover says which matter this is, and of when.
func (s *sheet) cover(f File) {
	s.text(f.Firm, dayName.in(accent), left, right-left)
	s.space(22)
	s.text(f.Matter.Title, title, left, right-left)
	s.space(8)
	s.fact("Reference", f.Matter.Reference)
	s.fact("Type", f.Matter.Type)
	if !f.Matter.OpenedAt.IsZero() {
		s.fact("Opened", s.date(f.Matter.OpenedAt))
	}
	if !f.Matter.ClosedAt.IsZero() {
		s.fact("Closed", s.date(f.Matter.ClosedAt))
	}
	s.fact("Assigned to", f.Matter.AssignedName)
	if f.Whole {
		s.people(f.Chats)
	}
	s.fact("Made", s.moment(f.MadeAt)+" by "+f.MadeBy)
	switch {
	case f.AsOf.IsZero():
		s.fact("Complete", "Not yet: this computer had not fetched everything from the portal.")
	case f.MadeAt.Sub(f.AsOf) > time.Minute:
		s.fact("Complete", "As of "+s.moment(f.AsOf)+", when this computer last heard from the portal.")
	}
	s.fact("Times", s.zoneName(f.MadeAt))
	s.space(16)
	s.rule(s.y)
}

// zoneName says how times are to be read.
func (s *sheet) zoneName(at time.Time) string {
	short, _ := at.In(s.zone).Zone()
	offset := "UTC" + at.In(s.zone).Format("-07:00")
	if name := s.zone.String(); name != "Local" && name != short {
		return fmt.Sprintf("%s (%s when this was made)", name, offset)
	}
	return fmt.Sprintf("%s (%s when this was made)", short, offset)
}

// people lists who the chats are with.
func (s *sheet) people(chats []Chat) {
	var list []string
	for _, c := range chats {
		list = append(list, fmt.Sprintf("%s, %s: %s", c.Name, c.Role, count(len(c.Messages), "message")))
	}
	if list == nil {
		list = []string{"None"}
	}
	s.fact("Chats", strings.Join(list, "\n"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// fact puts a label, and beside it what it says.
func (s *sheet) fact(label, text string) {
	if text == "" {
		return
	}
	const labels = 92.0
	set := s.setter.set(text, body, right-left-labels)
	s.need(body.leading)
	s.draw(s.setter.cut(label, body.in(quiet), labels), body.in(quiet), left, s.y-body.leading)
	s.lines(set, body, left+labels, right-left-labels, 0)
	s.space(2)
}
