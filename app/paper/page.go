package paper

import (
	"bytes"
	"fmt"
	"strings"
)

// A4, in points.
const (
	pageWidth, pageHeight = 595.28, 841.89

	left, right = 68.0, pageWidth - 68
	headAt      = pageHeight - 46
	top         = pageHeight - 84
	bottom      = 76.0
	footAt      = 40.0
)

// pages are laid out from top to bottom, one after the other.
type pages struct {
	pdf    *pdf
	setter *setter
	now    bytes.Buffer // what stands on the page so far
	y      float64      // how far down it is
	made   []int        // what stands on the pages that are full
	marks  []mark
	// head is what stands at the top of every page but the first, at the left and at the right.
	head [2]string
	foot string
}

// mark is a place that a reader's list of contents leads to.
type mark struct {
	title string
	page  int
	y     float64
}

const hairline = ".86 .855 .83 RG .5 w"

// need goes on to the next page when this one has less room than that.
func (p *pages) need(height float64) {
	if p.y-height < bottom {
		p.turn()
	}
}

// turn goes on to the next page.
func (p *pages) turn() {
	p.finish()
	p.y = top
	room := right - left
	name := p.setter.cut(p.head[1], small, room/2)
	p.draw(p.setter.cut(p.head[0], small, room-name.width-20), small, left, headAt)
	p.draw(name, small, right-name.width, headAt)
	p.rule(headAt - 10)
}

func (p *pages) finish() {
	p.made = append(p.made, p.pdf.stream("", p.now.Bytes()))
	p.now.Reset()
}

// draw puts a line at a point.
func (p *pages) draw(l line, st style, x, y float64) {
	if l.ops != "" {
		fmt.Fprintf(&p.now, "BT %s rg 1 0 0 1 %.2f %.2f Tm%s ET\n", st.colour, x, y, l.ops)
	}
}

// rule draws a hairline across the page.
func (p *pages) rule(y float64) {
	fmt.Fprintf(&p.now, "%s %.2f %.2f m %.2f %.2f l S\n", hairline, left, y, right, y)
}

// lines puts lines below what is there, those that run from the right at the right. Neither the first nor the
// last of them stands alone on its page, and below the last there is room for what belongs to it.
func (p *pages) lines(set []line, st style, x, width, below float64) {
	for i, l := range set {
		room := st.leading
		if len(set) > 1 && (i == 0 || i == len(set)-2) {
			room *= 2
		}
		if i >= len(set)-2 {
			room += below
		}
		p.need(room)
		p.y -= st.leading
		at := x
		if l.rtl {
			at = x + width - l.width
		}
		p.draw(l, st, at, p.y)
	}
}

// text puts a text below what is there.
func (p *pages) text(text string, st style, x, width float64) {
	p.lines(p.setter.set(text, st, width), st, x, width, 0)
}

func (p *pages) space(height float64) { p.y -= height }

// mark notes that the contents lead here.
func (p *pages) mark(title string) { p.marks = append(p.marks, mark{title, len(p.made), p.y}) }

// end writes what is known when all pages are: their feet, the glyphs and the contents.
func (p *pages) end(info string) error {
	p.finish()
	tree, root, all := p.pdf.reserve(), p.pdf.reserve(), p.pdf.reserve()
	var list []int
	var kids strings.Builder
	for i, content := range p.made {
		foot := p.setter.cut(fmt.Sprintf("%d of %d", i+1, len(p.made)), small, right-left)
		p.draw(foot, small, right-foot.width, footAt)
		p.draw(p.setter.cut(p.foot, small, right-left-foot.width-20), small, left, footAt)
		feet := p.pdf.stream("", p.now.Bytes())
		p.now.Reset()
		n := p.pdf.reserve()
		p.pdf.object(n, "<</Type/Page/Parent %d 0 R/Contents[%d 0 R %d 0 R]>>", tree, content, feet)
		list = append(list, n)
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	p.setter.glyphs.end()
	var fonts strings.Builder
	for i, f := range p.setter.glyphs.fonts {
		fmt.Fprintf(&fonts, "/F%d %d 0 R", i, f.n)
	}
	p.pdf.object(all, "<</Font<<%s>>>>", fonts.String())
	p.pdf.object(tree, "<</Type/Pages/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R/Count %d/Kids[%s]>>", pageWidth, pageHeight, all, len(list), kids.String())
	p.pdf.object(root, "<</Type/Catalog/Pages %d 0 R/ViewerPreferences<</DisplayDocTitle true>>%s>>", tree, p.contents(list))
	about := p.pdf.reserve()
	p.pdf.object(about, "<<%s>>", info)
	return p.pdf.end(root, about)
}

// contents writes the reader's list of contents.
func (p *pages) contents(list []int) string {
	if len(p.marks) == 0 {
		return ""
	}
	parent := p.pdf.reserve()
	numbers := make([]int, len(p.marks))
	for i := range numbers {
		numbers[i] = p.pdf.reserve()
	}
	for i, m := range p.marks {
		var beside string
		if i > 0 {
			beside += fmt.Sprintf("/Prev %d 0 R", numbers[i-1])
		}
		if i < len(numbers)-1 {
			beside += fmt.Sprintf("/Next %d 0 R", numbers[i+1])
		}
		p.pdf.object(numbers[i], "<</Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ null %.0f null]%s>>", text(m.title), parent, list[m.page], m.y, beside)
	}
	p.pdf.object(parent, "<</First %d 0 R/Last %d 0 R/Count %d>>", numbers[0], numbers[len(numbers)-1], len(numbers))
	return fmt.Sprintf("/Outlines %d 0 R", parent)
}
