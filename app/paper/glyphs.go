package paper

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // as some fonts have their emoji
	_ "image/png"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

// glyphs are those that a PDF draws, each drawn once. What is one here is a cluster: the letters that a font
// draws together, as a letter with its accents or a ligature, and the text it stands for, so that what is
// searched and copied is exactly what was written. They come from any kind of font file: their outlines go into
// fonts of the PDF's own (cff.go), their pictures, as emoji have, into fonts whose glyphs are drawings.
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
	n        int // its object
	pictures bool
	glyphs   []*drawing
	texts    []string
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
	d := &drawing{}
	if missing(cluster) {
		d.number(g.hex, text)
	} else {
		for _, s := range cluster {
			d.add(g.pdf, face, s, d.advance+float(s.XOffset), float(s.YOffset))
			d.advance += float(s.Advance)
		}
	}
	n := g.fontFor(d.pictures != nil)
	f := g.fonts[n]
	f.glyphs, f.texts = append(f.glyphs, d), append(f.texts, text)
	return glyph{n, len(f.glyphs) - 1, d.width()}
}

// fontFor is the number of a font that has room for a glyph.
func (g *glyphs) fontFor(picture bool) int {
	for n, f := range g.fonts {
		if f.pictures == picture && len(f.glyphs) < 256 {
			return n
		}
	}
	g.fonts = append(g.fonts, &glyphFont{n: g.pdf.reserve(), pictures: picture})
	return len(g.fonts) - 1
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

// drawing is what a glyph looks like, in thousandths of the type size.
type drawing struct {
	advance  float64
	outlines []segment
	pictures []placed
}

// segment is a step of an outline: m moves, l draws a line, c a curve.
type segment struct {
	op     byte
	points [][2]float64
}

// placed is a picture, and where it stands.
type placed struct {
	n                   int // its object
	x, y, width, height float64
}

func (d *drawing) width() int { return int(math.Round(d.advance)) }

// add draws one glyph of a cluster with its origin at a point.
func (d *drawing) add(p *pdf, face *font.Face, s shaping.Glyph, x, y float64) {
	if bitmap, is := face.GlyphData(s.GlyphID).(font.GlyphBitmap); is {
		if picture, _, err := image.Decode(bytes.NewReader(bitmap.Data)); err == nil {
			width, height := float(s.Width), -float(s.Height)
			d.pictures = append(d.pictures, placed{p.picture(picture), x + float(s.XBearing), y + float(s.YBearing) - height, width, height})
			return
		}
	}
	outline, _ := face.GlyphDataOutline(s.GlyphID)
	d.outline(outline, 1000/float64(face.Upem()), x, y)
}

func (d *drawing) outline(o font.GlyphOutline, scale, x, y float64) {
	var from [2]float64
	for _, s := range o.Segments {
		var at [][2]float64
		for _, p := range s.ArgsSlice() {
			at = append(at, [2]float64{float64(p.X)*scale + x, float64(p.Y)*scale + y})
		}
		switch s.Op {
		case ot.SegmentOpMoveTo:
			d.step('m', at...)
		case ot.SegmentOpLineTo:
			d.step('l', at...)
		case ot.SegmentOpQuadTo: // PDF has curves of the third degree alone
			d.step('c', third(from, at[0]), third(at[1], at[0]), at[1])
		case ot.SegmentOpCubeTo:
			d.step('c', at...)
		}
		from = at[len(at)-1]
	}
}

func (d *drawing) step(op byte, points ...[2]float64) {
	d.outlines = append(d.outlines, segment{op, points})
}

func third(from, towards [2]float64) [2]float64 {
	return [2]float64{from[0] + (towards[0]-from[0])*2/3, from[1] + (towards[1]-from[1])*2/3}
}

// number draws characters that no font has as their numbers, in boxes: better than nothing there.
func (d *drawing) number(face *font.Face, text string) {
	const size, margin, thin, high = 0.55, 60.0, 30, 700
	scale := size * 1000 / float64(face.Upem()) * min(1, 12/float64(utf8.RuneCountInString(text))) // for many in one, smaller: they go on one line
	for _, r := range text {
		left := d.advance + margin
		x := left + margin
		for _, c := range fmt.Sprintf("U+%04X", r) {
			id, _ := face.NominalGlyph(c)
			outline, _ := face.GlyphDataOutline(id)
			d.outline(outline, scale, x, 150)
			x += float64(face.HorizontalAdvance(id)) * scale
		}
		right := x + margin
		d.box([2]float64{left, 0}, [2]float64{left, high}, [2]float64{right, high}, [2]float64{right, 0})
		d.box([2]float64{left + thin, thin}, [2]float64{right - thin, thin}, [2]float64{right - thin, high - thin}, [2]float64{left + thin, high - thin})
		d.advance = right + margin
	}
}

// box draws a box, or cuts one out of it when it goes round the other way.
func (d *drawing) box(a, b, c, e [2]float64) {
	d.step('m', a)
	d.step('l', b)
	d.step('l', c)
	d.step('l', e)
}

// content is the drawing as PDF has it on a page.
func (d *drawing) content() []byte {
	b := fmt.Appendf(nil, "%d 0 d0\n", d.width())
	for _, p := range d.pictures {
		b = fmt.Appendf(b, "q %.1f 0 0 %.1f %.1f %.1f cm /I%d Do Q\n", p.width, p.height, p.x, p.y, p.n)
	}
	for _, s := range d.outlines {
		for _, p := range s.points {
			b = fmt.Appendf(b, "%.1f %.1f ", p[0], p[1])
		}
		b = append(b, s.op, '\n')
	}
	return append(b, 'f')
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
	for i, f := range g.fonts {
		var names strings.Builder
		var widths []int
		for code, d := range f.glyphs {
			fmt.Fprintf(&names, "/g%d", code)
			widths = append(widths, d.width())
		}
		common := fmt.Sprintf("/FirstChar 0/LastChar %d/Widths%d/Encoding<</Type/Encoding/Differences[0%s]>>/ToUnicode %d 0 R",
			len(f.glyphs)-1, widths, names.String(), g.pdf.stream("", f.meanings()))
		if f.pictures {
			f.drawn(g.pdf, common)
		} else {
			f.outlined(g.pdf, fmt.Sprintf("MATTER+Text%d", i+1), common)
		}
	}
}

func (f *glyphFont) outlined(p *pdf, name, common string) {
	var outlines [][]byte
	for _, d := range f.glyphs {
		outlines = append(outlines, d.charstring())
	}
	file := p.stream("/Subtype/Type1C", cff(outlines))
	about := p.reserve()
	p.object(about, "<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[-1000 -500 4000 1500]/ItalicAngle 0/Ascent 970/Descent -240/CapHeight 730/StemV 80/FontFile3 %d 0 R>>", name, file)
	p.object(f.n, "<</Type/Font/Subtype/Type1/BaseFont/%s/FontDescriptor %d 0 R%s>>", name, about, common)
}

func (f *glyphFont) drawn(p *pdf, common string) {
	var drawings, images strings.Builder
	for code, d := range f.glyphs {
		fmt.Fprintf(&drawings, "/g%d %d 0 R", code, p.stream("", d.content()))
		for _, picture := range d.pictures {
			fmt.Fprintf(&images, "/I%d %d 0 R", picture.n, picture.n)
		}
	}
	p.object(f.n, "<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<<%s>>/Resources<</XObject<<%s>>>>%s>>",
		drawings.String(), images.String(), common)
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
