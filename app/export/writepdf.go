package export

import (
	"fmt"
	"io"
	"time"

	"github.com/go-text/typesetting/font"
)

// The colours and sizes match those of the app's window.
const (
	ink    = ".11 .137 .153"
	quiet  = ".384 .424 .459"
	accent = ".122 .361 .341"
	amber  = ".675 .31 .035"
	red    = ".702 .149 .118"
)

var (
	title    = style{bold: true, size: 19, leading: 25, colour: ink, autoDirection: true}
	heading  = style{bold: true, size: 14, leading: 19, colour: ink, autoDirection: true}
	dayLabel = style{bold: true, size: 9, leading: 14, colour: quiet}
	author   = style{bold: true, size: 9.5, leading: 14.5, colour: ink}
	body     = style{size: 9.5, leading: 14.5, colour: ink}
	message  = style{size: 9.5, leading: 14.5, colour: ink, autoDirection: true}
	small    = style{size: 8, leading: 12, colour: quiet}
)

func (s style) withColour(colour string) style {
	s.colour = colour
	return s
}

// WritePDF writes a file as a PDF with times in zone. systemFont returns a font of the computer for a character that
// our own fonts don't have, or nil; then the PDF shows the character's number.
func WritePDF(w io.Writer, f File, zone *time.Location, systemFont func(rune) *font.Face) error {
	pdf := newPDFWriter(w)
	setter, err := newTypesetter(pdf, systemFont)
	if err != nil {
		return err
	}
	d := document{pages: &pages{pdf: pdf, setter: setter, y: top + 22}, file: f, zone: zone}
	d.header[0] = f.Matter.Reference + "   " + f.Matter.Title
	d.footer = fmt.Sprintf("%s. Exported by %s on %s.", f.Firm, f.MadeBy, d.dateTime(f.MadeAt))
	d.cover()
	for i, c := range f.Chats {
		d.header[1] = c.Name
		if i > 0 || f.AllChats {
			d.newPage()
		}
		d.chat(c)
	}
	return d.close(fmt.Sprintf("/Title%s/Author%s/Creator(Matterline)/CreationDate(D:%sZ)",
		textString(f.Matter.Reference+" "+f.Matter.Title), textString(f.Firm), f.MadeAt.UTC().Format("20060102150405")))
}

// document lays out a file on pages.
type document struct {
	*pages
	file File
	zone *time.Location
}

func (d *document) clock(t time.Time) string    { return t.In(d.zone).Format("15:04") }
func (d *document) date(t time.Time) string     { return t.In(d.zone).Format("2 January 2006") }
func (d *document) day(t time.Time) string      { return t.In(d.zone).Format("Monday, 2 January 2006") }
func (d *document) dateTime(t time.Time) string { return t.In(d.zone).Format("2 January 2006, 15:04") }

// fact adds a label with its value.
func (d *document) fact(label, value string) {
	if value == "" {
		return
	}
	const labelWidth = 92.0
	lines := d.setter.set(value, body, right-left-labelWidth)
	d.ensure(body.leading)
	d.draw(d.setter.truncate(label, body.withColour(quiet), labelWidth), body.withColour(quiet), left, d.y-body.leading)
	d.lines(lines, body, left+labelWidth, right-left-labelWidth, 0)
	d.space(2)
}
