package portal_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"log/slog"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// A client that doesn't read its stream is disconnected. Other clients aren't delayed. It loses nothing, because it
// reconnects and pulls the rest.
func TestSlowClientIsDroppedAndResumes(t *testing.T) {
	before := portal.SetSendTimeout(50 * time.Millisecond)
	s := serve(t)
	dropped := make(chan struct{})
	slowly := httptest.NewUnstartedServer(portal.New(s.store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
	var slow net.Conn
	slowly.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed && conn.RemoteAddr().String() == slow.LocalAddr().String() {
			close(dropped)
		}
	}
	slowly.Start()
	defer func() {
		slowly.CloseClientConnections()
		slowly.Close()
		portal.SetSendTimeout(before)
	}()
	slow, err := net.Dial("tcp", slowly.Listener.Addr().String())
	check(t, err)
	defer slow.Close()
	check(t, slow.(*net.TCPConn).SetReadBuffer(4<<10))
	_, err = fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer %s\r\n\r\n", portalapi.Prefix+portalapi.Live.Path, s.mayaToken)
	check(t, err)
	// The stream is open once the portal has answered. From here on the client reads nothing.
	_, err = slow.Read(make([]byte, 1))
	check(t, err)

	maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
	long := strings.Repeat("A long one. ", 800)
	sent := 0
	for gone := false; !gone; {
		batch := make([]records.Outgoing, 20)
		for i := range batch {
			batch[i] = records.Outgoing{ID: uuid.NewString(), Participant: s.toAna, Text: long}
		}
		_, err := s.store.Send(t.Context(), maya, batch)
		check(t, err)
		sent += len(batch)
		select {
		case <-dropped:
			gone = true
		default:
		}
		if sent > 20_000 {
			t.Fatal("the client wasn't disconnected")
		}
	}

	back := errors.New("back")
	err = s.client(s.mayaToken).Follow(t.Context(), func(ev portalapi.Event) error {
		if ev.Heads == nil {
			return nil
		}
		got, after := 0, int64(0)
		for more := true; more; {
			page, err := portalapi.Call(t.Context(), s.client(s.mayaToken), portalapi.Changes, &portalapi.ChangesInput{Matter: s.matter, After: after})
			check(t, err)
			got += len(page.Body.Messages)
			after, more = page.Body.Version, page.Body.More
		}
		if got != sent || after != ev.Heads.Matters[0].Version {
			t.Errorf("%d of %d messages, version %d of %d", got, sent, after, ev.Heads.Matters[0].Version)
		}
		return back
	})
	if !errors.Is(err, back) {
		t.Fatal(err)
	}
}

// A stream ends after a while, in order: the client reads its end and no error. The next one has what came in between.
func TestStreamsEndAfterAWhile(t *testing.T) {
	defer portal.SetStreamTime(50*time.Millisecond, 100*time.Millisecond)()
	s := serve(t)
	for i := range 3 {
		stream := s.liveStream(t, s.mayaToken)
		name, _ := nextEvent(t, stream)
		for stream.Scan() {
		}
		if err := stream.Err(); err != nil || name != portalapi.EventHeads {
			t.Fatalf("stream %d begins with %s and ends with %v", i, name, err)
		}
	}
}
