package sqlite

import (
	"errors"

	"github.com/mattn/go-sqlite3"
)

// Trouble is what is wrong with a file, when an error says that something is.
type Trouble int

const (
	NoTrouble Trouble = iota
	Damaged           // what is in it is not a database, or no longer whole
	Full              // the disk has no space left
	Refused           // the disk does not let us read or write
	Held              // another program holds it
)

// TroubleOf is the trouble that an error tells of.
func TroubleOf(err error) Trouble {
	var e sqlite3.Error // by value: mattn never returns a pointer
	if !errors.As(err, &e) {
		return NoTrouble
	}
	switch e.ExtendedCode {
	case sqlite3.ErrIoErrShortRead:
		return Damaged
	case sqlite3.ErrIoErrSHMSize: // the file beside it could not grow
		return Full
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return Damaged
	case sqlite3.ErrFull:
		return Full
	case sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		return Refused
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		return Held
	}
	return NoTrouble
}
