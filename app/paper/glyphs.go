package paper

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // as some fonts have their emoji
	_ "image/png"
	"math"
	"strings"

	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

// glyphs are those that a PDF draws, each drawn once. What is one here is a cluster: the letters that a font
// draws together, as a letter with its accents or a ligature, and the text it stands for, so that what is
// searched and copied is exactly what was written. They are kept in fonts of PDF's type 3, whose glyphs are
// drawings: that takes outlines and pictures alike, from any kind of font file.
type glyphs struct {
	pdf   *pdf
	hex   *font.Face // draws the number of a character that no font has
	known map[glyphKey]glyph
	fonts []*glyphFont
}

type glyphKey struct {
	face         *font.Face
	shapes, text string
}

// glyph is where one is found, and how wide it is, in thousandths of the type size.
type glyph struct{ font, code, width int }

// glyphFont is a font of a PDF: at most 256 glyphs.
type glyphFont struct {
	n      int // its object
	procs  []int
	widths []int
	texts  []string
	images []int
}

// of is a cluster, drawn if it is met for the first time. Its measures are for a type size of 1000.
func (g *glyphs) of(face *font.Face, cluster []shaping.Glyph, text string) glyph {
	var shapes strings.Builder
	for i, s := range cluster {
		fmt.Fprint(&shapes, s.GlyphID, " ", s.XOffset, " ", s.YOffset, " ")
		if i < len(cluster)-1 { // where the next one stands
			fmt.Fprint(&shapes, s.Advance, " ")
		}
	}
	key := glyphKey{face, shapes.String(), text}
	found, known := g.known[key]
	if !known {
		found = g.draw(face, cluster, text)
		g.known[key] = found
	}
	return found
}

func (g *glyphs) draw(face *font.Face, cluster []shaping.Glyph, text string) glyph {
	if len(g.fonts) == 0 || len(g.fonts[len(g.fonts)-1].procs) == 256 {
		g.fonts = append(g.fonts, &glyphFont{n: g.pdf.reserve()})
	}
	f := g.fonts[len(g.fonts)-1]
	d := drawing{}
	if missing(cluster) {
		d.number(g.hex, text)
	} else {
		for _, s := range cluster {
			d.add(g.pdf, face, s, float64(d.advance)+float(s.XOffset), float(s.YOffset))
			d.advance += float(s.Advance)
		}
	}
	f.images = append(f.images, d.images...)
	f.procs = append(f.procs, g.pdf.stream("", d.done()))
	f.widths = append(f.widths, int(math.Round(d.advance)))
	f.texts = append(f.texts, text)
	return glyph{len(g.fonts) - 1, len(f.procs) - 1, f.widths[len(f.procs)-1]}
}

// missing says that a font has no glyph for a cluster.
func missing(cluster []shaping.Glyph) bool {
	for _, s := range cluster {
		if s.GlyphID == 0 {
			return true
		}
	}
	return false
}

// drawing is what a glyph looks like.
type drawing struct {
	path                     bytes.Buffer
	advance                  float64
	left, bottom, right, top float64
	images                   []int
}

// add draws one glyph of a cluster with its origin at a point.
func (d *drawing) add(p *pdf, face *font.Face, s shaping.Glyph, x, y float64) {
	scale := 1000 / float64(face.Upem())
	switch data := face.GlyphData(s.GlyphID).(type) {
	case font.GlyphOutline:
		d.outline(data, scale, x, y)
	case font.GlyphSVG:
		d.outline(data.Outline, scale, x, y)
	case font.GlyphColor:
		if outline, ok := face.GlyphDataOutline(s.GlyphID); ok {
			d.outline(outline, scale, x, y)
		}
	case font.GlyphBitmap:
		picture, _, err := image.Decode(bytes.NewReader(data.Data))
		if err != nil {
			if data.Outline != nil {
				d.outline(*data.Outline, scale, x, y)
			}
			return
		}
		n := p.picture(picture)
		d.images = append(d.images, n)
		width, height := float(s.Width), -float(s.Height)
		fmt.Fprintf(&d.path, "q %.1f 0 0 %.1f %.1f %.1f cm /I%d Do Q\n", width, height, x+float(s.XBearing), y+float(s.YBearing)-height, n)
	}
}

func (d *drawing) outline(o font.GlyphOutline, scale, x, y float64) {
	var from [2]float64
	for _, s := range o.Segments {
		var at [3][2]float64
		for i, p := range s.ArgsSlice() {
			at[i] = [2]float64{float64(p.X)*scale + x, float64(p.Y)*scale + y}
			d.reach(at[i])
		}
		last := at[0]
		switch s.Op {
		case ot.SegmentOpMoveTo:
			fmt.Fprintf(&d.path, "%.1f %.1f m\n", at[0][0], at[0][1])
		case ot.SegmentOpLineTo:
			fmt.Fprintf(&d.path, "%.1f %.1f l\n", at[0][0], at[0][1])
		case ot.SegmentOpQuadTo: // PDF has curves of the third degree alone
			last = at[1]
			d.curve(third(from, at[0]), third(last, at[0]), last)
		case ot.SegmentOpCubeTo:
			last = at[2]
			d.curve(at[0], at[1], last)
		}
		from = last
	}
}

