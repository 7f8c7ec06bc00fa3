package paper

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

//go:embed fonts/Inter.ttf
var inter []byte

// style is how a text is set.
type style struct {
	bold    bool
	size    float64 // in points, as all measures on a page
	leading float64 // from one line to the next
	colour  string  // as PDF has it
}

// line is a line of type, set.
type line struct {
	ops   string // that draw it from where the pen is
	width float64
	rtl   bool // its paragraph begins at the right
	runes int  // how many it took of its paragraph
}

// setter makes lines of type of texts. Inter sets what it has; DejaVu comes with us for Greek, Cyrillic,
// Hebrew, Arabic and the like; for all else there are the computer's fonts.
type setter struct {
	glyphs    *glyphs
	computers func(rune) *font.Face
	regular   *font.Face
	semibold  *font.Face
	dejavu    *font.Face
	resolved  map[faceKey]*font.Face

	segmenter shaping.Segmenter
	shaper    shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
}

type faceKey struct {
	first *font.Face
	r     rune
}

func newSetter(p *pdf, computers func(rune) *font.Face) (*setter, error) {
	s := &setter{computers: computers, resolved: map[faceKey]*font.Face{}}
	for _, f := range []struct {
		face **font.Face
		data []byte
	}{{&s.regular, inter}, {&s.semibold, inter}, {&s.dejavu, dejavusans.TTF}} {
		face, err := font.ParseTTF(bytes.NewReader(f.data))
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		*f.face = face
	}
	s.semibold.SetVariations([]font.Variation{{Tag: ot.MustNewTag("wght"), Value: 600}})
	s.glyphs = &glyphs{pdf: p, hex: s.regular, known: map[glyphKey]glyph{}}
	return s, nil
}

// faces finds the face for each letter; first is the one that is wanted.
type faces struct {
	*setter
	first *font.Face
}

func (f faces) ResolveFace(r rune) *font.Face {
	key := faceKey{f.first, r}
	face, known := f.resolved[key]
	if !known {
		face = f.find(r)
		f.resolved[key] = face
	}
	return face
}

func (f faces) find(r rune) *font.Face {
	has := func(face *font.Face) bool {
		_, has := face.NominalGlyph(r)
		return has
	}
	const emoji = 0x1F000 // from here on: the computer's are in colour, and whole families
	switch {
	case has(f.first):
		return f.first
	case r < emoji && has(f.dejavu):
		return f.dejavu
	}
	if f.computers != nil {
		if face := f.computers(r); face != nil {
			return face
		}
	}
	if has(f.dejavu) {
		return f.dejavu
	}
	return f.first // which draws its number
}

// lines ends them all as \n does.
var lines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\t", "    ")

// set makes lines of a text, at most width wide.
func (s *setter) set(text string, st style, width float64) (set []line) {
	for paragraph := range strings.SplitSeq(lines.Replace(text), "\n") {
		set = append(set, s.paragraph([]rune(paragraph), st, width)...)
	}
	return set
}

// cut is as much of a text as one line has room for.
func (s *setter) cut(text string, st style, width float64) line {
	set := s.set(text, st, width)
	for len(set) > 1 {
		letters := []rune(text)
		text = strings.TrimRight(string(letters[:max(0, set[0].runes-2)]), " ") + "…"
		set = s.set(text, st, width)
	}
	return set[0]
}

func (s *setter) paragraph(text []rune, st style, width float64) (set []line) {
	if len(text) == 0 {
		return []line{{}}
	}
	direction := di.DirectionLTR
	if rightToLeft(text) {
		direction = di.DirectionRTL
	}
	first := s.regular
	if st.bold {
		first = s.semibold
	}
	const em = 1000 // letters are measured in thousandths of their size
	var runs []shaping.Output
	for _, run := range s.segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Size: fixed.I(em),
		FontFeatures: []shaping.FontFeature{{Tag: ot.MustNewTag("tnum"), Value: 1}}, // figures stand below each other
	}, faces{s, first}) {
		runs = append(runs, s.shaper.Shape(run))
	}
	wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction}, fixed.Int26_6(width/st.size*em*64), text, shaping.NewSliceIterator(runs))
	for _, w := range wrapped {
		l := s.line(w, text, st)
		l.rtl = direction == di.DirectionRTL
		set = append(set, l)
	}
	return set
}

// rightToLeft says in which direction a paragraph runs: that of its first letter.
func rightToLeft(text []rune) bool {
	for _, r := range text {
		properties, _ := bidi.LookupString(string(r))
		switch properties.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// line draws a line, run by run from the left.
func (s *setter) line(wrapped shaping.Line, text []rune, st style) (l line) {
	slices.SortFunc(wrapped, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	var b strings.Builder
	now := -1         // the font
	var ahead float64 // of where the pen is to be, in thousandths: the reader moves it by each glyph's own width
	for _, run := range wrapped {
		for i := 0; i < len(run.Glyphs); {
			cluster := run.Glyphs[i : i+run.Glyphs[i].GlyphsCount()]
			i += len(cluster)
			at := cluster[0].TextIndex()
			g := s.glyphs.of(run.Face, cluster, string(text[at:at+cluster[0].RunesCount()]))
			switch {
			case g.font != now && now >= 0:
				fmt.Fprintf(&b, "]TJ/F%d %g Tf[", g.font, st.size)
			case g.font != now:
				fmt.Fprintf(&b, "/F%d %g Tf[", g.font, st.size)
			}
			now = g.font
			if shift := math.Round(ahead); shift != 0 {
				fmt.Fprintf(&b, "%g", shift)
				ahead -= shift
			}
			fmt.Fprintf(&b, "<%02X>", g.code)
			width := advance(cluster)
			if missing(cluster) {
				width = float64(g.width)
			}
			ahead += float64(g.width) - width
			l.width += width * st.size / 1000
		}
		l.runes += run.Runes.Count
	}
	if now >= 0 {
		b.WriteString("]TJ")
	}
	l.ops = strings.ReplaceAll(b.String(), "><", "")
	return l
}

func advance(cluster []shaping.Glyph) (sum float64) {
	for _, g := range cluster {
		sum += float(g.Advance)
	}
	return sum
}

func float(v fixed.Int26_6) float64 { return float64(v) / 64 }
