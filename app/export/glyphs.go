package export

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// glyphs collects the glyphs of a PDF, each once. One glyph here is a whole cluster, such as a letter with its accents
// or a ligature, together with its text, so that people can search and copy exactly what was written. Outlines go into
// fonts that we write, and images such as emoji into fonts whose glyphs are drawings.
type glyphs struct {
	pdf           *pdfWriter
	codePointFace *font.Face // draws the numbers of characters that no font has
	drawn         map[glyphKey]glyph
	fonts         []*glyphFont
}

type glyphKey struct {
	face         *font.Face
	shapes, text string
}

// glyph is the place of a glyph in the PDF's fonts, and its width in thousandths of the type size.
type glyph struct{ font, code, width int }

// glyphFont is a font of the PDF, with at most 256 glyphs.
type glyphFont struct {
	object int
	images bool
	glyphs []*drawing
	texts  []string
}

// get returns the glyph of a cluster and draws it the first time. The cluster is shaped for a type size of 1000.
func (g *glyphs) get(face *font.Face, cluster []shaping.Glyph, text string) glyph {
	var shapes strings.Builder
	for i, s := range cluster {
		fmt.Fprint(&shapes, s.GlyphID, " ", s.XOffset, " ", s.YOffset, " ")
		if i < len(cluster)-1 { // the next one's position
			fmt.Fprint(&shapes, s.Advance, " ")
		}
	}
	key := glyphKey{face, shapes.String(), text}
	found, drawn := g.drawn[key]
	if !drawn {
		found = g.draw(face, cluster, text)
		g.drawn[key] = found
	}
	return found
}

func (g *glyphs) draw(face *font.Face, cluster []shaping.Glyph, text string) glyph {
	d := &drawing{}
	if missing(cluster) {
		d.codePoints(g.codePointFace, text)
	} else {
		for _, s := range cluster {
			d.add(g.pdf, face, s, d.advance+float(s.XOffset), float(s.YOffset))
			d.advance += float(s.Advance)
		}
	}
	n := g.fontFor(d.images != nil)
	f := g.fonts[n]
	f.glyphs, f.texts = append(f.glyphs, d), append(f.texts, text)
	return glyph{n, len(f.glyphs) - 1, d.width()}
}

// fontFor returns the index of a font with room for another glyph.
func (g *glyphs) fontFor(images bool) int {
	for n, f := range g.fonts {
		if f.images == images && len(f.glyphs) < 256 {
			return n
		}
	}
	g.fonts = append(g.fonts, &glyphFont{object: g.pdf.reserve(), images: images})
	return len(g.fonts) - 1
}

// missing reports whether the font lacks a glyph for a cluster.
func missing(cluster []shaping.Glyph) bool {
	return slices.ContainsFunc(cluster, func(s shaping.Glyph) bool { return s.GlyphID == 0 })
}

// writeFonts writes the fonts once all glyphs are known.
func (g *glyphs) writeFonts() {
	for i, f := range g.fonts {
		var names strings.Builder
		var widths []int
		for code, d := range f.glyphs {
			fmt.Fprintf(&names, "/g%d", code)
			widths = append(widths, d.width())
		}
		common := fmt.Sprintf("/FirstChar 0/LastChar %d/Widths%d/Encoding<</Type/Encoding/Differences[0%s]>>/ToUnicode %d 0 R",
			len(f.glyphs)-1, widths, names.String(), g.pdf.stream("", f.toUnicode()))
		if f.images {
			f.writeImages(g.pdf, common)
		} else {
			f.writeOutlines(g.pdf, fmt.Sprintf("MATTER+Text%d", i+1), common)
		}
	}
}

func (f *glyphFont) writeOutlines(p *pdfWriter, name, common string) {
	var outlines [][]byte
	for _, d := range f.glyphs {
		outlines = append(outlines, d.charstring())
	}
	file := p.stream("/Subtype/Type1C", fontFile(outlines))
	descriptor := p.reserve()
	p.object(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[-1000 -500 4000 1500]/ItalicAngle 0/Ascent 970/Descent -240/CapHeight 730/StemV 80/FontFile3 %d 0 R>>", name, file)
	p.object(f.object, "<</Type/Font/Subtype/Type1/BaseFont/%s/FontDescriptor %d 0 R%s>>", name, descriptor, common)
}

func (f *glyphFont) writeImages(p *pdfWriter, common string) {
	var drawings, images strings.Builder
	for code, d := range f.glyphs {
		fmt.Fprintf(&drawings, "/g%d %d 0 R", code, p.stream("", d.content()))
		for _, i := range d.images {
			fmt.Fprintf(&images, "/I%d %d 0 R", i.object, i.object)
		}
	}
	p.object(f.object, "<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<<%s>>/Resources<</XObject<<%s>>>>%s>>",
		drawings.String(), images.String(), common)
}

// toUnicode maps the glyphs of a font to their texts.
func (f *glyphFont) toUnicode() []byte {
	b := bytes.NewBufferString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n/CMapType 2 def/CMapName/Text def\n1 begincodespacerange <00> <FF> endcodespacerange\n")
	const maxList = 100 // the format's limit for one list
	for from := 0; from < len(f.texts); from += maxList {
		part := f.texts[from:min(from+maxList, len(f.texts))]
		fmt.Fprintf(b, "%d beginbfchar\n", len(part))
		for i, s := range part {
			fmt.Fprintf(b, "<%02X> <%s>\n", from+i, utf16Hex(s))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return b.Bytes()
}
