package portal

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxPlainBody is the most bytes of a body without its escapes, which is what huma keeps. It is a power of two, less
// what bytes.Buffer leaves free at its end, so that the buffer doesn't double once more.
const maxPlainBody = 4<<20 - bytes.MinRead

// readBuffer is in bytes. A shorter body needs less.
const readBuffer = 4 << 10

// maxDigits is the most digits in a row outside strings. Decoding a number of megabytes takes several times its size.
const maxDigits = 100

// body reads a request's JSON body and limits it on the way: its bytes, the number of its values, the length of its
// numbers, and its time. A body with too many values ends before they are decoded.
//
// It also replaces escaped characters by the characters themselves, because an escaped body takes three times the
// memory. An escape that isn't a character, such as half a surrogate pair, stays as it is.
type body struct {
	in       *bufio.Reader
	close    func() error
	plain    int // bytes returned so far
	values   int // that may still come
	digits   int // in a row, outside strings
	inString bool
	broken   bool // an escape wasn't valid, and what follows it stays as it is
}

func newBody(w http.ResponseWriter, r *http.Request, limit int64, values int, idle, longest time.Duration) *body {
	timed := &timedReader{in: http.MaxBytesReader(w, r.Body, limit), control: http.NewResponseController(w), idle: idle, end: time.Now().Add(longest)}
	size := int64(readBuffer)
	if r.ContentLength >= 0 {
		size = min(size, r.ContentLength)
	}
	return &body{in: bufio.NewReaderSize(timed, int(size)), close: r.Body.Close, values: values}
}

func (b *body) Close() error { return b.close() }

// Read returns errTooLarge, errTooManyItems, errLongNumber and errBrokenOff. p must have room for a character.
func (b *body) Read(p []byte) (n int, err error) {
	if len(p) < utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	for err == nil && n+utf8.UTFMax <= len(p) {
		if _, err = b.in.Peek(1); err != nil {
			break
		}
		next, _ := b.in.Peek(min(b.in.Buffered(), len(p)-n))
		length := b.scan(next)
		n += copy(p[n:], next[:length])
		_, _ = b.in.Discard(length)
		switch {
		case b.values < 0:
			err = errTooManyItems
		case b.digits > maxDigits:
			err = errLongNumber
		case length == 0:
			_, _ = b.in.Discard(1) // the backslash
			n += b.unescape(p[n:])
		}
	}
	if b.plain += n; b.plain > maxPlainBody {
		err = errTooLarge
	}
	return n, err
}

// scan counts the values in a text, and returns how far it came: to a backslash in a string, or past a value or a digit
// too many.
func (b *body) scan(text []byte) (length int) {
	for i, c := range text {
		if '0' <= c && c <= '9' && !b.inString {
			if b.digits++; b.digits > maxDigits {
				return i + 1
			}
			continue
		}
		b.digits = 0
		switch c {
		case '\\':
			if b.inString {
				return i
			}
		case '"':
			b.inString = !b.inString
		case ',', '[', '{':
			if b.inString {
				break
			}
			if b.values--; b.values < 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// unescape writes what follows a backslash in a string, with the backslash where it is needed.
func (b *body) unescape(p []byte) (n int) {
	r, length := b.escaped()
	switch {
	case r == '"' || r == '\\': // by number, or by themselves
		p[0], p[1], n = '\\', byte(r), 2
	case length == 0, b.broken, r < ' ', utf16.IsSurrogate(r):
		p[0] = '\\' // what follows comes with the next reads
		return 1
	default:
		n = utf8.EncodeRune(p, r)
	}
	_, _ = b.in.Discard(length) // escaped has peeked at it
	return n
}

// escaped returns the character that follows a backslash as \", \\, \u1234 or \ud812\udc34, and the length of the
// escape without its backslash, or 0 if it is none of these.
func (b *body) escaped() (r rune, length int) {
	next, _ := b.in.Peek(1)
	if len(next) == 1 && (next[0] == '"' || next[0] == '\\') {
		return rune(next[0]), 1
	}
	if len(next) == 0 || next[0] != 'u' {
		return 0, 0
	}
	next, _ = b.in.Peek(5)
	r, ok := hexRune(next, "u")
	if !ok {
		b.broken = true // the next escape must not complete this one
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		next, _ = b.in.Peek(11)
		if low, ok := hexRune(next[5:], `\u`); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 11
			}
		}
	}
	return r, 5
}

// hexRune reads the four hexadecimal digits after a prefix.
func hexRune(text []byte, prefix string) (rune, bool) {
	digits, ok := bytes.CutPrefix(text, []byte(prefix))
	if !ok || len(digits) < 4 {
		return 0, false
	}
	r, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	return rune(r), err == nil
}

// timedReader limits how long each read may take, and all of them together. The server lifts the last limit at the
// end of the body. The first error stays.
type timedReader struct {
	in      io.Reader
	control *http.ResponseController
	idle    time.Duration
	end     time.Time
	err     error
}

func (r *timedReader) Read(p []byte) (n int, err error) {
	if r.err != nil {
		return 0, r.err
	}
	next := time.Now().Add(r.idle)
	if next.After(r.end) {
		next = r.end
	}
	_ = r.control.SetReadDeadline(next) // recorders in tests have no connection
	n, r.err = r.in.Read(p)
	_, tooLarge := errors.AsType[*http.MaxBytesError](r.err)
	failure, isNetwork := errors.AsType[net.Error](r.err)
	switch {
	case tooLarge:
		r.err = errTooLarge
	case r.err != nil && !errors.Is(r.err, io.EOF) && !(isNetwork && failure.Timeout()): // huma knows timeouts
		r.err = errBrokenOff
	}
	return n, r.err
}
