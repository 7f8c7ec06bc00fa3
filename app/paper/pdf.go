package paper

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// pdf writes the objects of a PDF one after the other, each as soon as it is known. An object may speak of one
// that comes later: reserve gives it its number. The first error stays, and end returns it.
type pdf struct {
	w       *bufio.Writer
	at      int64   // how much has been written
	offsets []int64 // where each object lies
	squeeze *zlib.Writer
	packed  bytes.Buffer
}

func newPDF(w io.Writer) *pdf {
	p := &pdf{w: bufio.NewWriterSize(w, 1<<16), squeeze: zlib.NewWriter(nil)}
	p.write("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n") // bytes above 127 say that it is no plain text
	return p
}

func (p *pdf) write(format string, args ...any) {
	n, _ := fmt.Fprintf(p.w, format, args...) // the writer keeps the error
	p.at += int64(n)
}

// reserve numbers an object that is written later.
func (p *pdf) reserve() int {
	p.offsets = append(p.offsets, 0)
	return len(p.offsets)
}

// object writes an object under a number that was reserved.
func (p *pdf) object(n int, format string, args ...any) {
	p.offsets[n-1] = p.at
	p.write("%d 0 obj\n", n)
	p.write(format, args...)
	p.write("\nendobj\n")
}

// stream writes data, compressed, as an object of its own.
func (p *pdf) stream(entries string, data []byte) int {
	p.packed.Reset()
	p.squeeze.Reset(&p.packed)
	_, _ = p.squeeze.Write(data) // into memory: never fails
	_ = p.squeeze.Close()
	n := p.reserve()
	p.object(n, "<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream", p.packed.Len(), entries, p.packed.Bytes())
	return n
}

// end writes what a reader looks for first.
func (p *pdf) end(root, info int) error {
	table := p.at
	p.write("xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, at := range p.offsets {
		p.write("%010d 00000 n \n", at)
	}
	p.write("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, root, info, table)
	return p.w.Flush()
}

// text is a text as PDF has it where it is not drawn.
func text(s string) string { return "<FEFF" + utf16Hex(s) + ">" }

func utf16Hex(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%X", binary.BigEndian.AppendUint16(nil, unit))
	}
	return b.String()
}
