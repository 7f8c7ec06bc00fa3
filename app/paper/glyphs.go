package paper

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-text/typesetting/font"
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
