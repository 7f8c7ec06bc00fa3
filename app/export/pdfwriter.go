package export

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

// pdfWriter writes the objects of a PDF one after the other. An object can refer to a later one by a reserved number.
// close returns the first error.
type pdfWriter struct {
	w          *bufio.Writer
	size       int64   // bytes written so far
	offsets    []int64 // of the objects in the file
	compressor *zlib.Writer
	compressed bytes.Buffer
}

func newPDFWriter(w io.Writer) *pdfWriter {
	p := &pdfWriter{w: bufio.NewWriterSize(w, 1<<16), compressor: zlib.NewWriter(nil)}
	p.write("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n") // bytes above 127 mark the file as binary
	return p
}

func (p *pdfWriter) write(format string, args ...any) {
	n, _ := fmt.Fprintf(p.w, format, args...) // the buffered writer keeps its first error
	p.size += int64(n)
}

// reserve returns the number of an object to be written later.
func (p *pdfWriter) reserve() int {
	p.offsets = append(p.offsets, 0)
	return len(p.offsets)
}

// object writes an object under a reserved number.
func (p *pdfWriter) object(n int, format string, args ...any) {
	p.offsets[n-1] = p.size
	p.write("%d 0 obj\n", n)
	p.write(format, args...)
	p.write("\nendobj\n")
}

// stream writes data as a new, compressed object and returns its number.
func (p *pdfWriter) stream(entries string, data []byte) int {
	p.compressed.Reset()
	p.compressor.Reset(&p.compressed)
	_, _ = p.compressor.Write(data) // writing to memory never fails
	_ = p.compressor.Close()
	n := p.reserve()
	p.object(n, "<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream", p.compressed.Len(), entries, p.compressed.Bytes())
	return n
}

// close writes the table of objects and the trailer.
func (p *pdfWriter) close(root, info int) error {
	table := p.size
	p.write("xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, offset := range p.offsets {
		p.write("%010d 00000 n \n", offset)
	}
	p.write("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, root, info, table)
	return p.w.Flush()
}

// textString encodes a text that isn't drawn, such as a title.
func textString(s string) string { return "<FEFF" + utf16Hex(s) + ">" }

func utf16Hex(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%X", binary.BigEndian.AppendUint16(nil, unit))
	}
	return b.String()
}
