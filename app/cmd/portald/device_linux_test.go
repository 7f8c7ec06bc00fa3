package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// entry is where devices find the portal: at a proxy, or at one node.
type entry struct {
	address string
	// tls is nil for a node, which serves plain HTTP.
	tls  *tls.Config
	http *http.Client // for plain requests, whose connections devices share
}

func newEntry(address string, config *tls.Config) *entry {
	return &entry{address: address, tls: config, http: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, address)
			},
			TLSClientConfig: config, MaxIdleConnsPerHost: 256,
		}}}
}

// host is the portal's name.
func (e *entry) host() string {
	if e.tls == nil {
		return e.address
	}
	return e.tls.ServerName
}

// statusError is an answer that says that a request failed.
type statusError struct {
	status     int
	code       chat.Code
	retryAfter time.Duration
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d %s", e.status, e.code) }

// retryAfter returns how long the portal asks to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.retryAfter
	}
	return 0
}

func refusal(res *http.Response) error {
	problem := new(portalapi.Problem)
	_ = json.NewDecoder(res.Body).Decode(problem) // a proxy's page has no code
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return &statusError{res.StatusCode, problem.Code, time.Duration(seconds) * time.Second}
}

// call makes a plain request.
func (e *entry) call(ctx context.Context, token, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	scheme := "https://"
	if e.tls == nil {
		scheme = "http://"
	}
	req, err := http.NewRequestWithContext(ctx, method, scheme+e.host()+portalapi.Prefix+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := e.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refusal(res)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// The waits of the desktop app's syncer.
const (
	firstRetry, lastRetry   = 500 * time.Millisecond, time.Minute
	firstStream, lastStream = 10 * time.Second, 5 * time.Minute
	headsPoll               = 10 * time.Second // the longest time between two polls while no stream works
)

// jitter shortens a wait at random.
func jitter(wait time.Duration) time.Duration { return wait/2 + rand.N(wait/2+1) }

func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

// device is a light client, so that thousands run beside the portal. It connects, retries and pulls as the desktop app
// does, and keeps which messages it received instead of the messages. It doesn't ask for what it missed while its stream
// works: the portal must send it.
type device struct {
	at     *entry
	source net.IP // where its stream comes from, or nil
	token  string
	// chat is the participant's own. It is empty for a user, who receives every chat of their matters.
	chat string
	// works is called with 1 when a stream works, as its second event shows, and with -1 when it ends. received is called
	// when the device has a message for the first time.
	works    func(int)
	received func(id string)

	mu      sync.Mutex
	has     map[string]chat.Known // of each matter; nil before the first stream
	copies  map[string]int        // the number of the stream by which it received each message; 0 if it pulled it
	stream  int                   // the number of the newest stream
	doubled int                   // messages that a stream brought twice
	ended   error                 // why the last stream ended
}

// run keeps the device connected until ctx ends.
func (d *device) run(ctx context.Context) {
	for wait := time.Duration(0); ctx.Err() == nil; {
		reached, err := d.connect(ctx)
		if wait = min(max(2*wait, firstRetry), lastRetry); reached {
			wait = firstRetry
		}
		pause(ctx, max(jitter(wait), retryAfter(err)))
	}
}

// connect follows the portal as long as it answers plain requests, and reports whether it ever did.
func (d *device) connect(ctx context.Context) (reached bool, err error) {
	var wait time.Duration
	var due time.Time // of the next stream
	again := false    // the next stream needs no heads before it: the last one worked
	for ctx.Err() == nil {
		if d.has != nil && !again {
			var heads portalapi.Heads
			if err := d.at.call(ctx, d.token, http.MethodGet, portalapi.Matters.Path, nil, &heads); err != nil {
				return reached, err
			}
			reached = true
			if err := d.catchUp(ctx, heads); err != nil {
				return reached, err
			}
		}
		if time.Now().Before(due) {
			pause(ctx, jitter(headsPoll))
			continue
		}
		heard, err := d.follow(ctx)
		d.mu.Lock()
		d.ended = err
		d.mu.Unlock()
		switch {
		case heard > 1:
			wait, again = 0, true
			pause(ctx, rand.N(firstRetry))
		case again:
			wait, again = retryAfter(err), false
		default:
			wait = min(max(2*wait, firstStream, retryAfter(err)), lastStream)
		}
		due = time.Now().Add(wait)
	}
	return reached, ctx.Err()
}

// trouble returns why the device's last stream ended.
func (d *device) trouble() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ended
}

// follow opens the live stream and reads it until it ends. It returns the number of events.
func (d *device) follow(ctx context.Context) (heard int, err error) {
	conn, err := (&net.Dialer{Timeout: portalapi.Silence, LocalAddr: d.localAddress()}).DialContext(ctx, "tcp", d.at.address)
	if err != nil {
		return 0, err
	}
	defer func() { conn.Close() }()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if d.at.tls != nil {
		conn = tls.Client(conn, d.at.tls)
	}
	alive := func() { _ = conn.SetDeadline(time.Now().Add(portalapi.Silence)) }
	alive()
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", portalapi.Prefix+portalapi.Live.Path, d.at.host(), d.token)
	if err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, refusal(res)
	}
	d.mu.Lock()
	d.stream++
	d.mu.Unlock()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 64<<20)
	for event := ""; lines.Scan(); {
		alive()
		if name, ok := bytes.CutPrefix(lines.Bytes(), []byte("event: ")); ok {
			event = string(name)
		}
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			if heard++; heard == 2 {
				d.works(1)
				defer d.works(-1)
			}
			if err := d.take(ctx, event, data); err != nil {
				return heard, err
			}
		}
	}
	return heard, lines.Err()
}

