package portalapi

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"matterline/app/chat"
)

// The names of the live stream's events.
const (
	EventHeads   = "heads"   // Heads: always the first
	EventChanges = "changes" // chat.Changes
	EventGone    = "gone"    // Gone
	EventPing    = "ping"    // Ping: shows that the stream is alive
)

// Heartbeat is the longest time between two pings. A stream that has been silent for Silence is dead. The first ping comes
// after FirstPing: a client that has received it knows that nothing on the way holds back what follows the heads, and
// stops asking for them.
const (
	FirstPing = 2 * time.Second
	Heartbeat = 20 * time.Second
	Silence   = 45 * time.Second
)

// Gone names a matter that the caller may no longer see.
type Gone struct {
	Matter string `json:"matter"`
}

// Ping has the totals of a copy that took in every event before it. A client with other totals missed something: it
// asks for the heads. An older portal sends no totals.
type Ping struct {
	Totals *chat.Totals `json:"totals,omitempty"`
}

// Event is one event of the live stream. One of its fields is set.
type Event struct {
	Heads   *Heads
	Changes *chat.Changes
	Gone    *Gone
	Ping    *Ping
}

// EncodeEvent returns one event in the format of server-sent events.
func EncodeEvent(name string, data any) ([]byte, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(make([]byte, 0, len(text)+64), "event: %s\ndata: %s\n\n", name, text), nil
}

// maxEvent bounds the length of an event's line.
const maxEvent = 64 << 20

// errEnded means that the portal ended the stream, as it does after a while.
var errEnded = errors.New("the portal ended the live stream")

// Follow opens the live stream and passes each event to handle, until ctx ends, the stream ends or falls silent, or
// handle returns an error. It returns signed_out, too_many, unreachable and the codes of this package.
func (c *Client) Follow(ctx context.Context, handle func(Event) error) error {
	return c.FollowFrom(ctx, Heads{}, handle)
}

// FollowFrom is Follow for a device that knows some heads already. The stream's heads are complete, as those of Heads.
func (c *Client) FollowFrom(ctx context.Context, known Heads, handle func(Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(Silence, cancel) // from here, because a proxy may hold back the whole answer
	defer silence.Stop()
	_, header, _, err := encode("", reflect.ValueOf(LiveInput{Known: known.Known()}))
	if err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodGet, Prefix+Live.Path, header, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode >= 400:
		return c.problem(res)
	case res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream":
		return c.notAPortal(res)
	}
	c.compareClocks(res)

	lines := bufio.NewScanner(res.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var name []byte
	for lines.Scan() {
		silence.Reset(Silence)
		line := lines.Bytes()
		if after, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			name = bytes.Clone(after)
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			ev, err := parseEvent(string(name), data)
			if err == nil && ev.Heads != nil {
				*ev.Heads, err = ev.Heads.over(known)
				known = Heads{} // frees them
			}
			if err != nil {
				return err
			}
			if err := handle(ev); err != nil {
				return err
			}
		}
	}
	return c.unreachable(cmp.Or(lines.Err(), errEnded))
}

func parseEvent(name string, data []byte) (ev Event, err error) {
	switch name {
	case EventHeads:
		err = json.Unmarshal(data, &ev.Heads)
	case EventChanges:
		err = json.Unmarshal(data, &ev.Changes)
	case EventGone:
		err = json.Unmarshal(data, &ev.Gone)
	case EventPing:
		err = json.Unmarshal(data, &ev.Ping)
	}
	return ev, err
}
