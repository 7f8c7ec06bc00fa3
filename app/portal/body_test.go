package portal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
)

// Media types are the same in any case, and may have parameters.
func TestMediaTypesAreTheSameInAnyCase(t *testing.T) {
	s := serve(t)
	for contentType, want := range map[string]int{
		"application/json": 200, "Application/JSON": 200, "APPLICATION/JSON ; Charset=UTF-8": 200, "": 200,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "Application": 415,
	} {
		body := fmt.Sprintf(`{"messages":[{"id":%q,"participant":%q,"text":"hello","written_at":0}]}`, uuid.NewString(), s.toAna)
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+portalapi.Prefix+"/messages", strings.NewReader(body))
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+s.mayaToken)
		req.Header.Set("Content-Type", contentType)
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%q: %d, want %d", contentType, res.StatusCode, want)
		}
	}
}

// FuzzBody compares a body as the portal reads it with the body as it was sent.
func FuzzBody(f *testing.F) {
	for _, text := range []string{
		`{"a":"\ud83d\ude00 \u00e9 \u20ac \u003c"}`, `"\u0022\u005c\"\\"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`,
		`"\u000a\n\t\u0000\u001f"`, `"\\u0041"`, `"\\\u0041"`, `"\u12"`, `"\u83d\u0041"`, `"\u`, `"\`, `[1,2,{"a":[]}]`, `"\ud83d\ud83d\ude00"`, `"é😀"`, `\u0022`, `{"\u0061":1}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := io.ReadAll(portal.PlainBody(iotest.OneByteReader(strings.NewReader(text)), 1<<30))
		if chat.CodeOf(err) == chat.Malformed {
			return // a long number
		}
		check(t, err)
		var want, got any
		wantErr, gotErr := json.Unmarshal([]byte(text), &want), json.Unmarshal(plain, &got)
		if (wantErr == nil) != (gotErr == nil) || !reflect.DeepEqual(want, got) {
			t.Errorf("%q became %q: %#v, %v; %#v, %v", text, plain, want, wantErr, got, gotErr)
		}
		if whole, err := io.ReadAll(portal.PlainBody(strings.NewReader(text), 1<<30)); err != nil || !bytes.Equal(whole, plain) {
			t.Errorf("%q became %q, and at once %q, %v", text, plain, whole, err)
		}
		if len(plain) > len(text) {
			t.Errorf("%q became longer: %q", text, plain)
		}
	})
}

