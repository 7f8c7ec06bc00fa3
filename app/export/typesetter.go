package export

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

// style is the look of a text. Measures are in points.
type style struct {
	bold    bool
	size    float64
	leading float64 // from one baseline to the next
	colour  string  // the operands of a PDF colour operator
	// autoDirection sets each paragraph in the direction of its first letter instead of left to right.
	autoDirection bool
}

// line is one line of a paragraph.
type line struct {
	ops   string // PDF operators that draw it at the current point
	width float64
	rtl   bool // its paragraph runs from right to left
	runes int  // the length of its text
}

// typesetter breaks text into lines and draws them. It uses Inter, then DejaVu (for Greek, Cyrillic, Hebrew, Arabic
// and others), then the computer's fonts.
type typesetter struct {
	glyphs     *glyphs
	systemFont func(rune) *font.Face
	regular    *font.Face
	semibold   *font.Face
	dejavu     *font.Face
	resolved   map[faceKey]*font.Face

	segmenter shaping.Segmenter
	shaper    shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
}

func newTypesetter(p *pdfWriter, systemFont func(rune) *font.Face) (*typesetter, error) {
	s := &typesetter{systemFont: systemFont, resolved: map[faceKey]*font.Face{}}
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
	s.glyphs = &glyphs{pdf: p, codePointFace: s.regular, drawn: map[glyphKey]glyph{}}
	return s, nil
}

// normalizeBreaks turns every kind of line break into \n, and tabs into spaces.
var normalizeBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\t", "    ")

// set breaks a text into lines of at most width points.
func (s *typesetter) set(text string, st style, width float64) (lines []line) {
	for paragraph := range strings.SplitSeq(normalizeBreaks.Replace(text), "\n") {
		lines = append(lines, s.paragraph([]rune(paragraph), st, width)...)
	}
	return lines
}

// truncate fits a text into one line of at most width points.
func (s *typesetter) truncate(text string, st style, width float64) line {
	text = strings.ReplaceAll(normalizeBreaks.Replace(text), "\n", " ")
	lines := s.set(text, st, width)
	for len(lines) > 1 {
		text = strings.TrimRight(string([]rune(text)[:max(0, lines[0].runes-2)]), " ") + "…"
		lines = s.set(text, st, width)
	}
	return lines[0]
}

func (s *typesetter) paragraph(text []rune, st style, width float64) (lines []line) {
	if len(text) == 0 {
		return []line{{}}
	}
	direction := di.DirectionLTR
	if st.autoDirection && rightToLeft(text) {
		direction = di.DirectionRTL
	}
	preferred := s.regular
	if st.bold {
		preferred = s.semibold
	}
	const em = 1000 // glyphs are measured in thousandths of the type size
	input := shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Size: fixed.I(em),
		FontFeatures: []shaping.FontFeature{{Tag: ot.MustNewTag("tnum"), Value: 1}}, // digits of equal width
	}
	fallback := fontFallback{s, preferred}
	var runs []shaping.Output
	for _, run := range fallback.splitSpaces(s.segmenter.Split(input, fallback)) {
		shaped := s.shaper.Shape(run)
		s.widenMissing(&shaped, text)
		runs = append(runs, shaped)
	}
	wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction}, fixed.Int26_6(width/st.size*em*64), text, shaping.NewSliceIterator(runs))
	for _, w := range wrapped {
		l := s.line(w, text, st)
		l.rtl = direction == di.DirectionRTL
		lines = append(lines, l)
	}
	return lines
}

// widenMissing makes room for the character numbers that stand in for missing glyphs.
func (s *typesetter) widenMissing(run *shaping.Output, text []rune) {
	for cluster, meaning := range clusters(*run, text) {
		if missing(cluster) {
			g := s.glyphs.get(run.Face, cluster, meaning)
			for i := range cluster {
				cluster[i].Advance = 0
			}
			cluster[0].Advance = fixed.I(g.width)
		}
	}
	run.RecomputeAdvance()
}

// clusters yields the groups of glyphs in a run that form a unit, from left to right, with the text of each.
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

// rightToLeft reports whether the first letter of a paragraph belongs to a right-to-left script.
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

// line draws a line, run by run from left to right.
func (s *typesetter) line(wrapped shaping.Line, text []rune, st style) (l line) {
	slices.SortFunc(wrapped, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	var b strings.Builder
	current := -1      // the font in use
	var excess float64 // how far the PDF's own advances are ahead of the shaped ones, in thousandths
	for _, run := range wrapped {
		for cluster, meaning := range clusters(run, text) {
			g := s.glyphs.get(run.Face, cluster, meaning)
			switch {
			case g.font != current && current >= 0:
				fmt.Fprintf(&b, "]TJ/F%d %g Tf[", g.font, st.size)
			case g.font != current:
				fmt.Fprintf(&b, "/F%d %g Tf[", g.font, st.size)
			}
			current = g.font
			if shift := math.Round(excess); shift != 0 {
				fmt.Fprintf(&b, "%g", shift)
				excess -= shift
			}
			fmt.Fprintf(&b, "<%02X>", g.code)
			width := advance(cluster)
			excess += float64(g.width) - width
			l.width += width * st.size / 1000
		}
		l.runes += run.Runes.Count
	}
	if current >= 0 {
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
