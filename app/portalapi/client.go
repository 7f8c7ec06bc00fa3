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
	"time"

	"matterline/app/chat"
)

// answerWithin bounds one call; the live stream has its own way to notice silence.
const answerWithin = 30 * time.Second

// Client talks to one portal as one caller.
type Client struct {
	address string
	token   string
	http    *http.Client
}

// NewClient makes a client of the portal at address ("https://portal.example", without a path). token
// is empty before signing in.
func NewClient(address, token string) *Client {
	return &Client{strings.TrimRight(address, "/"), token, http.DefaultClient}
}

// Call asks for one operation. It returns the errors that the operation declares, and unreachable.
func Call[I, O any](ctx context.Context, c *Client, op Op[I, O], in *I) (*O, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	path, header, body, err := encode(op.Path, reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	res, err := c.send(ctx, op.Method, Prefix+path, header, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 {
		return nil, c.problem(res)
	}
	out := new(O)
	if err := decode(res, reflect.ValueOf(out).Elem()); err != nil {
		return nil, c.unreachable(err)
	}
	return out, nil
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

func decode(res *http.Response, out reflect.Value) error {
	for i := range out.NumField() {
		field, value := out.Type().Field(i), out.Field(i)
		switch {
		case field.Name == "Status":
			value.SetInt(int64(res.StatusCode))
		case field.Name == "Body" && res.StatusCode == http.StatusOK:
			if err := json.NewDecoder(res.Body).Decode(value.Addr().Interface()); err != nil {
				return err
			}
		case field.Tag.Get("header") != "" && value.Kind() == reflect.String:
			value.SetString(res.Header.Get(field.Tag.Get("header")))
		}
	}
	return nil
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
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	return res, nil
}

// problem reads the error that the portal answered. What is not a problem did not come from a portal.
func (c *Client) problem(res *http.Response) error {
	var p Problem
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if json.Unmarshal(text, &p) != nil || p.Code == "" {
		return c.unreachable(fmt.Errorf("%s", res.Status))
	}
	return p.AsError()
}

// unreachable says that no portal answered at the address, and why for the log.
func (c *Client) unreachable(why error) error {
	return fmt.Errorf("%w (%w)", chat.Errorf(chat.Unreachable, "address", "The portal at %s does not answer. Check the address and your connection.", c.address), why)
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
