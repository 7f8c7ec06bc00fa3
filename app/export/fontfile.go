package export

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// This file writes the fonts that are embedded in the PDF, in Adobe's Compact Font Format (technical notes 5176 and
// 5177). It has only what a Type 1 font in a PDF needs.

// charstring encodes a glyph: its width, then the steps of its outline.
func (d *drawing) charstring() []byte {
	const moveTo, lineTo, curveTo, end = 21, 5, 8, 14
	b := cffNumber(nil, min(d.width(), math.MaxInt16)) // readers use the widths in the PDF instead
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

// fontFile returns a font with glyphs named g0, g1 and so on.
func fontFile(glyphs [][]byte) []byte {
	const firstOwnName = 391 // lower numbers are the format's standard names
	var names [][]byte
	charset := []byte{0} // format 0: an array of name numbers
	for i := range glyphs {
		names = append(names, fmt.Appendf(nil, "g%d", i))
		charset = binary.BigEndian.AppendUint16(charset, uint16(firstOwnName+i))
	}
	undefined := []byte{139, 14} // the required first glyph, which is empty
	outlines := cffIndex(slices.Insert(slices.Clone(glyphs), 0, undefined)...)
	private := []byte{139, 20, 139, 21} // default and nominal width 0, so charstrings hold full widths

	head := append([]byte{1, 0, 4, 4}, cffIndex([]byte("Matterline"))...)
	tail := append(cffIndex(names...), cffIndex()...)
	top := func(from int) []byte { // the offsets of the other parts
		number := func(b []byte, n int) []byte { return binary.BigEndian.AppendUint32(append(b, 29), uint32(n)) }
		b := append(number(nil, from), 15)
		b = append(number(b, from+len(charset)), 17)
		return append(number(number(b, len(private)), from+len(charset)+len(outlines)), 18)
	}
	from := len(head) + len(cffIndex(top(0))) + len(tail) // offsets have a fixed length, so any value gives the right size
	return slices.Concat(head, cffIndex(top(from)), tail, charset, outlines, private)
}

// cffIndex encodes a list of byte strings.
func cffIndex(items ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(items)))
	if len(items) == 0 {
		return b
	}
	b = append(b, 4) // bytes per offset
	offset := uint32(1)
	b = binary.BigEndian.AppendUint32(b, offset)
	for _, item := range items {
		offset += uint32(len(item))
		b = binary.BigEndian.AppendUint32(b, offset)
	}
	return append(b, slices.Concat(items...)...)
}
