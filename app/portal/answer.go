package portal

import (
	"net"
	"net/http"
	"time"
)

const (
	// pieceSize is how much of an answer, in bytes, is written at once, with a time limit of its own.
	pieceSize = 32 << 10
	// sendBuffer is how much the system keeps for a client that reads slowly, in bytes. The system reports progress only
	// after it has sent a third of its buffer, so a large buffer makes slow clients look like silent ones.
	sendBuffer = 64 << 10
)

// pieceTimeout is how long a client may take to receive a piece. A line with 2 kB/s is fast enough, with what the system
// keeps in between. Tests shorten it.
var pieceTimeout = 60 * time.Second

// limitAnswers disconnects clients that don't read their answer. A large answer takes as long as it needs, while pieces
// of it arrive.
func limitAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, control: http.NewResponseController(w)}
		next.ServeHTTP(a, r)
		a.extend() // for what is still buffered
	})
}

// answer limits the time for each piece of what it writes. A handler that sets a deadline, as the live stream does,
// keeps its own.
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	own     bool
}

func (a *answer) Write(p []byte) (n int, err error) {
	for {
		piece := p[n:min(n+pieceSize, len(p))]
		a.extend()
		written, err := a.ResponseWriter.Write(piece)
		if n += written; err != nil || n == len(p) {
			return n, err
		}
	}
}

func (a *answer) extend() {
	if !a.own {
		_ = a.control.SetWriteDeadline(time.Now().Add(pieceTimeout)) // recorders in tests have no connection
	}
}

func (a *answer) SetWriteDeadline(deadline time.Time) error {
	a.own = true
	return a.control.SetWriteDeadline(deadline)
}

// Unwrap gives http.ResponseController the other methods.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func limitSendBuffer(conn net.Conn) {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // without it, the time limit is only less exact
	}
}