func TestABodyEndsAtItsLastAllowedValue(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"messages":[`), repeated("{},"))
	got, err := io.ReadAll(portal.PlainBody(endless, 100))
	if chat.CodeOf(err) != chat.TooLarge || len(got) > 1000 {
		t.Errorf("read %d bytes: %v", len(got), err)
	}
	text := `{"text":",,,[[[{{{\",,,"}`
	if got, err := io.ReadAll(portal.PlainBody(strings.NewReader(text), 2)); err != nil || string(got) != text {
		t.Errorf("read %q: %v", got, err)
	}
}

func TestABodyEndsAtALongNumber(t *testing.T) {
	for _, endless := range []string{"1", "-0.1234567890e"} {
		got, err := io.ReadAll(portal.PlainBody(io.MultiReader(strings.NewReader(`{"a":"1`+strings.Repeat("1", 1000)+`","b":`+endless), repeated("1")), 100))
		if chat.CodeOf(err) != chat.Malformed || len(got) > 2000 {
			t.Errorf("read %d bytes: %v", len(got), err)
		}
	}
}

// repeated is an endless text.
type repeated string

func (r repeated) Read(p []byte) (int, error) {
	n := 0
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	return n, nil
}

// post sends JSON and returns the answer.
func (s *served) post(t *testing.T, token, path string, body io.Reader) (status int, p portalapi.Problem, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+portalapi.Prefix+path, body)
	check(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	check(t, err)
	_ = json.Unmarshal(answer, &p)
	return res.StatusCode, p, string(answer)
}

// Clients may escape every character, which makes a batch three times as long.
func TestTheLargestBatchFits(t *testing.T) {
	const messages = 100
	text := strings.Repeat("😀", chat.MaxText)
	high, low := utf16.EncodeRune('😀')
	escaped := strings.Repeat(fmt.Sprintf(`\u%04x\u%04x`, high, low), chat.MaxText)
	s := serve(t)
	for name, written := range map[string]string{"plain": text, "escaped": escaped} {
		t.Run(name, func(t *testing.T) {
			var body bytes.Buffer
			for i := range messages {
				fmt.Fprintf(&body, `%s{"id":%q,"participant":%q,"text":"%s","written_at":1}`, map[bool]string{true: ","}[i > 0], uuid.NewString(), s.toAna, written)
			}
			status, _, answer := s.post(t, s.mayaToken, "/messages", strings.NewReader(`{"messages":[`+body.String()+`]}`))
			if status != http.StatusOK {
				t.Fatalf("%d %.200s", status, answer)
			}
			var out struct{ Results []portalapi.Result }
			check(t, json.Unmarshal([]byte(answer), &out))
			for _, result := range out.Results {
				if result.Message == nil || result.Message.Text != text {
					t.Fatalf("a message wasn't sent: %v", result.Error)
				}
			}
		})
	}
}

func TestBodiesAreLimited(t *testing.T) {
	s := serve(t)
	for _, tt := range []struct{ name, token, path, body string }{
		{"items of a batch", s.mayaToken, "/messages", `{"messages":[` + strings.Repeat("{},", 1<<20) + `{}]}`},
		{"fields", s.mayaToken, "/messages", `{"messages":[{` + strings.Repeat(`"id":"",`, 1<<20) + `"id":""}]}`},
		{"depth", s.mayaToken, "/messages", strings.Repeat("[", 1<<20)},
		{"bytes of one text", s.mayaToken, "/messages", `{"messages":[{"text":"` + strings.Repeat("x", 5<<20) + `"}]}`},
		{"bytes as sent", s.mayaToken, "/messages", strings.Repeat(" ", 13<<20)},
		{"bytes of a matter", s.mayaToken, "/matters", `{"title":"` + strings.Repeat("x", 300<<10) + `"}`},
		{"bytes of a sign-in", "", "/sessions", `{"email":"` + strings.Repeat("x", 17<<10) + `"}`},
		{"items of a sign-in", "", "/sessions", `{` + strings.Repeat(`"email":"",`, 1000) + `"email":""}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, body := range []io.Reader{strings.NewReader(tt.body), struct{ io.Reader }{strings.NewReader(tt.body)}} { // with a length, and in chunks
				if status, p, answer := s.post(t, tt.token, tt.path, body); status != http.StatusRequestEntityTooLarge || p.Code != chat.TooLarge {
					t.Errorf("%d %.300s", status, answer)
				}
			}
		})
	}
}

// A client that expects "100 Continue" learns from its absence that the portal doesn't want the body.
func TestTheBodyOfACallerWithoutASessionIsNotRead(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"POST /api/v1/messages", "PUT /api/v1/reads", "POST /api/v1/matters", "PATCH /api/v1/me", "PUT /api/v1/firm", "POST /api/v1/nothing"} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		check(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n", path)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		check(t, err)
		if want := map[bool]int{true: 404, false: 401}[strings.HasSuffix(path, "nothing")]; res.StatusCode != want {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// Clients disappear in the middle of a request every day. That is no error of the portal's, and no verdict.
func TestARequestThatBreaksOffCountsAsSlow(t *testing.T) {
	s := serve(t)
	for name, begin := range map[string]string{"with a length": "Content-Length: 1000\r\n\r\n{", "in chunks": "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "with a broken chunk": "Transfer-Encoding: chunked\r\n\r\nx"} {
		for _, path := range []string{"/messages", "/sessions"} {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			check(t, err)
			defer conn.Close()
			fmt.Fprintf(conn, "POST /api/v1%s HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s", path, s.mayaToken, begin)
			check(t, conn.(*net.TCPConn).CloseWrite())
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			check(t, err)
			var p portalapi.Problem
			check(t, json.NewDecoder(res.Body).Decode(&p))
			if res.StatusCode != http.StatusRequestTimeout || p.Code != chat.Slow {
				t.Errorf("%s %s: %s %+v", path, name, res.Status, p)
			}
		}
	}
}

func TestAnAccountSendsOneLargeBodyAtATime(t *testing.T) {
	s := serve(t)
	begin := func() *bufio.Reader {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		check(t, err)
		t.Cleanup(func() { conn.Close() })
		fmt.Fprintf(conn, "POST /api/v1/messages HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n", s.mayaToken)
		return bufio.NewReader(conn)
	}
	line, err := begin().ReadString('\n')
	check(t, err)
	if !strings.Contains(line, "100 Continue") {
		t.Fatal(line)
	}
	res, err := http.ReadResponse(begin(), nil)
	check(t, err)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "1" {
		t.Errorf("%s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
}
