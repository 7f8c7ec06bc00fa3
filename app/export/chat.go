package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Times appear in a column to the left of the messages.
const (
	timeColumn   = 52.0
	messageX     = left + timeColumn
	messageWidth = right - messageX
)

// chat adds a chat: who it is with, who has read it, and its messages under the days they were sent.
func (d *document) chat(c Chat) {
	d.space(12)
	d.bookmark(c.Name)
	d.text(c.Name, heading, left, right-left)
	d.space(2)
	d.fact("Role", roleOf(c))
	d.fact("Read by", d.readers(c))
	if len(c.Messages) == 0 {
		d.space(14)
		d.text("This chat has no messages.", body.withColour(quiet), left, right-left)
	}
	var previous string
	for _, m := range c.Messages {
		day := d.day(m.time())
		if m.Delivery != Sent {
			day = "Not sent at the time of export"
		}
		d.message(c, m, day, day != previous)
		previous = day
	}
}

// roleOf describes a participant.
func roleOf(c Chat) string {
	text := c.Role
	if c.OtherSide {
		text += ", on the other side"
	}
	switch {
	case c.Removed:
		text += "; access has ended"
	case !c.Joined:
		text += "; has not joined yet"
	}
	return text
}

// readers lists how far each reader has read, one per line.
func (d *document) readers(c Chat) string {
	var lines []string
	participantRead := slices.ContainsFunc(c.Reads, func(r ReadMark) bool { return r.FromParticipant })
	if !participantRead && len(c.Messages) > 0 {
		lines = append(lines, c.Name+": nothing yet")
	}
	for _, r := range c.Reads {
		text := cmp.Or(r.ReaderName, "Unknown user")
		switch n := c.unread(r); n {
		case 0:
			text += ": everything"
		case 1:
			text += ": all but the last message"
		default:
			text += fmt.Sprintf(": all but the last %d messages", n)
		}
		if !r.At.IsZero() {
			text += ", on " + d.dateTime(r.At)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

// message adds a message and its notes, and before the first message of a day the day's label.
func (d *document) message(c Chat, m Message, day string, firstOfDay bool) {
	from := c.Role
	if !m.FromParticipant {
		from = d.file.Firm
	}
	lines, notes, noteHeight := d.setter.set(m.Text, message, messageWidth), d.notes(c, m), 0.0
	for _, n := range notes {
		noteHeight += float64(len(n.lines)) * small.leading
	}
	if notes != nil {
		noteHeight += 2
	}
	height := author.leading + float64(min(2, len(lines)))*message.leading + noteHeight
	if firstOfDay {
		d.header[1] = c.Name // the label below names the day
		d.space(16)
		d.ensure(dayLabel.leading + 12 + height)
		d.y -= dayLabel.leading
		label := d.setter.truncate(day, dayLabel, right-left)
		d.draw(label, dayLabel, left, d.y)
		d.rule(left+label.width+10, d.y+3)
		d.space(4)
		d.header[1] = c.Name + ", " + day
	} else {
		d.space(9)
		d.ensure(height)
	}
	d.y -= author.leading
	name := d.setter.truncate(m.AuthorName, author, messageWidth*2/3)
	d.draw(d.setter.truncate(d.clock(m.time()), small, timeColumn), small, left, d.y)
	d.draw(name, author, messageX, d.y)
	d.draw(d.setter.truncate(from, small, messageWidth-name.width-8), small, messageX+name.width+7, d.y)
	d.lines(lines, message, messageX, messageWidth, noteHeight)
	if notes != nil {
		d.space(2)
	}
	for _, n := range notes {
		d.lines(n.lines, n.style, messageX, messageWidth, 0)
	}
}

type note struct {
	lines []line
	style style
}

// notes returns the remarks below a message: about its delivery and the times it was the current status.
func (d *document) notes(c Chat, m Message) (notes []note) {
	add := func(colour, format string, args ...any) {
		notes = append(notes, note{d.setter.set(fmt.Sprintf(format, args...), small, messageWidth), small.withColour(colour)})
	}
	if m.sentLate() {
		add(quiet, "Written on %s, sent on %s.", d.dateTime(m.WrittenAt), d.dateTime(m.SentAt))
	}
	switch m.Delivery {
	case Waiting:
		add(amber, "Waiting to send. Written on %s.", d.dateTime(m.WrittenAt))
	case Rejected:
		add(red, "Not sent. Written on %s. %s", d.dateTime(m.WrittenAt), m.Reason)
	}
	if m.BecomesStatus {
		add(amber, "Becomes the current status once sent.")
	}
	for _, s := range c.Statuses {
		switch {
		case s.Message != m.ID:
		case s.EndedAt.IsZero():
			add(accent, "Current status, set by %s on %s.", s.SetByName, d.dateTime(s.SetAt))
		default:
			add(quiet, "Status from %s until %s, set by %s.", d.dateTime(s.SetAt), d.dateTime(s.EndedAt), s.SetByName)
		}
	}
	return notes
}
