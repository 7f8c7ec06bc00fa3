package paper

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // as some fonts have their emoji
	_ "image/png"
	"math"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

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
