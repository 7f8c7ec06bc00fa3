package portalapi

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"matterline/app/chat"
)

// answers is the table of testdata/answers.json: answers to sent messages, and what they mean. The client pages' tests
// use it, too.
type answers struct {
	Answers []struct {
		Name    string
		Status  int
		Headers map[string]string
		Body    string
		Cut     bool      // the connection ends before the announced end of the body
		Code    chat.Code // empty if it's the portal's answer to the messages
		Wait    int64     // in milliseconds, for which the server asks
	}
	Items []struct {
		Code     chat.Code
		Rejected bool // for good
	}
	Codes []chat.Code // that a portal sends
}

func readAnswers(t *testing.T) (table answers) {
	t.Helper()
	text, err := os.ReadFile("testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	return table
}

// No answer from the network or from a server in front of the portal rejects a message, and neither does an answer of
// the portal's to a whole request.
func TestOnlyThePortalRejects(t *testing.T) {
	for _, tt := range readAnswers(t).Answers {
		t.Run(tt.Name, func(t *testing.T) {
			c := client(serve(t, func(w http.ResponseWriter, r *http.Request) {
				for name, value := range tt.Headers {
					w.Header().Set(name, value)
				}
				if tt.Cut {
					w.Header().Set("Content-Length", strconv.Itoa(len(tt.Body)+1))
				}
				w.WriteHeader(tt.Status)
				_, _ = io.WriteString(w, tt.Body)
			}).URL, nil, "")
			in := new(SendMessagesInput)
			in.Body.Messages = []Outgoing{{ID: "1", Participant: "ana", Text: "hello"}}
			_, err := call(t.Context(), c, SendMessages, in)
			if (err != nil) != (tt.Code != "") || err != nil && chat.CodeOf(err) != tt.Code {
				t.Fatalf("%q: %v", chat.CodeOf(err), err)
			}
			if wait := RetryAfter(err); wait != time.Duration(tt.Wait)*time.Millisecond {
				t.Errorf("waits %v", wait)
			}
			if _, rejected := SendMessages.Rejection(err); rejected {
				t.Error("rejected")
			}
			status := new(StatusInput)
			status.Participant = "ana"
			_, err = call(t.Context(), c, SetStatus, status)
			if why, rejected := SetStatus.Rejection(err); rejected {
				t.Errorf("a decision is rejected: %v", why)
			}
		})
	}
}

func TestOnlyKnownCodesRejectAMessage(t *testing.T) {
	for _, tt := range readAnswers(t).Items {
		result := Result{ID: "1", Error: &Problem{Code: tt.Code, Detail: "A sentence."}}
		if why, rejected := result.Rejection(); rejected != tt.Rejected || rejected && why.Message != "A sentence." {
			t.Errorf("%s: %v, %v", tt.Code, rejected, why)
		}
	}
}

// The client pages know the same codes.
func TestKnownCodes(t *testing.T) {
	if known := slices.Sorted(maps.Keys(statuses)); !slices.Equal(known, readAnswers(t).Codes) {
		t.Errorf("answers.json doesn't list %v", known)
	}
}

// A decision is rejected by an error that its operation declares, and not by one that the portal sends for a path that
// it doesn't serve.
func TestDeclaredErrorRejects(t *testing.T) {
	for code, want := range map[chat.Code]bool{chat.Superseded: true, chat.NotFound: true, chat.NoOperation: false, chat.NotAllowed: false, chat.Malformed: false} {
		c := client(serve(t, func(w http.ResponseWriter, r *http.Request) {
			p := AsProblem(chat.Errorf(code, "", "A sentence."))
			text, _ := json.Marshal(p)
			answer(p.Status, problemJSON, string(text))(w, r)
		}).URL, nil, "")
		_, err := Call(t.Context(), c, SetStatus, &StatusInput{Participant: "ana"})
		if why, rejected := SetStatus.Rejection(err); rejected != want || why.Code != code {
			t.Errorf("%s: %v, %v", code, rejected, why)
		}
	}
}
