package export

import (
	"bytes"
	"fmt"
	"strings"
)

// The layout of an A4 page, in points from its bottom left corner.
const (
	pageWidth, pageHeight = 595.28, 841.89

	left, right = 68.0, pageWidth - 68
	headerY     = pageHeight - 46
	top         = pageHeight - 84
	bottom      = 76.0
	footerY     = 40.0
)

// pages lays out text from top to bottom and starts a new page when one is full.
type pages struct {
	pdf       *pdfWriter
	setter    *typesetter
	content   bytes.Buffer // of the current page
	y         float64      // the lowest point used on it
	finished  []int        // the content objects of the earlier pages
	bookmarks []bookmark
	// header is the text at the top of every page but the first, on the left and on the right.
	header [2]string
	footer string
}

// bookmark is an entry of the PDF's outline.
type bookmark struct {
	title string
	page  int
	y     float64
}

const hairline = ".86 .855 .83 RG .5 w"

// ensure starts a new page if this one has less than height left.
func (p *pages) ensure(height float64) {
	if p.y-height < bottom {
		p.newPage()
	}
}

func (p *pages) newPage() {
	p.finishPage()
	p.y = top
	width := right - left
	name := p.setter.truncate(p.header[1], small, width/2)
	p.draw(p.setter.truncate(p.header[0], small, width-name.width-20), small, left, headerY)
	p.draw(name, small, right-name.width, headerY)
	p.rule(left, headerY-10)
}

func (p *pages) finishPage() {
	p.finished = append(p.finished, p.pdf.stream("", p.content.Bytes()))
	p.content.Reset()
}

// draw draws a line of text at a point.
func (p *pages) draw(l line, st style, x, y float64) {
	if l.ops != "" {
		fmt.Fprintf(&p.content, "BT %s rg 1 0 0 1 %.2f %.2f Tm%s ET\n", st.colour, x, y, l.ops)
	}
}

// rule draws a hairline from x to the right margin.
func (p *pages) rule(x, y float64) {
	fmt.Fprintf(&p.content, "%s %.2f %.2f m %.2f %.2f l S\n", hairline, x, y, right, y)
}

// lines adds lines, with right-to-left ones aligned right. The first two lines stay together on a page, as do the last
// two and the next below points.
func (p *pages) lines(lines []line, st style, x, width, below float64) {
	for i, l := range lines {
		height := st.leading
		if len(lines) > 1 && (i == 0 || i == len(lines)-2) {
			height *= 2
		}
		if i >= len(lines)-2 {
			height += below
		}
		p.ensure(height)
		p.y -= st.leading
		lineX := x
		if l.rtl {
			lineX = x + width - l.width
		}
		p.draw(l, st, lineX, p.y)
	}
}

// text adds a text.
func (p *pages) text(text string, st style, x, width float64) {
	p.lines(p.setter.set(text, st, width), st, x, width, 0)
}

func (p *pages) space(height float64) { p.y -= height }

// bookmark adds a bookmark at this point.
func (p *pages) bookmark(title string) {
	p.bookmarks = append(p.bookmarks, bookmark{title, len(p.finished), p.y})
}

// close writes what depends on all pages: their footers, the fonts and the outline.
func (p *pages) close(info string) error {
	p.finishPage()
	tree, root, resources := p.pdf.reserve(), p.pdf.reserve(), p.pdf.reserve()
	var pages []int
	var kids strings.Builder
	for i, content := range p.finished {
		number := p.setter.truncate(fmt.Sprintf("%d of %d", i+1, len(p.finished)), small, right-left)
		p.draw(number, small, right-number.width, footerY)
		p.draw(p.setter.truncate(p.footer, small, right-left-number.width-20), small, left, footerY)
		footer := p.pdf.stream("", p.content.Bytes())
		p.content.Reset()
		page := p.pdf.reserve()
		p.pdf.object(page, "<</Type/Page/Parent %d 0 R/Contents[%d 0 R %d 0 R]>>", tree, content, footer)
		pages = append(pages, page)
		fmt.Fprintf(&kids, "%d 0 R ", page)
	}
	p.setter.glyphs.writeFonts()
	var fonts strings.Builder
	for i, f := range p.setter.glyphs.fonts {
		fmt.Fprintf(&fonts, "/F%d %d 0 R", i, f.object)
	}
	p.pdf.object(resources, "<</Font<<%s>>>>", fonts.String())
	p.pdf.object(tree, "<</Type/Pages/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R/Count %d/Kids[%s]>>", pageWidth, pageHeight, resources, len(pages), kids.String())
	p.pdf.object(root, "<</Type/Catalog/Pages %d 0 R/ViewerPreferences<</DisplayDocTitle true>>%s>>", tree, p.outline(pages))
	infoObject := p.pdf.reserve()
	p.pdf.object(infoObject, "<<%s>>", info)
	return p.pdf.close(root, infoObject)
}

// outline writes the bookmarks and returns the catalog's entry for them.
func (p *pages) outline(pages []int) string {
	if len(p.bookmarks) == 0 {
		return ""
	}
	parent := p.pdf.reserve()
	objects := make([]int, len(p.bookmarks))
	for i := range objects {
		objects[i] = p.pdf.reserve()
	}
	for i, b := range p.bookmarks {
		var siblings string
		if i > 0 {
			siblings += fmt.Sprintf("/Prev %d 0 R", objects[i-1])
		}
		if i < len(objects)-1 {
			siblings += fmt.Sprintf("/Next %d 0 R", objects[i+1])
		}
		p.pdf.object(objects[i], "<</Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ null %.0f null]%s>>", textString(b.title), parent, pages[b.page], b.y, siblings)
	}
	p.pdf.object(parent, "<</First %d 0 R/Last %d 0 R/Count %d>>", objects[0], objects[len(objects)-1], len(objects))
	return fmt.Sprintf("/Outlines %d 0 R", parent)
}
