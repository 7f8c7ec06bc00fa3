// Package instance lets one Matterline at a time use a data folder. A second start on the same folder hands over what it
// was started for to the first. It needs no D-Bus: a lock in the folder says that the first runs, and a file beside it
// where to reach it on this computer and the secret that it asks for.
package instance

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"matterline/app/computer"
)

// Request is what a start wants of the app.
type Request struct {
	// Demo opens the demo firm.
	Demo bool `json:"demo"`
	// Link is a matterline:// link to open, or empty.
	Link string `json:"link"`
	// Activation is the desktop's permission to bring a window to the front, or empty.
	Activation string `json:"activation"`
}

// ErrBusy says that another Matterline has the folder, and doesn't answer.
var ErrBusy = errors.New("another Matterline uses this data folder, and doesn't answer")

// Limits of a hand-over.
const (
	deadline      = 3 * time.Second
	longest       = 16 << 10 // bytes
	maxConcurrent = 8
)

// A Matterline that has just started can't be reached yet. One that is ending leaves the folder to the second start.
const (
	patience  = 8 * time.Second
	lookAgain = 100 * time.Millisecond
)

// Instance is the first start on a folder. Its methods do nothing if it is nil.
type Instance struct {
	lock     *flock.Flock
	listener net.Listener
	file     string
	secret   string
	log      *slog.Logger
}

// address is what the file beside the lock says.
type address struct {
	Address string `json:"address"`
	Secret  string `json:"secret"`
}

// handover is what a second start sends.
type handover struct {
	Secret string `json:"secret"`
	Request
}

// Claim takes a data folder. If another Matterline has it, Claim hands the request over to that one and returns nil. It
// returns ErrBusy if that one doesn't answer.
func Claim(data string, request Request, log *slog.Logger) (*Instance, error) {
	return claim(data, request, log, patience)
}

func claim(data string, request Request, log *slog.Logger, patience time.Duration) (*Instance, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("claim data folder: %w", err)
	}
	i := &Instance{lock: flock.New(filepath.Join(data, "running.lock")), file: filepath.Join(data, "running.json"), log: log}
	for late := time.Now().Add(patience); ; time.Sleep(lookAgain) {
		if ours, err := i.lock.TryLock(); err != nil {
			return nil, fmt.Errorf("claim data folder: %w", err)
		} else if ours {
			i.listen()
			return i, nil
		}
		err := handOver(i.file, request)
		if err == nil {
			return nil, nil
		}
		if time.Now().After(late) {
			return nil, fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
}

// listen makes the app reachable. Where that fails, a second start says that the folder is in use.
func (i *Instance) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.log.Warn("listen for other starts", "error", err)
		return
	}
	i.listener, i.secret = listener, rand.Text()
	if err := computer.WriteJSON(i.file, address{listener.Addr().String(), i.secret}); err != nil {
		i.log.Warn("listen for other starts", "error", err)
	}
}

// Serve calls open with the requests of other starts, until Close.
func (i *Instance) Serve(open func(Request)) {
	if i == nil || i.listener == nil {
		return
	}
	free := make(chan struct{}, maxConcurrent)
	for {
		conn, err := i.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			i.log.Warn("listen for other starts", "error", err)
			return
		}
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			defer conn.Close()
			if request, ok := i.take(conn); ok {
				open(request)
			}
		}()
	}
}

// take reads a request and confirms it. Other users of this computer can connect, too, but don't know the secret.
func (i *Instance) take(conn net.Conn) (Request, bool) {
	if conn.SetDeadline(time.Now().Add(deadline)) != nil {
		return Request{}, false
	}
	line, err := bufio.NewReader(io.LimitReader(conn, longest)).ReadBytes('\n')
	var h handover
	if err != nil || json.Unmarshal(line, &h) != nil || subtle.ConstantTimeCompare([]byte(h.Secret), []byte(i.secret)) != 1 {
		return Request{}, false
	}
	_, err = conn.Write([]byte("ok\n"))
	return h.Request, err == nil
}

func handOver(file string, request Request) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var to address
	if err := json.Unmarshal(text, &to); err != nil {
		return err
	}
	message, err := json.Marshal(handover{to.Secret, request})
	if err != nil {
		return err
	}
	allowForeground()
	conn, err := net.DialTimeout("tcp", to.Address, deadline)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		return err
	}
	if _, err := conn.Write(append(message, '\n')); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, longest)).ReadString('\n')
	if err == nil && answer != "ok\n" {
		err = fmt.Errorf("the answer is %q", answer)
	}
	return err
}

// Close leaves the folder to others.
func (i *Instance) Close() {
	if i == nil {
		return
	}
	if i.listener != nil {
		_ = i.listener.Close()
		_ = os.Remove(i.file) // one that stays names a port where nothing knows its secret
	}
	if err := i.lock.Unlock(); err != nil {
		i.log.Warn("leave data folder", "error", err)
	}
}
