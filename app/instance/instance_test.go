package instance

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

func start(t *testing.T, data string, request Request) *Instance {
	t.Helper()
	i, err := Claim(data, request, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A second start on the same folder hands over what it was started for. One on another folder is an app of its own, and
// so is one after the first has ended.
func TestClaim(t *testing.T) {
	data := filepath.Join(t.TempDir(), "not", "yet there")
	first := start(t, data, Request{})
	requests := make(chan Request, 10)
	served := make(chan struct{})
	go func() {
		defer close(served)
		first.Serve(func(r Request) { requests <- r })
	}()
	want := Request{Demo: true, Link: "matterline://matter/1", Activation: "token"}
	if second := start(t, data, want); second != nil {
		t.Fatal("two have the folder")
	}
	if got := <-requests; got != want {
		t.Fatalf("%+v", got)
	}
	other := start(t, t.TempDir(), Request{})
	if other == nil {
		t.Fatal("it isn't the same folder")
	}
	other.Close()
	first.Close()
	<-served
	next := start(t, data, Request{})
	if next == nil {
		t.Fatal("the first has ended")
	}
	next.Close()
}

// A second start waits for a first that isn't ready yet, and takes the folder of one that ends.
func TestClaimWaits(t *testing.T) {
	data := t.TempDir()
	first := start(t, data, Request{})
	started := make(chan *Instance)
	go func() {
		second, err := Claim(data, Request{}, quiet)
		if err != nil {
			t.Error(err)
		}
		started <- second
	}()
	requests := make(chan Request)
	go first.Serve(func(r Request) { requests <- r })
	<-requests
	if second := <-started; second != nil {
		t.Fatal("two have the folder")
	}
	first.Close()
}

// What doesn't know the secret, or sends nonsense, reaches nothing and gets no answer.
func TestStrangers(t *testing.T) {
	data := t.TempDir()
	first := start(t, data, Request{})
	defer first.Close()
	go first.Serve(func(r Request) { t.Errorf("%+v", r) })
	for _, text := range []string{
		"", "\n", "{}\n", `{"secret":"wrong","link":"matterline://matter/1"}` + "\n", `{"secret":""}` + "\n", "GET / HTTP/1.1\r\n\r\n",
		strings.Repeat("x", 2*longest),
	} {
		conn, err := net.Dial("tcp", first.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text)) // it may be cut off
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		if len(answer) > 0 {
			t.Errorf("%q got %q", text, answer)
		}
		conn.Close()
	}
	info, err := os.Stat(first.file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
}

// A first start that can't be reached is reported in words.
func TestUnreachableFirstIsReported(t *testing.T) {
	data := t.TempDir()
	first := start(t, data, Request{})
	defer first.Close()
	first.listener.Close()
	if _, err := claim(data, Request{}, quiet, 0); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
}