func (d *device) localAddress() net.Addr {
	if d.source == nil {
		return nil
	}
	return &net.TCPAddr{IP: d.source}
}

// take handles an event.
func (d *device) take(ctx context.Context, event string, data []byte) error {
	switch event {
	case portalapi.EventHeads:
		var heads portalapi.Heads
		if err := json.Unmarshal(data, &heads); err != nil {
			return err
		}
		return d.catchUp(ctx, heads)
	case portalapi.EventChanges:
		var page chat.Changes
		if err := json.Unmarshal(data, &page); err != nil {
			return err
		}
		if !d.apply(page, d.stream) {
			return d.pull(ctx, page.Matter)
		}
	case portalapi.EventGone:
		var gone portalapi.Gone
		if err := json.Unmarshal(data, &gone); err != nil {
			return err
		}
		d.forget(gone.Matter)
	}
	return nil
}

// catchUp pulls what the device lacks. With its first heads, it has everything.
func (d *device) catchUp(ctx context.Context, heads portalapi.Heads) error {
	if d.has == nil {
		has := map[string]chat.Known{}
		for _, head := range heads.Matters {
			has[head.Matter] = chat.Known{Version: head.Version, Mark: head.Mark}
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.has, d.copies = has, map[string]int{}
		return nil
	}
	for _, head := range heads.Matters {
		if d.has[head.Matter].Version < head.Version {
			if err := d.pull(ctx, head.Matter); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *device) forget(matter string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.has, matter)
}

// pull asks for a matter's changes after what the device has.
func (d *device) pull(ctx context.Context, matter string) error {
	for more := true; more; {
		has := d.has[matter]
		var page chat.Changes
		path := fmt.Sprintf("/matters/%s/changes?after=%d&mark=%s", matter, has.Version, has.Mark)
		err := d.at.call(ctx, d.token, http.MethodGet, path, nil, &page)
		if refused, ok := errors.AsType[*statusError](err); ok && refused.code == chat.NotFound {
			d.forget(matter)
			return nil
		}
		if err != nil {
			return err
		}
		d.apply(page, 0)
		more = page.More
	}
	return nil
}

// apply takes changes from a stream, or from a pull if stream is 0. It reports whether they follow what the device has.
func (d *device) apply(page chat.Changes, stream int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	var fresh []string
	for _, m := range page.Messages {
		if by, had := d.copies[m.ID]; had && stream > 0 && by == stream {
			d.doubled++
		}
	}
	has := d.has[page.Matter]
	if page.Version <= has.Version {
		return true
	}
	if page.After != has.Version {
		return false
	}
	d.has[page.Matter] = chat.Known{Version: page.Version, Mark: page.Mark}
	for _, m := range page.Messages {
		if _, had := d.copies[m.ID]; !had {
			fresh = append(fresh, m.ID)
		}
		d.copies[m.ID] = stream
	}
	for _, id := range fresh {
		d.received(id)
	}
	return true
}
