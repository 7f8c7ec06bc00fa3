package postgres

import (
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// Fault is a problem with a PostgreSQL server.
type Fault int

const (
	NoFault            Fault = iota
	Unreachable              // nothing answers there
	NotAvailable             // the server is starting or stopping
	AccessDenied             // the server refuses the user, the password or the database
	TooManyConnections       // the server allows no more connections
	ReadOnly                 // the server is a standby, or default_transaction_read_only is on
	DiskFull                 // the server's disk is full
)

// FaultOf returns the fault that caused an error, or NoFault for other errors.
func FaultOf(err error) Fault {
	switch sqlState(err) {
	case "57P01", "57P02", "57P03":
		return NotAvailable
	case "28000", "28P01", "3D000", "42501":
		return AccessDenied
	case "53300":
		return TooManyConnections
	case "25006":
		return ReadOnly
	case "53100":
		return DiskFull
	}
	if errors.Is(err, errRefused) {
		return TooManyConnections
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return Unreachable
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return Unreachable
	}
	return NoFault
}
