package paper

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// The outlines of glyphs as a font file that a PDF brings along: Adobe's compact font format (technical notes
// 5176 and 5177), of which there is no more here than a PDF's font of type 1 needs.

// charstring is one glyph in it: its width, then its outline in steps.
func (d *drawing) charstring() []byte {
	const moveTo, lineTo, curveTo, end = 21, 5, 8, 14
	b := cffNumber(nil, min(d.width(), math.MaxInt16)) // the PDF's own list of widths is what counts
	var x, y int
	for _, s := range d.outlines {
		for _, p := range s.points {
			toX, toY := int(math.Round(p[0])), int(math.Round(p[1]))
			b = cffNumber(cffNumber(b, toX-x), toY-y)
			x, y = toX, toY
		}
		b = append(b, map[byte]byte{'m': moveTo, 'l': lineTo, 'c': curveTo}[s.op])
	}
	return append(b, end)
}

func cffNumber(b []byte, n int) []byte {
	if -107 <= n && n <= 107 {
		return append(b, byte(n+139))
	}
	return binary.BigEndian.AppendUint16(append(b, 28), uint16(int16(n)))
}

// cff is a font file with glyphs named g0, g1 and so on.
func cff(glyphs [][]byte) []byte {
	const ownNames = 391 // numbers below are of names that every font has
	var names [][]byte
	kinds := []byte{0} // a plain list of the numbers of the names
	for i := range glyphs {
		names = append(names, fmt.Appendf(nil, "g%d", i))
		kinds = binary.BigEndian.AppendUint16(kinds, uint16(ownNames+i))
	}
	undefined := []byte{139, 14} // what is shown for none of them: nothing
	outlines := cffIndex(slices.Insert(slices.Clone(glyphs), 0, undefined)...)
	defaults := []byte{139, 20, 139, 21} // widths are given as they are

	head := append([]byte{1, 0, 4, 4}, cffIndex([]byte("Matterline"))...)
	tail := append(cffIndex(names...), cffIndex()...)
	top := func(from int) []byte { // says where all else lies
		at := func(b []byte, n int) []byte { return binary.BigEndian.AppendUint32(append(b, 29), uint32(n)) }
		b := append(at(nil, from), 15)
		b = append(at(b, from+len(kinds)), 17)
		return append(at(at(b, len(defaults)), from+len(kinds)+len(outlines)), 18)
	}
	from := len(head) + len(cffIndex(top(0))) + len(tail) // of whatever length the numbers in it are: they are all as long
	return slices.Concat(head, cffIndex(top(from)), tail, kinds, outlines, defaults)
}

// cffIndex is a list of things of any length.
func cffIndex(things ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(things)))
	if len(things) == 0 {
		return b
	}
	b = append(b, 4) // bytes for each place
	at := uint32(1)
	b = binary.BigEndian.AppendUint32(b, at)
	for _, thing := range things {
		at += uint32(len(thing))
		b = binary.BigEndian.AppendUint32(b, at)
	}
	return append(b, slices.Concat(things...)...)
}
