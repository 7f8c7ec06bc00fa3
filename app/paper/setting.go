package paper

import (
	"bytes"
	_ "embed"
	"fmt"
	"iter"
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
	// own has each paragraph run in the direction of its own script, and not from the left.
	own bool
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
	text = strings.ReplaceAll(lines.Replace(text), "\n", " ")
	set := s.set(text, st, width)
	for len(set) > 1 {
		text = strings.TrimRight(string([]rune(text)[:max(0, set[0].runes-2)]), " ") + "…"
		set = s.set(text, st, width)
	}
	return set[0]
}

func (s *setter) paragraph(text []rune, st style, width float64) (set []line) {
	if len(text) == 0 {
		return []line{{}}
	}
	direction := di.DirectionLTR
	if st.own && rightToLeft(text) {
		direction = di.DirectionRTL
	}
	first := s.regular
	if st.bold {
		first = s.semibold
	}
	const em = 1000 // letters are measured in thousandths of their size
	all := shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Size: fixed.I(em),
		FontFeatures: []shaping.FontFeature{{Tag: ot.MustNewTag("tnum"), Value: 1}}, // figures stand below each other
	}
	faces := faces{s, first}
	var runs []shaping.Output
	for _, run := range faces.spaced(s.segmenter.Split(all, faces)) {
		shaped := s.shaper.Shape(run)
		s.number(&shaped, text)
		runs = append(runs, shaped)
	}
	wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction}, fixed.Int26_6(width/st.size*em*64), text, shaping.NewSliceIterator(runs))
	for _, w := range wrapped {
		l := s.line(w, text, st)
		l.rtl = direction == di.DirectionRTL
		set = append(set, l)
	}
	return set
}

// number makes room for the numbers of the characters that no font has.
func (s *setter) number(run *shaping.Output, text []rune) {
	for cluster, meaning := range clusters(*run, text) {
		if missing(cluster) {
			g := s.glyphs.of(run.Face, cluster, meaning)
			for i := range cluster {
				cluster[i].Advance = 0
			}
			cluster[0].Advance = fixed.I(g.width)
		}
	}
	run.RecomputeAdvance()
}

// clusters are the glyphs of a run that are drawn together, from the left, with the text they stand for.
func clusters(run shaping.Output, text []rune) iter.Seq2[[]shaping.Glyph, string] {
	return func(yield func([]shaping.Glyph, string) bool) {
		for rest := run.Glyphs; len(rest) > 0; {
			first := rest[0]
			cluster := rest[:first.GlyphsCount()]
			rest = rest[first.GlyphsCount():]
			if !yield(cluster, string(text[first.TextIndex():first.TextIndex()+first.RunesCount()])) {
				return
			}
		}
	}
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
		for cluster, meaning := range clusters(run, text) {
			g := s.glyphs.of(run.Face, cluster, meaning)
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
