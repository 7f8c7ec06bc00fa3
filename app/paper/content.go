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
	title   = style{bold: true, size: 19, leading: 25, colour: ink, own: true}
	heading = style{bold: true, size: 14, leading: 19, colour: ink, own: true}
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
	s := sheet{pages: &pages{pdf: out, setter: set, y: top + 22}, zone: zone}
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
	for _, m := range c.Messages {
		today := s.day(m.at())
		if m.Delivery != Sent {
			today = "Not sent when this was made"
		}
		s.message(f, c, m, today != day, today)
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
func (s *sheet) message(f File, c Chat, m Message, first bool, day string) {
	from := c.Role
	if !m.FromParticipant {
		from = f.Firm
	}
	set, notes, below := s.setter.set(m.Text, words, width), s.notes(c, m), 0.0
	for _, n := range notes {
		below += float64(len(n.lines)) * small.leading
	}
	if notes != nil {
		below += 2
	}
	height := name.leading + float64(min(2, len(set)))*words.leading + below
	if first {
		s.head[1] = c.Name
		s.space(16)
		s.need(dayName.leading + 12 + height)
		s.y -= dayName.leading
		label := s.setter.cut(day, dayName, right-left)
		s.draw(label, dayName, left, s.y)
		fmt.Fprintf(&s.now, "%s %.2f %.2f m %.2f %.2f l S\n", hairline, left+label.width+10, s.y+3, right, s.y+3)
		s.space(4)
		s.head[1] = c.Name + ", " + day
	} else {
		s.space(9)
		s.need(height)
	}
	s.y -= name.leading
	who := s.setter.cut(m.AuthorName, name, width*2/3)
	s.draw(s.setter.cut(s.clock(m.at()), small, column), small, left, s.y)
	s.draw(who, name, said, s.y)
	s.draw(s.setter.cut(from, small, width-who.width-8), small, said+who.width+7, s.y)
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
		list = append(list, note{s.setter.set(fmt.Sprintf(format, args...), small, width), small.in(colour)})
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
