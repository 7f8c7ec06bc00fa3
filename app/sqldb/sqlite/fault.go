package sqlite

import (
	"errors"

	"github.com/mattn/go-sqlite3"
)

// Fault is a problem with a database file or its disk.
type Fault int

const (
	NoFault      Fault = iota
	Damaged            // the file isn't a database, or parts of it are broken
	DiskFull           // the disk has no space left
	AccessDenied       // the disk or its permissions don't let us read or write
	Locked             // another program has locked the file
)

// FaultOf returns the fault that caused an error, or NoFault for other errors.
func FaultOf(err error) Fault {
	e, ok := errors.AsType[sqlite3.Error](err) // by value: mattn never returns a pointer
	if !ok {
		return NoFault
	}
	switch e.ExtendedCode {
	case sqlite3.ErrIoErrShortRead:
		return Damaged
	case sqlite3.ErrIoErrSHMSize: // the -shm file couldn't grow
		return DiskFull
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return Damaged
	case sqlite3.ErrFull:
		return DiskFull
	case sqlite3.ErrReadonly, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		return AccessDenied
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		return Locked
	}
	return NoFault
}
