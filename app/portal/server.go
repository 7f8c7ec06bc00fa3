package portal

import (
	"context"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	// readTimeout limits a whole request, with its body. Operations with a session have their own limits, which suit
	// large bodies on slow lines.
	readTimeout = 15 * time.Second
	idleTimeout = 2 * time.Minute
	// maxHeader is in bytes.
	maxHeader = 64 << 10
)

// NewServer returns a server that limits how long, and how large, any request may be, before a handler sees it, and
// how slowly a client may read an answer.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           limitAnswers(handler),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
		HTTP2:          &http.HTTP2Config{WriteByteTimeout: pieceTimeout},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			limitSendBuffer(conn)
			return ctx
		},
	}
}
