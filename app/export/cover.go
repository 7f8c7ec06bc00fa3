package export

import (
	"fmt"
	"strings"
	"time"
)

// cover adds the facts about the matter and the file.
func (d *document) cover() {
	f := d.file
	d.text(f.Firm, dayLabel.withColour(accent), left, right-left)
	d.space(22)
	d.text(f.Matter.Title, title, left, right-left)
	d.space(8)
	d.fact("Reference", f.Matter.Reference)
	d.fact("Type", f.Matter.Type)
	if !f.Matter.OpenedAt.IsZero() {
		d.fact("Opened", d.date(f.Matter.OpenedAt))
	}
	if !f.Matter.ClosedAt.IsZero() {
		d.fact("Closed", d.date(f.Matter.ClosedAt))
	}
	d.fact("Assigned to", f.Matter.AssignedName)
	if f.AllChats {
		d.fact("Chats", chatList(f.Chats))
	}
	d.fact("Exported", d.dateTime(f.MadeAt)+" by "+f.MadeBy)
	switch {
	case f.AsOf.IsZero():
		d.fact("Complete", "No. This computer hadn't received everything from the portal yet.")
	case f.MadeAt.Sub(f.AsOf) > time.Minute:
		d.fact("Complete", "As of "+d.dateTime(f.AsOf)+", when this computer last had everything from the portal.")
	}
	d.fact("Times", d.zoneName(f.MadeAt))
	d.space(16)
	d.rule(left, d.y)
}

// zoneName names the time zone of the file.
func (d *document) zoneName(at time.Time) string {
	name, _ := at.In(d.zone).Zone()
	if d.zone != time.Local {
		name = d.zone.String()
	}
	return fmt.Sprintf("%s (UTC%s at the time of export)", name, at.In(d.zone).Format("-07:00"))
}

// chatList lists the chats, one per line.
func chatList(chats []Chat) string {
	if len(chats) == 0 {
		return "None"
	}
	var lines []string
	for _, c := range chats {
		lines = append(lines, fmt.Sprintf("%s, %s: %s", c.Name, c.Role, count(len(c.Messages), "message")))
	}
	return strings.Join(lines, "\n")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