func third(from, towards [2]float64) [2]float64 {
	return [2]float64{from[0] + (towards[0]-from[0])*2/3, from[1] + (towards[1]-from[1])*2/3}
}

func (d *drawing) curve(a, b, c [2]float64) {
	fmt.Fprintf(&d.path, "%.1f %.1f %.1f %.1f %.1f %.1f c\n", a[0], a[1], b[0], b[1], c[0], c[1])
}

func (d *drawing) reach(p [2]float64) {
	d.left, d.right = min(d.left, p[0]), max(d.right, p[0])
	d.bottom, d.top = min(d.bottom, p[1]), max(d.top, p[1])
}

// number draws characters that no font has as their numbers, in boxes: better than nothing there.
func (d *drawing) number(face *font.Face, text string) {
	const size, margin = 0.55, 60.0
	scale := size * 1000 / float64(face.Upem())
	for _, r := range text {
		x := d.advance + margin
		start := x
		x += margin
		for _, c := range fmt.Sprintf("U+%04X", r) {
			id, _ := face.NominalGlyph(c)
			outline, _ := face.GlyphDataOutline(id)
			d.outline(outline, scale, x, 150)
			x += float64(face.HorizontalAdvance(id)) * scale
		}
		x += margin
		// A frame: two rectangles, the inner one against the clock.
		const thin, low, high = 30, 0, 700
		fmt.Fprintf(&d.path, "%.1f %d %.1f %d re %.1f %d m %.1f %d l %.1f %d l %.1f %d l h\n", start, low, x-start, high,
			start+thin, low+thin, start+thin, high-thin, x-thin, high-thin, x-thin, low+thin)
		d.reach([2]float64{x, high})
		d.advance = x + margin
	}
}

// done is the drawing as a glyph of a font: in the colour of the text, unless it brings its own.
func (d *drawing) done() []byte {
	if d.images != nil {
		return fmt.Appendf(nil, "%.0f 0 d0\n%s", d.advance, d.path.Bytes())
	}
	return fmt.Appendf(nil, "%.0f 0 %.0f %.0f %.0f %.0f d1\n%sf", d.advance, math.Floor(d.left), math.Floor(d.bottom), math.Ceil(d.right), math.Ceil(d.top), d.path.Bytes())
}

// picture writes a picture as an object.
func (p *pdf) picture(m image.Image) int {
	b := m.Bounds()
	var colour, alpha []byte
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := m.At(x, y).RGBA()
			if a > 0 { // they come multiplied by it
				r, g, bl = r*0xff/a, g*0xff/a, bl*0xff/a
			}
			colour = append(colour, byte(r), byte(g), byte(bl))
			alpha = append(alpha, byte(a>>8))
		}
	}
	kind := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/", b.Dx(), b.Dy())
	mask := p.stream(kind+"DeviceGray", alpha)
	return p.stream(fmt.Sprintf("%sDeviceRGB/SMask %d 0 R", kind, mask), colour)
}

// end writes the fonts, when all glyphs are known.
func (g *glyphs) end() {
	for _, f := range g.fonts {
		var procs, names, images strings.Builder
		for code, n := range f.procs {
			fmt.Fprintf(&procs, "/g%d %d 0 R", code, n)
			fmt.Fprintf(&names, "/g%d", code)
		}
		for _, n := range f.images {
			fmt.Fprintf(&images, "/I%d %d 0 R", n, n)
		}
		g.pdf.object(f.n, "<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 0/LastChar %d/Widths%d/Encoding<</Type/Encoding/Differences[0%s]>>/CharProcs<<%s>>/Resources<</XObject<<%s>>>>/ToUnicode %d 0 R>>",
			len(f.procs)-1, f.widths, names.String(), procs.String(), images.String(), g.pdf.stream("", f.meanings()))
	}
}

// meanings says which text each glyph of a font stands for.
func (f *glyphFont) meanings() []byte {
	b := bytes.NewBufferString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n/CMapType 2 def/CMapName/Text def\n1 begincodespacerange <00> <FF> endcodespacerange\n")
	const most = 100 // in one list
	for from := 0; from < len(f.texts); from += most {
		part := f.texts[from:min(from+most, len(f.texts))]
		fmt.Fprintf(b, "%d beginbfchar\n", len(part))
		for i, s := range part {
			fmt.Fprintf(b, "<%02X> <%s>\n", from+i, utf16Hex(s))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return b.Bytes()
}
