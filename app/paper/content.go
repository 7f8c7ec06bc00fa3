package paper

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-text/typesetting/font"
)

// The colours and sizes are those of the window, where paper has them.
const (
	ink    = ".11 .137 .153"
	quiet  = ".384 .424 .459"
	accent = ".122 .361 .341"
	amber  = ".675 .31 .035"
	red    = ".702 .149 .118"
)

var (
	title   = style{bold: true, size: 19, leading: 25, colour: ink}
	heading = style{bold: true, size: 14, leading: 19, colour: ink}
	dayName = style{bold: true, size: 9, leading: 14, colour: quiet}
	name    = style{bold: true, size: 9.5, leading: 14.5, colour: ink}
	body    = style{size: 9.5, leading: 14.5, colour: ink}
	words   = style{size: 9.5, leading: 14.5, colour: ink, own: true}
	small   = style{size: 8, leading: 12, colour: quiet}
)

// in is a style in another colour.
func (s style) in(colour string) style {
	s.colour = colour
	return s
}

// Times stand in a column of their own, at the left of what was said.
const (
	column = 52.0
	said   = left + column
	width  = right - said
)

// WritePDF writes a file as a PDF, with its times as they are in zone. Characters that are in none of the fonts
// that come with it are drawn in a face that computers finds, or as their numbers where that finds none.
func WritePDF(w io.Writer, f File, zone *time.Location, computers func(rune) *font.Face) error {
	out := newPDF(w)
	set, err := newSetter(out, computers)
	if err != nil {
		return err
	}
	s := sheet{pages: &pages{pdf: out, type_: set, y: top + 22}, zone: zone}
	s.head[0] = f.Matter.Reference + "   " + f.Matter.Title
	s.foot = fmt.Sprintf("%s. Made by %s on %s.", f.Firm, f.MadeBy, s.moment(f.MadeAt))
	s.cover(f)
	for i, c := range f.Chats {
		if i > 0 || f.Whole {
			s.head[1] = c.Name
			s.turn()
		}
		s.head[1] = c.Name
		s.chat(f, c)
	}
	return s.end(fmt.Sprintf("/Title%s/Author%s/Creator(Matterline)/CreationDate(D:%sZ)",
		text(f.Matter.Reference+" "+f.Matter.Title), text(f.Firm), f.MadeAt.UTC().Format("20060102150405")))
}

// sheet is pages with a file on them.
type sheet struct {
	*pages
	zone *time.Location
}

func (s *sheet) clock(t time.Time) string { return t.In(s.zone).Format("15:04") }
func (s *sheet) date(t time.Time) string  { return t.In(s.zone).Format("2 January 2006") }
func (s *sheet) day(t time.Time) string   { return t.In(s.zone).Format("Monday, 2 January 2006") }
func (s *sheet) moment(t time.Time) string {
	return t.In(s.zone).Format("2 January 2006, 15:04")
}

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
	set := s.type_.set(text, body, right-left-labels)
	s.need(body.leading)
	s.draw(s.type_.cut(label, body.in(quiet), labels), body.in(quiet), left, s.y-body.leading)
	s.lines(set, body, left+labels, right-left-labels, 0)
	s.space(2)
}

func (s *sheet) chat(f File, c Chat) {
	s.space(12)
	s.mark(c.Name)
	s.text(c.Name, heading, left, right-left)
	s.space(2)
	s.fact("Role", about(c))
	s.reads(c)
	if len(c.Messages) == 0 {
		s.space(14)
		s.text("Nothing has been written in this chat.", body.in(quiet), left, right-left)
	}
	var day string
	for i, m := range c.Messages {
		today := s.day(m.at())
		if m.Delivery != Sent {
			today = "Not sent when this was made"
		}
		s.message(f, c, m, today != day, today, i == 0)
		day = today
	}
}

// about says what a participant is in the matter.
func about(c Chat) string {
	text := c.Role
	if c.OtherSide {
		text += ", on the other side"
	}
	switch {
	case c.Removed:
		text += "; access has ended"
	case !c.Joined:
		text += "; has never signed in"
	}
	return text
}

// reads says who has read how far.
func (s *sheet) reads(c Chat) {
	var list []string
	theirs := slices.ContainsFunc(c.Reads, func(r Read) bool { return r.FromParticipant })
	if !theirs && len(c.Messages) > 0 {
		list = append(list, c.Name+" has read nothing yet")
	}
	for _, r := range c.Reads {
		text := cmp.Or(r.ReaderName, "A user whose name this computer does not know")
		switch n := c.unread(r); n {
		case 0:
			text += ", everything"
		case 1:
			text += ", all but the last message"
		default:
			text += fmt.Sprintf(", all but the last %d messages", n)
		}
		if !r.At.IsZero() {
			text += ", on " + s.moment(r.At)
		}
		list = append(list, text)
	}
	s.fact("Read by", strings.Join(list, "\n"))
}

// message puts one message, under the name of its day if it is the first of that.
func (s *sheet) message(f File, c Chat, m Message, first bool, day string, top bool) {
	from := c.Role
	if !m.FromParticipant {
		from = f.Firm
	}
	set, notes, below := s.type_.set(m.Text, words, width), s.notes(c, m), 0.0
	for _, n := range notes {
		below += float64(len(n.lines)) * small.leading
	}
	if notes != nil {
		below += 2
	}
	height := name.leading + float64(min(2, len(set)))*words.leading + below
	if first {
		s.space(16)
		s.need(dayName.leading + 12 + height)
		s.y -= dayName.leading
		label := s.type_.cut(day, dayName, right-left)
		s.draw(label, dayName, left, s.y)
		fmt.Fprintf(&s.now, "%s %.2f %.2f m %.2f %.2f l S\n", hairline, left+label.width+10, s.y+3, right, s.y+3)
		s.space(4)
	} else {
		s.space(9)
		s.need(height)
	}
	s.y -= name.leading
	who := s.type_.cut(m.AuthorName, name, width*2/3)
	s.draw(s.type_.cut(s.clock(m.at()), small, column), small, left, s.y)
	s.draw(who, name, said, s.y)
	s.draw(s.type_.cut(from, small, width-who.width-8), small, said+who.width+7, s.y)
	s.lines(set, words, said, width, below)
	if notes != nil {
		s.space(2)
	}
	for _, n := range notes {
		s.lines(n.lines, n.style, said, width, 0)
	}
}

type note struct {
	lines []line
	style style
}

// notes are what is to be said below a message.
func (s *sheet) notes(c Chat, m Message) (list []note) {
	add := func(colour, format string, args ...any) {
		list = append(list, note{s.type_.set(fmt.Sprintf(format, args...), small, width), small.in(colour)})
	}
	if m.wroteEarlier() {
		add(quiet, "Written on %s, sent on %s.", s.moment(m.WrittenAt), s.moment(m.SentAt))
	}
	switch m.Delivery {
	case Waiting:
		add(amber, "Waiting to send. Written on %s.", s.moment(m.WrittenAt))
	case Refused:
		add(red, "Not sent. Written on %s. %s", s.moment(m.WrittenAt), m.Reason)
	}
	if m.AsksStatus {
		add(amber, "To be the current status when it is sent.")
	}
	for _, p := range c.Statuses {
		switch {
		case p.Message != m.ID:
		case p.EndedAt.IsZero():
			add(accent, "Current status, set by %s on %s.", p.SetByName, s.moment(p.SetAt))
		default:
			add(quiet, "Status from %s until %s, set by %s.", s.moment(p.SetAt), s.moment(p.EndedAt), p.SetByName)
		}
	}
	return list
}
