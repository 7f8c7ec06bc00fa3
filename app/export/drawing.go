package export

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // some fonts store emoji as JPEG or PNG
	_ "image/png"
	"math"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

// drawing is the shape of a glyph, in thousandths of the type size.
type drawing struct {
	advance  float64
	outlines []segment
	images   []placedImage
}

// segment is a step of an outline, with a PDF operator: m moves, l draws a line, c a curve.
type segment struct {
	op     byte
	points [][2]float64
}

// placedImage is an image and its place in a glyph.
type placedImage struct {
	object              int
	x, y, width, height float64
}

func (d *drawing) width() int { return int(math.Round(d.advance)) }

// add draws one glyph of a cluster with its origin at a point.
func (d *drawing) add(p *pdfWriter, face *font.Face, s shaping.Glyph, x, y float64) {
	if bitmap, is := face.GlyphData(s.GlyphID).(font.GlyphBitmap); is {
		if decoded, _, err := image.Decode(bytes.NewReader(bitmap.Data)); err == nil {
			width, height := float(s.Width), -float(s.Height)
			d.images = append(d.images, placedImage{p.image(decoded), x + float(s.XBearing), y + float(s.YBearing) - height, width, height})
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
		case ot.SegmentOpQuadTo: // PDF only has cubic curves
			d.step('c', twoThirds(from, at[0]), twoThirds(at[1], at[0]), at[1])
		case ot.SegmentOpCubeTo:
			d.step('c', at...)
		}
		from = at[len(at)-1]
	}
}

func (d *drawing) step(op byte, points ...[2]float64) {
	d.outlines = append(d.outlines, segment{op, points})
}

func twoThirds(from, towards [2]float64) [2]float64 {
	return [2]float64{from[0] + (towards[0]-from[0])*2/3, from[1] + (towards[1]-from[1])*2/3}
}

// codePoints draws the numbers of characters that no font has, in boxes.
func (d *drawing) codePoints(face *font.Face, text string) {
	const size, margin, border, height = 0.55, 60.0, 30, 700
	scale := size * 1000 / float64(face.Upem()) * min(1, 12/float64(utf8.RuneCountInString(text))) // smaller for many, because a cluster can't be broken across lines
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
		d.box([2]float64{left, 0}, [2]float64{left, height}, [2]float64{right, height}, [2]float64{right, 0})
		d.box([2]float64{left + border, border}, [2]float64{right - border, border}, [2]float64{right - border, height - border}, [2]float64{left + border, height - border})
		d.advance = right + margin
	}
}

// box fills a box. With the corners in the opposite order it cuts a box out of a filled one.
func (d *drawing) box(a, b, c, e [2]float64) {
	d.step('m', a)
	d.step('l', b)
	d.step('l', c)
	d.step('l', e)
}

// content returns the PDF operators that draw the glyph.
func (d *drawing) content() []byte {
	b := fmt.Appendf(nil, "%d 0 d0\n", d.width())
	for _, p := range d.images {
		b = fmt.Appendf(b, "q %.1f 0 0 %.1f %.1f %.1f cm /I%d Do Q\n", p.width, p.height, p.x, p.y, p.object)
	}
	for _, s := range d.outlines {
		for _, p := range s.points {
			b = fmt.Appendf(b, "%.1f %.1f ", p[0], p[1])
		}
		b = append(b, s.op, '\n')
	}
	return append(b, 'f')
}

// image writes an image as an object and returns its number.
func (p *pdfWriter) image(m image.Image) int {
	b := m.Bounds()
	var colour, alpha []byte
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := m.At(x, y).RGBA()
			if a > 0 { // undo the premultiplied alpha
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
