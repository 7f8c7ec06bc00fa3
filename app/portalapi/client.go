package portalapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"matterline/app/chat"
)

const (
	// answerTimeout is how long a call waits for the answer to start, and between the parts of a long answer.
	answerTimeout = 30 * time.Second
	// slowestLine is the slowest connection, in bytes a second, over which a request still has time to arrive.
	slowestLine = 1000
)

// Client talks to one portal as one caller.
type Client struct {
	address    string
	token      atomic.Pointer[string]
	http       *http.Client
	clockAhead atomic.Int64
	onErase    atomic.Pointer[func(*chat.Error)]
	onLock     atomic.Pointer[func()]
}

// NewClient makes a client for the portal at address ("https://portal.example", or "https://firm.example/portal"). token
// is empty before signing in.
func NewClient(address, token string) *Client {
	c := &Client{address: strings.TrimRight(address, "/"), http: &http.Client{Transport: transport, CheckRedirect: noRedirect}}
	c.SetToken(token)
	return c
}

// SetToken makes the client use the token of a new sign-in.
func (c *Client) SetToken(token string) { c.token.Store(&token) }

// ClockAhead is how far this computer's clock was ahead of the portal's at the last answer.
func (c *Client) ClockAhead() time.Duration { return time.Duration(c.clockAhead.Load()) }

// Reconnect makes the next calls open new connections: after a change of network the old ones are dead.
func (c *Client) Reconnect() { c.http.CloseIdleConnections() }

// transport and its connections are shared by all clients.
var transport = newTransport()

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.OnProxyConnectResponse = checkProxyResponse
	return t
}

// noRedirect refuses redirects: portals send none, and a network's sign-in page must not pass for an answer.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

const (
	// maxBusyAnswers is how often a call that the portal is too busy for is made again.
	maxBusyAnswers = 3
	// longestBusyWait is the longest wait after which a call is made again. After a longer one, the caller decides.
	longestBusyWait = 10 * time.Second
)

// Call calls an operation. It returns the errors that the operation declares, unreachable, busy, slow, and the codes of
// this package.
func Call[I, O any](ctx context.Context, c *Client, op Op[I, O], in *I) (*O, error) {
	for range maxBusyAnswers {
		out, err := call(ctx, c, op, in)
		busy, ok := errors.AsType[*chat.Error](err)
		if !ok || busy.Code != chat.Busy || busy.RetryAfter > longestBusyWait {
			return out, err
		}
		wait := busy.RetryAfter
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(wait + rand.N(wait/2+1)): // not at the same time as everyone else
		}
	}
	return call(ctx, c, op, in)
}

func call[I, O any](ctx context.Context, c *Client, op Op[I, O], in *I) (*O, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path, header, body, err := encode(op.Path, reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	silence := time.AfterFunc(answerTimeout+time.Duration(len(body))*time.Second/slowestLine, cancel)
	defer silence.Stop()
	res, err := c.send(ctx, op.Method, Prefix+path, header, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	res.Body = activityReader{res.Body, func() { silence.Reset(answerTimeout) }}
	out := new(O)
	if err := c.decode(res, reflect.ValueOf(out).Elem()); err != nil {
		return nil, err
	}
	c.compareClocks(res)
	return out, nil
}

// activityReader calls active when data arrives.
type activityReader struct {
	io.ReadCloser
	active func()
}

func (r activityReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if n > 0 {
		r.active()
	}
	return n, err
}

func (c *Client) compareClocks(res *http.Response) {
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		c.clockAhead.Store(int64(time.Since(at)))
	}
}

// encode builds a request from an input's struct tags, which huma reads on the portal.
func encode(path string, in reflect.Value) (string, http.Header, []byte, error) {
	header, query := http.Header{}, url.Values{}
	var body []byte
	for i := range in.NumField() {
		field, tag, value := in.Type().Field(i), in.Type().Field(i).Tag, in.Field(i)
		switch {
		case field.Name == "Body":
			var err error
			if body, err = json.Marshal(value.Interface()); err != nil {
				return "", nil, nil, err
			}
		case value.IsZero():
		case tag.Get("path") != "":
			path = strings.ReplaceAll(path, "{"+tag.Get("path")+"}", url.PathEscape(fmt.Sprint(value.Interface())))
		case tag.Get("query") != "":
			query.Set(tag.Get("query"), fmt.Sprint(value.Interface()))
		case tag.Get("header") != "":
			header.Set(tag.Get("header"), fmt.Sprint(value.Interface()))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, header, body, nil
}

// decode reads a portal's answer: JSON if the operation has an output body, 204 otherwise. Any other answer, even a
// successful one, didn't come from a portal.
func (c *Client) decode(res *http.Response, out reflect.Value) error {
	body := out.FieldByName("Body")
	switch {
	case res.StatusCode >= 400:
		return c.problem(res)
	case res.StatusCode == http.StatusOK && body.IsValid() && isJSON(res):
		if err := json.NewDecoder(res.Body).Decode(body.Addr().Interface()); err != nil {
			return c.unreachable(err)
		}
	case res.StatusCode == http.StatusNoContent && !body.IsValid():
	case res.StatusCode == http.StatusNotModified && res.Request.Header.Get("If-None-Match") != "":
	default:
		return c.notAPortal(res)
	}
	for i := range out.NumField() {
		field, value := out.Type().Field(i), out.Field(i)
		switch {
		case field.Name == "Status":
			value.SetInt(int64(res.StatusCode))
		case field.Tag.Get("header") != "" && value.Kind() == reflect.String:
			value.SetString(res.Header.Get(field.Tag.Get("header")))
		}
	}
	return nil
}

func isJSON(res *http.Response) bool {
	return strings.HasPrefix(res.Header.Get("Content-Type"), "application/json")
}

func (c *Client) send(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, c.unreachable(err)
	}
	if header != nil {
		req.Header = header
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := *c.token.Load(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.Reconnect()
		return nil, c.connectionError(err)
	}
	return res, nil
}

// ParseAddress reads a portal's address as people type it, or copy it from a client page. "portal.example" means https;
// only this computer may use http. It returns malformed.
func ParseAddress(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || u.User != nil || !(u.Scheme == "https" || u.Scheme == "http" && onThisComputer(u)) {
		return "", chat.Errorf(chat.Malformed, "address", "Enter a portal address such as https://portal.yourfirm.example.")
	}
	base := path.Clean("/" + u.EscapedPath())
	for _, page := range []string{"/join", "/invited", "/reset"} {
		base = strings.TrimSuffix(base, page)
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(base, "/"), nil
}

func onThisComputer(u *url.URL) bool {
	return u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
}
