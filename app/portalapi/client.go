package portalapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"matterline/app/chat"
)

// answerWithin is how long a call waits for its answer, and for each further piece of a long one.
const answerWithin = 30 * time.Second

// Client talks to one portal as one caller.
type Client struct {
	address string
	token   atomic.Pointer[string]
	http    *http.Client
	// ahead is how far this computer's clock was ahead of the portal's when it last answered.
	ahead atomic.Int64
}

// NewClient makes a client of the portal at address ("https://portal.example", without a path). token
// is empty before signing in.
func NewClient(address, token string) *Client {
	c := &Client{address: strings.TrimRight(address, "/"), http: &http.Client{Transport: transport, CheckRedirect: stay}}
	c.SetToken(token)
	return c
}

// SetToken has the client go on with the token of a new sign-in.
func (c *Client) SetToken(token string) { c.token.Store(&token) }

// Ahead is how far this computer's clock was ahead of the portal's when the portal last answered.
func (c *Client) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Reconnect has the next calls make new connections: after a change of network the old ones lead nowhere.
func (c *Client) Reconnect() { c.http.CloseIdleConnections() }

// transport is shared by all clients, as are its connections.
var transport = newTransport()

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.OnProxyConnectResponse = proxyAnswered
	return t
}

// stay follows no redirect: a portal makes none, and a network's sign-in page must not be taken for its answer.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Call asks for one operation. It returns the errors that the operation declares, and those of trouble.go.
func Call[I, O any](ctx context.Context, c *Client, op Op[I, O], in *I) (*O, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(answerWithin, cancel)
	defer silence.Stop()
	path, header, body, err := encode(op.Path, reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	res, err := c.send(ctx, op.Method, Prefix+path, header, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	res.Body = lively{res.Body, func() { silence.Reset(answerWithin) }}
	out := new(O)
	if err := c.decode(res, reflect.ValueOf(out).Elem()); err != nil {
		return nil, err
	}
	c.compareClocks(res)
	return out, nil
}

// lively is an answer that tells when more of it has come.
type lively struct {
	io.ReadCloser
	came func()
}

func (l lively) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if n > 0 {
		l.came()
	}
	return n, err
}

func (c *Client) compareClocks(res *http.Response) {
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		c.ahead.Store(int64(time.Since(at)))
	}
}

// encode reads an input's tags as huma does on the other side.
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

// decode reads what a portal answers: its body as JSON if the operation has one, otherwise nothing (204).
// Whatever else comes is not a portal's, however well it went.
func (c *Client) decode(res *http.Response, out reflect.Value) error {
	body := out.FieldByName("Body")
	switch {
	case res.StatusCode >= 400:
		return c.problem(res)
	case res.StatusCode == http.StatusOK && body.IsValid() && isJSON(res):
		if err := json.NewDecoder(res.Body).Decode(body.Addr().Interface()); err != nil {
			return c.unreachable(err)
		}
	case res.StatusCode == http.StatusNoContent && !body.IsValid(), res.StatusCode == http.StatusNotModified:
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
		return nil, c.noAnswer(err)
	}
	return res, nil
}

// ParseAddress reads a portal's address as people type it: "portal.example" is https, and this computer
// alone may go without. It returns malformed.
func ParseAddress(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	if err != nil || u.Host == "" || u.User != nil || !(u.Scheme == "https" || u.Scheme == "http" && local) {
		return "", chat.Errorf(chat.Malformed, "address", "That is not a portal's address. It looks like https://portal.yourfirm.example.")
	}
	return u.Scheme + "://" + u.Host, nil
}
