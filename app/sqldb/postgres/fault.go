package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Fault is a problem with a PostgreSQL server.
type Fault int

const (
	NoFault            Fault = iota
	Unreachable              // nothing answers there
	NotAvailable             // the server is starting or stopping
	TLSRefused               // the server speaks no TLS, but the URL asks for it
	AccessDenied             // the server refuses the user, the password or the database
	TooManyConnections       // the server allows no more connections
	ReadOnly                 // the server is a standby, or default_transaction_read_only is on
	DiskFull                 // the server's disk is full
	OutOfResources           // the server has no memory left, or another of its limits is reached
)

// tlsRefused is in the text of an error that pgx gives no type or value of its own.
const tlsRefused = "server refused TLS connection"

// FaultOf returns the fault that caused an error, or NoFault for other errors.
func FaultOf(err error) Fault {
	state := sqlState(err)
	switch state {
	case "28000", "28P01", "3D000", "42501":
		return AccessDenied
	case "53300":
		return TooManyConnections
	case "25006":
		return ReadOnly
	case "53100":
		return DiskFull
	case "25P03": // this program was frozen in a transaction, and PostgreSQL ended the connection
		return Unreachable
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[*net.OpError](err)
	switch {
	case strings.HasPrefix(state, "57P"):
		return NotAvailable
	case strings.HasPrefix(state, "53"):
		return OutOfResources
	case errors.Is(err, errRefused):
		return TooManyConnections
	case connecting && strings.Contains(err.Error(), tlsRefused):
		return TLSRefused
	case connecting, network:
		return Unreachable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return NoFault
	case errors.Is(err, io.ErrUnexpectedEOF), pgconn.SafeToRetry(err): // the connection is broken
		return Unreachable
	}
	return NoFault
}
